"""The statement of a patient's account, of what was heard of it by now."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from contracts.invoicing import CreditNoteIssued, Invoice
from contracts.invoicing.sums import PayerAmount
from contracts.payments import Payment
from documents.domain.documents.statement import Claim, Entry, ages, balances, in_order
from documents.facts import StatementEntry, StatementFacts, StatementLedger
from documents.store import Store
from documents.usecases.documents.sources import Sheets
from kernel.errors import NotFound
from kernel.money import Money, total


async def statement_sheets(store: Store, clinic_id: str, patient_id: str, now: datetime) -> Sheets:
    """As of today at the clinic. Raises NotFound for a patient of whom the clinic has no final invoice and no money."""
    clinic = await store.clinics.find(clinic_id)
    zone = ZoneInfo(clinic.time_zone) if clinic else now.tzinfo or ZoneInfo("UTC")
    invoices = [each for each in await store.invoices.of_patient(clinic_id, patient_id) if _counts(each)]
    notes = await store.credit_notes.of_patient(clinic_id, patient_id)
    paid = [each for each in await store.payments.of_patient(clinic_id, patient_id) if each.settled_at]
    if not invoices and not paid:
        raise NotFound("not-found", "there is no such thing here")
    newest = max(invoices, key=lambda each: (each.finalized_at or each.changed_at, each.invoice_id), default=None)
    seller = newest.seller if newest else None
    today = now.astimezone(zone).date()
    currencies = sorted({each.currency for each in invoices} | {each.currency for each in paid})
    facts = StatementFacts(
        clinic_id=clinic_id,
        patient_id=patient_id,
        as_of=today,
        clinic=seller.name if seller else clinic.name if clinic else clinic_id,
        seller=seller,
        buyer=newest.buyer if newest else None,
        ledgers=tuple(_ledger(each, invoices, notes, paid, zone, today) for each in currencies),
    )
    return Sheets("statement", facts.model_dump_json().encode(), f"statement-{today.isoformat()}")


def _counts(invoice: Invoice) -> bool:
    return invoice.number is not None and invoice.status != "void"


def _ledger(
    currency: str,
    invoices: Sequence[Invoice],
    notes: Sequence[CreditNoteIssued],
    paid: Sequence[Payment],
    zone: tzinfo,
    today: date,
) -> StatementLedger:
    ours = [each for each in invoices if each.currency == currency]
    money = [each for each in paid if each.currency == currency and each.part == "patient"]
    known = {each.invoice_id for each in ours}
    entries = in_order(
        [
            *(entry for each in ours for entry in _of_invoice(each, zone)),
            *(_of_note(each) for each in notes if each.invoice_id in known),
            *(entry for each in money for entry in _of_payment(each, zone)),
        ]
    )
    after = balances(entries)
    owed = [Claim(each.due_on or each.issued_on or today, _open(each)) for each in ours]
    open_ = total((claim.open for claim in owed), currency)
    balance = after[-1] if after else Money(0, currency)
    return StatementLedger(
        currency=currency,
        entries=tuple(
            StatementEntry(on=e.on, word=e.word, number=e.number, amount=e.amount, balance=left)
            for e, left in zip(entries, after, strict=True)
        ),
        balance=balance,
        open=open_,
        credit=open_ - balance,
        ages=ages(owed, currency, today),
    )


def _local(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def _of_invoice(invoice: Invoice, zone: tzinfo) -> Iterator[Entry]:
    """The patient's part, and what the clinic gave up of it."""
    on = invoice.issued_on or _local(invoice.finalized_at or invoice.changed_at, zone)
    yield Entry(on, "invoice", invoice.number or "", _part(invoice))
    if invoice.write_off is not None:
        given_up = _of_patient(invoice.write_off.payers, invoice.write_off.amount)
        yield Entry(_local(invoice.write_off.at, zone), "written_off", invoice.number or "", -given_up)


def _part(invoice: Invoice) -> Money:
    for share in invoice.payers:
        if share.part == "patient":
            return share.amount
    if invoice.insurance is not None:
        return invoice.insurance.patient_part
    return invoice.totals.gross + (invoice.totals.rounding or Money(0, invoice.currency))


def _open(invoice: Invoice) -> Money:
    for share in invoice.payers:
        if share.part == "patient":
            return share.open
    if invoice.insurance is not None:
        return invoice.insurance.patient_part - invoice.insurance.patient_paid
    return invoice.totals.due


def _of_note(note: CreditNoteIssued) -> Entry:
    return Entry(note.issued_on, "credit_note", note.number, -_of_patient(note.payers, note.amount))


def _of_patient(payers: Sequence[PayerAmount], whole: Money) -> Money:
    """All of it, where nobody said whose part it was."""
    if not payers:
        return whole
    return total((payer.amount for payer in payers if payer.part == "patient"), whole.currency)


def _of_payment(payment: Payment, zone: tzinfo) -> Iterator[Entry]:
    """What came, what went back, and what the cardholder's bank took."""
    number, came = payment.receipt_number or payment.payment_id, payment.settled_at or payment.received_at
    yield Entry(payment.received_on or _local(came, zone), "payment", number, -payment.amount)
    for refund in payment.refunds:
        if refund.status == "settled":
            yield Entry(_local(refund.refunded_at, zone), "refund", number, refund.amount)
    taken = payment.amount - payment.refunded - payment.settled
    if taken.amount_minor:
        yield Entry(_local(payment.changed_at, zone), "disputed", number, taken)
