"""What the routes work with, and how they find it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.http.auth import Principal
from chassis.http.idempotency import Idempotency
from kernel.change import Change
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway, ProfileFile, ReadStatement


@dataclass(frozen=True)
class Dependencies:
    """`wake_webhooks` and `wake_matching` call the worker that goes on with what a route has stored."""

    ledger: PaymentLedger
    gateway: Gateway
    read_statement: ReadStatement
    profile_file: ProfileFile
    idempotency: Idempotency
    wake_webhooks: Callable[[], None]
    wake_matching: Callable[[], None]

    def change(self, caller: Principal, reason: str | None = None) -> Change:
        """A change by the caller, now."""
        return self.ledger.change(caller.actor(), reason)


def dependencies(request: Request) -> Dependencies:
    """Dependency: what `create_app` was given."""
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
