"""How the routes change one invoice: in one transaction, and only if it is still the version that the caller read."""

from collections.abc import Awaitable, Callable

from fastapi import Response

from chassis.http import demand_version, etag
from chassis.http.auth import Principal
from chassis.http.idempotency import Answer, RequestKey
from chassis.messaging.outbox import Unit
from chassis.telemetry import current_traceparent
from invoicing.api.dependencies import Dependencies
from invoicing.api.previous_balances import as_of_now
from invoicing.domain.invoice.credit_note import CreditNote
from invoicing.domain.invoice.events import InvoiceOutcome
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.pricing.terms import Terms
from invoicing.publishing import snapshot
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.drafts.edit_draft import change_line
from kernel.change import Change
from kernel.errors import NotFound
from kernel.value import replace

JSON = "application/json"
ChangeOf = Callable[[Unit, StoredInvoice, Change], Awaitable[Invoice]]
Edit = Callable[[Invoice, Terms, Change], InvoiceOutcome]


async def find_invoice(
    deps: Dependencies, caller: Principal, invoice_id: str, unit: Unit | None = None
) -> StoredInvoice:
    """Raises NotFound, also for another clinic's invoice."""
    stored = await deps.store.invoices.get(invoice_id, unit)
    if not caller.sees(stored.invoice.clinic_id):
        raise NotFound("invoice-unknown", f"there is no invoice {invoice_id}")
    return stored


async def current_invoice(
    deps: Dependencies, caller: Principal, invoice_id: str, version: int | None, unit: Unit
) -> StoredInvoice:
    """As it is to be changed: a draft with what is owed before it now.

    Raises as `find_invoice`, and PreconditionFailed when the caller read another version.
    """
    stored = await find_invoice(deps, caller, invoice_id, unit)
    demand_version(version, stored.invoice.version)
    return replace(stored, invoice=await as_of_now(deps, stored.invoice, unit))


async def change_invoice(
    deps: Dependencies,
    caller: Principal,
    invoice_id: str,
    version: int | None,
    change_of: ChangeOf,
    reason: str | None = None,
) -> Response:
    """Answers the invoice after the change. Raises as `current_invoice`, and what `change_of` raises."""
    change = deps.change(caller, reason)

    async def work(unit: Unit) -> Invoice:
        return await change_of(unit, await current_invoice(deps, caller, invoice_id, version, unit), change)

    return invoice_response(await deps.outbox.transact(work, traceparent=current_traceparent()))


async def change_draft(
    deps: Dependencies, caller: Principal, invoice_id: str, version: int | None, edit: Edit, reason: str | None = None
) -> Response:
    """The same for a decision about a draft that needs the clinic's terms."""

    async def change_of(unit: Unit, stored: StoredInvoice, change: Change) -> Invoice:
        return await change_line(unit, deps.store, deps.terms, stored, lambda draft, terms: edit(draft, terms, change))

    return await change_invoice(deps, caller, invoice_id, version, change_of, reason)


async def change_invoice_once(
    deps: Dependencies,
    caller: Principal,
    invoice_id: str,
    version: int | None,
    key: RequestKey,
    answer_of: Callable[[Unit, StoredInvoice], Awaitable[Answer]],
) -> Response:
    """The same for a request with an idempotency key, whose answer is stored with the change."""

    async def work(unit: Unit) -> Answer:
        return await answer_of(unit, await current_invoice(deps, caller, invoice_id, version, unit))

    return (await deps.idempotency.once(key, work)).response()


def invoice_response(invoice: Invoice) -> Response:
    """The snapshot, with its version as ETag."""
    return Response(snapshot(invoice), headers={"ETag": etag(invoice.version)}, media_type=JSON)


def invoice_answer(invoice: Invoice) -> Answer:
    """The same, to be stored for an idempotency key."""
    return Answer(invoice.clinic_id, 200, snapshot(invoice).decode(), {"ETag": etag(invoice.version)})


def created_invoice(invoice: Invoice) -> Answer:
    """A new draft, and where it is."""
    headers = {"Location": f"/invoices/{invoice.invoice_id}", "ETag": etag(invoice.version)}
    return Answer(invoice.clinic_id, 201, snapshot(invoice).decode(), headers)


def created_credit_note(note: CreditNote) -> Answer:
    """A new credit note, and where it is."""
    headers = {"Location": f"/credit-notes/{note.credit_note_id}"}
    return Answer(note.clinic_id, 201, snapshot(note).decode(), headers)
