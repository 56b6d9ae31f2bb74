"""What the routes work with."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from chassis.http.auth import Principal
from chassis.http.idempotency import Idempotency
from chassis.http.problems import HttpProblem
from chassis.http.rates import Buckets
from chassis.messaging.outbox import Outbox, Unit
from chassis.telemetry import current_traceparent
from contracts.cash_register import DayClosed
from contracts.invoicing import CreditNoteIssued, Invoice
from contracts.payments import Payment
from contracts.topics import DAYS, INVOICES, PAYMENTS
from documents.store import Store
from documents.usecases.deliveries.open_link import OpenLink
from documents.usecases.documents.fetch_document import FetchDocument, NotRenderedYet, Pdf
from documents.usecases.documents.fetch_e_invoice import FetchEInvoice
from documents.usecases.documents.find_copy import Copy, FindCopy, NotHeardYet
from documents.usecases.documents.print_sheets import PrintSheets
from documents.usecases.documents.receipt_source import receipt_snapshot, still_to_wait
from documents.usecases.documents.sources import Sheets, Snapshot
from documents.usecases.documents.statement_source import statement_sheets
from documents.usecases.jobs import DocumentJobs
from kernel.clock import utc_now
from kernel.errors import Conflict

RETRY_SOON_S = 1
RETRY_AFTER_S = 5
C = TypeVar("C", bound=Copy)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Copies are found at the version that the caller read, or a newer one.

    Raises NotFound for what is not there, or not for this caller; HttpProblem 503 while what was said of it, or its
    document, is on its way.
    """

    store: Store
    jobs: DocumentJobs
    find: FindCopy
    fetch: FetchDocument
    sheets: PrintSheets
    e_invoice: FetchEInvoice
    idempotency: Idempotency
    outbox: Outbox
    open_link: OpenLink
    link_rates: Buckets

    async def invoice(self, invoice_id: str, caller: Principal, version: int | None) -> Invoice:
        """What has a number keeps it. A draft may be something else by now, and so may one that fell away with its
        session: it is a draft again once the session is completed again.
        """
        found = self.find(
            INVOICES.name,
            lambda: self.store.invoices.find(invoice_id),
            caller.sees,
            version,
            lambda copy: copy.number is not None,
        )
        return await _heard(found, "invoicing")

    async def credit_note(self, credit_note_id: str, caller: Principal) -> CreditNoteIssued:
        return await _heard(
            self.find(INVOICES.name, lambda: self.store.credit_notes.find(credit_note_id), caller.sees), "invoicing"
        )

    async def payment(self, receipt_id: str, caller: Principal) -> Payment:
        return await _heard(
            self.find(PAYMENTS.name, lambda: self.store.payments.with_receipt(receipt_id), caller.sees), "payments"
        )

    async def receipt(self, payment: Payment, receipt_id: str) -> Snapshot:
        """As it was issued; one whose payment was heard just now is issued in a moment. Raises Conflict for none."""
        if await self.store.receipts.find(receipt_id) is None:
            await asyncio.sleep(still_to_wait(payment, utc_now()).total_seconds())
        snapshot = await receipt_snapshot(self.store, payment, receipt_id)
        if snapshot is None:
            raise Conflict("no-receipt", f"no money came or went by {receipt_id}")
        return snapshot

    async def day(self, day_id: str, caller: Principal) -> DayClosed:
        return await _heard(self.find(DAYS.name, lambda: self.store.days.find(day_id), caller.sees), "cash-register")

    async def account(self, clinic_id: str, patient_id: str, family: Sequence[str] = ()) -> Sheets:
        """A statement, with what was published when it was asked for; only what is not heard in time is not on it."""
        await self.find.catch_up(INVOICES.name, PAYMENTS.name)
        return await statement_sheets(self.store, clinic_id, patient_id, utc_now(), family)

    async def document(self, snapshot: Snapshot) -> Pdf:
        return await _rendered(self.fetch(snapshot))

    async def transact(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """In one transaction, which the request's trace names as the cause of what is said."""
        return await self.outbox.transact(work, traceparent=current_traceparent())

    async def printed(self, sheets: Sheets) -> Pdf:
        return await _rendered(self.sheets(sheets))


async def _heard(found: Awaitable[C], writer: str) -> C:
    try:
        return await found
    except NotHeardYet:
        message = f"what {writer} said of it last has not arrived here yet"
        raise HttpProblem(503, "not-heard-yet", message, headers={"Retry-After": str(RETRY_SOON_S)}) from None


async def _rendered(pdf: Awaitable[Pdf]) -> Pdf:
    try:
        return await pdf
    except NotRenderedYet:
        message = "the document is being rendered"
        raise HttpProblem(503, "not-rendered-yet", message, headers={"Retry-After": str(RETRY_AFTER_S)}) from None


def dependencies(request: Request) -> Dependencies:
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
