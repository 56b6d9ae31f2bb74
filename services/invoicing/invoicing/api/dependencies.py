"""What the routes work with, and how they find it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.http.auth import Principal
from chassis.http.idempotency import Idempotency
from chassis.messaging.outbox import Outbox
from invoicing.store import Store
from invoicing.store.pricing import TermsLoader
from kernel.change import Change
from kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Dependencies:
    """One of each for the whole service."""

    store: Store
    outbox: Outbox
    terms: TermsLoader
    clock: Clock
    idempotency: Idempotency

    def change(self, caller: Principal, reason: str | None = None) -> Change:
        """A change by the caller, now."""
        return Change(self.clock(), caller.actor(), reason)


def dependencies(request: Request) -> Dependencies:
    """Dependency: what `create_app` was given."""
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
