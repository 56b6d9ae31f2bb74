"""A credit note draws its number in the transaction that issues it."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.clinics.number_format import invoice_number
from invoicing.domain.invoice.credit_note import CreditNote, CreditOutcome, LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.receivables.prompt_payment import earned, lines_to_credit
from invoicing.store import Store
from kernel.actor import system
from kernel.change import Change
from kernel.errors import Conflict

PROMPT_PAYMENT = system("prompt-payment")


async def issue(
    unit: Unit, store: Store, invoice: Invoice, lines: Sequence[LineCredit] | None, change: Change
) -> tuple[CreditNote, CreditOutcome]:
    """The credit note of these lines, or of all that is left, and what it makes of the invoice.

    Raises as `credit_note`.
    """
    clinic = await store.clinics.find(unit, invoice.clinic_id)
    if clinic is None:
        raise Conflict("clinic-not-configured", f"nobody configured the clinic {invoice.clinic_id}")
    note = await _numbered(unit, store, invoice, clinic, lines, change)
    return note, credit(invoice, note, change)


async def reward(unit: Unit, store: Store, invoice: Invoice, change: Change) -> CreditOutcome | None:
    """The credit note for prompt payment; None where none was offered, or it is not earned."""
    offer = invoice.prompt_payment
    if offer is None:
        return None
    clinic = await store.clinics.find(unit, invoice.clinic_id)
    if clinic is None or not earned(invoice, clinic):
        return None
    because = Change(change.at, PROMPT_PAYMENT, f"{offer.name}: paid by {offer.pay_by}")
    note = await _numbered(unit, store, invoice, clinic, lines_to_credit(invoice), because)
    return credit(invoice, note, because)


async def _numbered(
    unit: Unit, store: Store, invoice: Invoice, clinic: Clinic, lines: Sequence[LineCredit] | None, change: Change
) -> CreditNote:
    today = clinic.local_date(change.at)
    sequence = await store.counters.draw(unit, f"credit-note/{clinic.clinic_id}/{today.year}")
    number = invoice_number(clinic.credit_note_format, clinic.clinic_id, today.year, sequence)
    before = await store.credit_notes.of(invoice.invoice_id, unit)
    return credit_note(invoice, before, lines, number, today, change)
