"""What the routes work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Response

from chassis.http import demand_version, etag
from chassis.http.auth import Principal
from chassis.http.idempotency import Answer, Idempotency
from chassis.messaging.outbox import Outbox, Unit
from chassis.telemetry import current_traceparent
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.discounts.policy import DiscountFamily, DiscountPolicy
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.pricing.price_list import PriceList
from invoicing.publishing import snapshot
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.drafts.reprice_drafts import reprice_drafts
from invoicing.usecases.pricing.load_terms import TermsLoader
from kernel.change import Change
from kernel.clock import Clock
from kernel.errors import NotFound

JSON = "application/json"
Put = TypeVar("Put", Clinic, PriceList, DiscountPolicy, DiscountFamily)
Apply = Callable[[Unit, StoredInvoice, Change], Awaitable[Invoice]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes work with."""

    store: Store
    outbox: Outbox
    terms: TermsLoader
    clock: Clock
    idempotency: Idempotency

    def change(self, caller: Principal, reason: str | None = None) -> Change:
        """A change by the caller, now."""
        return Change(self.clock(), caller.actor(), reason)

    async def invoice(self, caller: Principal, invoice_id: str, unit: Unit | None = None) -> StoredInvoice:
        """Raises NotFound, also for another clinic's invoice."""
        kept = await self.store.invoices.get(invoice_id, unit)
        if not caller.sees(kept.invoice.clinic_id):
            raise NotFound("invoice-unknown", f"there is no invoice {invoice_id}")
        return kept

    async def apply(
        self, caller: Principal, invoice_id: str, version: int | None, reason: str | None, step: Apply
    ) -> Response:
        """One change of one invoice, in one transaction, if it is still the version that the caller saw."""
        change = self.change(caller, reason)

        async def work(unit: Unit) -> Invoice:
            kept = await self.invoice(caller, invoice_id, unit)
            demand_version(version, kept.invoice.version)
            return await step(unit, kept, change)

        return answer(await self.outbox.transact(work, traceparent=current_traceparent()))

    async def configure(self, response: Response, expected: int | None, put: Callable[[Unit], Awaitable[Put]]) -> Put:
        """What is put, in one transaction; where the caller says which version he read, only if it is that one still.

        A thing that is not there yet has version 0. The answer tells its version as ETag.
        """

        async def work(unit: Unit) -> Put:
            stored = await put(unit)
            demand_version(expected, stored.version - 1)
            return stored

        return tagged(response, await self.outbox.transact(work))

    async def reprice(self, caller: Principal, clinic_id: str) -> None:
        """Drafts that waited for the clinic's terms get them, a page a transaction."""
        change = self.change(caller, "terms of the clinic changed")
        after: str | None = ""
        while after is not None:
            page_after = after
            after = await self.outbox.transact(
                lambda unit: reprice_drafts(unit, self.store, self.terms, clinic_id, change, page_after),  # noqa: B023
                traceparent=current_traceparent(),
            )


def tagged(response: Response, thing: Put) -> Put:
    """Puts the thing's version into the answer as its ETag."""
    response.headers["ETag"] = etag(thing.version)
    return thing


def answered(invoice: Invoice) -> Answer:
    """The snapshot as an answer that is kept for its idempotency key."""
    return Answer(200, snapshot(invoice).decode(), {"ETag": etag(invoice.version)})


def answer(invoice: Invoice) -> Response:
    """The snapshot, with its version as ETag."""
    return Response(snapshot(invoice), headers={"ETag": etag(invoice.version)}, media_type=JSON)
