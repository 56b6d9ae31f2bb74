"""What the routes work with, and how they find it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from chassis.http.auth import Principal
from chassis.http.idempotency import Idempotency
from chassis.messaging.outbox import Outbox
from chassis.turns import Turns
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
    _numbering: Turns = field(default_factory=Turns)

    def change(self, caller: Principal, reason: str | None = None) -> Change:
        """A change by the caller, now."""
        return Change(self.clock(), caller.actor(), reason)

    @asynccontextmanager
    async def drawing_number(self, invoice_id: str) -> AsyncIterator[None]:
        """Waits for its turn in the clinic of the invoice: who draws from a series meets all others who do.

        Raises NotFound.
        """
        async with self.drawing_numbers(await self.store.invoices.clinic_of(invoice_id)):
            yield

    def drawing_numbers(self, clinic_id: str) -> AbstractAsyncContextManager[None]:
        """The same for the series of a clinic that is known."""
        return self._numbering.of(clinic_id)


def dependencies(request: Request) -> Dependencies:
    """Dependency: what `create_app` was given."""
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
