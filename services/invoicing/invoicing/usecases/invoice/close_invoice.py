"""What closes an invoice, or some of it, without money: credit notes and writing off. And its instalment plan."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from contracts.invoicing import InvoicePaid, InvoiceRevised
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit_note_id
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import PAID, Command, allow
from invoicing.domain.receivables.instalments import Part, plan
from invoicing.domain.receivables.write_off import write_off
from invoicing.store import Kept, Step, Store
from invoicing.usecases.invoice.issue_credit_note import issue
from invoicing.usecases.receivables.settle_accounts import Cause, settle_accounts
from kernel.change import Change


async def credit_invoice(
    unit: Unit, store: Store, kept: Kept, asks: Sequence[LineCredit] | None, change: Change
) -> CreditNote:
    """Draws the credit note's number in the transaction that issues it. Raises as `credit_note`."""
    allow(kept.invoice, Command.CREDIT)
    note, invoice = await issue(unit, store, kept.invoice, asks, change)
    await _save(unit, store, kept, invoice, change)
    return note


def credit_id_of(invoice: Invoice) -> str:
    """Of the credit note that comes next."""
    return credit_note_id(invoice.invoice_id, len(invoice.credit_notes) + 1)


async def write_off_invoice(unit: Unit, store: Store, kept: Kept, change: Change) -> Invoice:
    """Raises IllegalTransition unless something is due."""
    return await _save(unit, store, kept, write_off(kept.invoice, change), change)


async def plan_instalments(unit: Unit, store: Store, kept: Kept, parts: Sequence[Part], change: Change) -> Invoice:
    """Raises as `plan`."""
    invoice = plan(kept.invoice, parts, change)
    await store.save(unit, {invoice.invoice_id: kept}, [Step(invoice, InvoiceRevised, unit.traceparent)])
    return invoice


async def _save(unit: Unit, store: Store, kept: Kept, invoice: Invoice, change: Change) -> Invoice:
    now_paid = invoice.status == PAID != kept.invoice.status
    step = Step(invoice, InvoicePaid if now_paid else InvoiceRevised, unit.traceparent)
    account = {(invoice.clinic_id, invoice.patient_id): Cause(unit.traceparent)}
    now = await settle_accounts(unit, store, account, change, {invoice.invoice_id: kept}, [step])
    return now[invoice.invoice_id]
