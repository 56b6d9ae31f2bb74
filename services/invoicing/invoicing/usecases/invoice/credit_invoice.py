"""A credit note takes back some of an invoice, or all that is left of it."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit
from invoicing.domain.invoice.lifecycle import Command, allow
from invoicing.publishing import Cause, record
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.invoice.issue_credit_note import issue
from invoicing.usecases.receivables.settle_accounts import settle_accounts
from kernel.change import Change


async def credit_invoice(
    unit: Unit, store: Store, stored: StoredInvoice, lines: Sequence[LineCredit] | None, change: Change
) -> CreditNote:
    """Draws the credit note's number in the transaction that issues it. Raises as `credit_note`."""
    allow(stored.invoice, Command.CREDIT)
    note, outcome = await issue(unit, store, stored.invoice, lines, change)
    cause = Cause(unit.traceparent)
    notes, invoices = record([outcome.issued], cause), record([outcome.credited], cause)
    await store.credit_notes.save(unit, notes)
    account = stored.invoice.clinic_id, stored.invoice.patient_id
    await settle_accounts(unit, store, {stored.invoice.invoice_id: stored}, invoices, {account: cause}, change, notes)
    return note
