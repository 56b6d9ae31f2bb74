"""A credit note draws its number in the transaction that issues it."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import Clinic, invoice_number
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.receivables.prompt_payment import earned, lines_to_credit
from invoicing.store import Store
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import Conflict

PROMPTLY = Actor("prompt-payment", None, "system")


async def issue(
    unit: Unit, store: Store, invoice: Invoice, asks: Sequence[LineCredit] | None, change: Change
) -> tuple[CreditNote, Invoice]:
    """The credit note, stored and told, and the invoice after it, which is not. Raises as `credit_note`."""
    clinic = (await store.clinics.of(unit, [invoice.clinic_id])).get(invoice.clinic_id)
    if clinic is None:
        raise Conflict("clinic-not-configured", f"nobody configured the clinic {invoice.clinic_id}")
    return await _issue(unit, store, invoice, clinic, asks, change)


async def reward(unit: Unit, store: Store, invoice: Invoice, change: Change) -> Invoice | None:
    """The invoice after the credit note for prompt payment; None where none was offered, or it is not earned."""
    offer = invoice.prompt_payment
    if offer is None:
        return None
    clinic = (await store.clinics.of(unit, [invoice.clinic_id])).get(invoice.clinic_id)
    if clinic is None or not earned(invoice, clinic):
        return None
    promptly = Change(change.at, PROMPTLY, f"{offer.name}: paid by {offer.pay_by}")
    return (await _issue(unit, store, invoice, clinic, lines_to_credit(invoice), promptly))[1]


async def _issue(
    unit: Unit, store: Store, invoice: Invoice, clinic: Clinic, asks: Sequence[LineCredit] | None, change: Change
) -> tuple[CreditNote, Invoice]:
    today = clinic.local_date(change.at)
    sequence = await store.next_number(unit, f"credit-note/{clinic.clinic_id}/{today.year}")
    number = invoice_number(clinic.credit_note_format, clinic.clinic_id, today.year, sequence)
    before = await store.credit_notes.of(invoice.invoice_id, unit)
    note = credit_note(invoice, before, asks, number, today, change)
    await store.credit_notes.add(unit, note, len(before) + 1)
    return note, credit(invoice, note, change)
