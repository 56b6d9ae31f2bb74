"""The statement of a patient's account, or of a family's, of what was heard of it by now."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from contracts.invoicing import CreditNoteIssued, Invoice
from contracts.invoicing.sums import PayerAmount
from contracts.payments import Payment
from documents.domain.documents.statement import Claim, Entry, ages, balances, in_order
from documents.facts import OwedBy, StatementEntry, StatementFacts, StatementLedger
from documents.store import Store
from documents.usecases.documents.owed import owed_by_patient
from documents.usecases.documents.sources import Sheets
from kernel.errors import NotFound
from kernel.money import Money, total


@dataclass(frozen=True, slots=True)
class _Account:
    """Of one patient: final invoices, what was taken back, and the money that is ours."""

    patient_id: str
    invoices: Sequence[Invoice]
    notes: Sequence[CreditNoteIssued]
    paid: Sequence[Payment]

    @property
    def newest(self) -> Invoice | None:
        return max(
            self.invoices, key=lambda each: (each.finalized_at or each.changed_at, each.invoice_id), default=None
        )

    @property
    def name(self) -> str:
        return self.newest.buyer.name if self.newest else self.patient_id

    @property
    def currencies(self) -> set[str]:
        return {each.currency for each in self.invoices} | {each.currency for each in self.paid}


async def statement_sheets(
    store: Store, clinic_id: str, patient_id: str, now: datetime, family: Sequence[str] = ()
) -> Sheets:
    """As of today at the clinic, to the patient; `family` are those whose accounts are stated with theirs.

    Raises NotFound for a patient, and for a family, of whom the clinic has no final invoice and no money.
    """
    clinic = await store.clinics.find(clinic_id)
    zone = ZoneInfo(clinic.time_zone) if clinic else now.tzinfo or ZoneInfo("UTC")
    members = dict.fromkeys((patient_id, *family))
    accounts = [await _account(store, clinic_id, member) for member in members]
    if not any(account.invoices or account.paid for account in accounts):
        raise NotFound("not-found", "there is no such thing here")
    first = accounts[0].newest
    newest = first or next((account.newest for account in accounts if account.newest), None)
    seller = newest.seller if newest else None
    today = now.astimezone(zone).date()
    currencies = sorted(set().union(*(account.currencies for account in accounts)))
    facts = StatementFacts(
        clinic_id=clinic_id,
        patient_id=patient_id,
        as_of=today,
        clinic=seller.name if seller else clinic.name if clinic else clinic_id,
        seller=seller,
        buyer=first.buyer if first else None,
        ledgers=tuple(_ledger(each, accounts, zone, today) for each in currencies),
        members=tuple(account.name for account in accounts) if len(accounts) > 1 else (),
    )
    return Sheets("statement", facts.model_dump_json().encode(), f"statement-{today.isoformat()}")


async def _account(store: Store, clinic_id: str, patient_id: str) -> _Account:
    paid = await store.payments.of_patient(clinic_id, patient_id)
    return _Account(
        patient_id,
        [each for each in await store.invoices.of_patient(clinic_id, patient_id) if _counts(each)],
        await store.credit_notes.of_patient(clinic_id, patient_id),
        [each for each in paid if each.settled_at],
    )


def _counts(invoice: Invoice) -> bool:
    return invoice.number is not None and invoice.status != "void"


def _ledger(currency: str, accounts: Sequence[_Account], zone: tzinfo, today: date) -> StatementLedger:
    several = len(accounts) > 1
    moved = [
        replace(entry, patient=account.name if several else None)
        for account in accounts
        for entry in _moved(account, currency, zone)
    ]
    entries = in_order(moved)
    after = balances(entries)
    ours = [each for account in accounts for each in account.invoices if each.currency == currency]
    owed = [Claim(each.due_on or each.issued_on or today, owed_by_patient(each)) for each in ours]
    open_ = total((claim.open for claim in owed), currency)
    balance = after[-1] if after else Money(0, currency)
    return StatementLedger(
        currency=currency,
        entries=tuple(
            StatementEntry(on=e.on, word=e.word, number=e.number, amount=e.amount, balance=left, patient=e.patient)
            for e, left in zip(entries, after, strict=True)
        ),
        balance=balance,
        open=open_,
        credit=open_ - balance,
        ages=ages(owed, currency, today),
        owed=tuple(_owed(accounts, currency)),
    )


def _moved(account: _Account, currency: str, zone: tzinfo) -> Iterator[Entry]:
    ours = [each for each in account.invoices if each.currency == currency]
    known = {each.invoice_id for each in ours}
    for invoice in ours:
        yield from _of_invoice(invoice, zone)
    for note in account.notes:
        if note.invoice_id in known:
            yield _of_note(note)
    for payment in account.paid:
        if payment.currency == currency and payment.part == "patient":
            yield from _of_payment(payment, zone)


def _owed(accounts: Sequence[_Account], currency: str) -> Iterator[OwedBy]:
    """By whom something is open: each patient, then each insurer, whoever's invoices it is of."""
    insurers: dict[str, list[Money]] = defaultdict(list)
    for account in accounts:
        ours = [each for each in account.invoices if each.currency == currency]
        open_ = total((owed_by_patient(each) for each in ours), currency)
        if open_.amount_minor:
            yield OwedBy(amount=open_, patient=account.name if len(accounts) > 1 else None)
        for invoice in ours:
            for share in invoice.payers:
                if share.part == "insurer" and share.open.amount_minor:
                    insurers[share.payer_name or share.payer_id or ""].append(share.open)
    for name, amounts in insurers.items():
        yield OwedBy(amount=total(amounts, currency), insurer=name)


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
            yield Entry(_local(refund.refunded_at, zone), "refund", refund.receipt_number or number, refund.amount)
    taken = payment.amount - payment.refunded - payment.settled
    if taken.amount_minor:
        yield Entry(_local(payment.changed_at, zone), "disputed", number, taken)
