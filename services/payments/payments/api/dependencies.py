"""What the routes work with, and how they find it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.http.idempotency import Idempotency
from payments.adapters.stripe import StripeGateway
from payments.usecases.intake.ledger import PaymentLedger


@dataclass(frozen=True)
class Dependencies:
    """`wake_webhooks` and `wake_matching` call the worker that goes on with what a route has stored."""

    ledger: PaymentLedger
    gateway: StripeGateway
    idempotency: Idempotency
    wake_webhooks: Callable[[], None]
    wake_matching: Callable[[], None]


def dependencies(request: Request) -> Dependencies:
    """Dependency: what `create_app` was given."""
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
