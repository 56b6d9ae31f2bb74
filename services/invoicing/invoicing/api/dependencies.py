"""What the routes work with, and how they find it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from chassis.http.auth import Principal
from chassis.http.deadline import in_line
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
    async def drawing_number(self, caller: Principal, invoice_id: str) -> AsyncIterator[None]:
        """Waits for its turn in the clinic of the invoice: who draws from a series meets all others who do.

        Whoever sees one clinic only has an invoice of that one, or none. Raises NotFound.
        """
        clinics = caller.visible_clinics() or ()
        known = clinics[0] if len(clinics) == 1 else await self.store.invoices.clinic_of(invoice_id)
        async with self.drawing_numbers(known):
            yield

    @asynccontextmanager
    async def drawing_numbers(self, clinic_id: str) -> AsyncIterator[None]:
        """The same for the series of a clinic that is known."""
        async with AsyncExitStack() as turn:
            with in_line():
                await turn.enter_async_context(self._numbering.of(clinic_id))
            yield


def dependencies(request: Request) -> Dependencies:
    """Dependency: what `create_app` was given."""
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
