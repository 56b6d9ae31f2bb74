"""Transfers that nobody looked at yet find their invoices: a page of one clinic in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chassis.kernel.actor import Actor, system
from chassis.kernel.ids import derived_id
from chassis.kernel.money import Money
from chassis.outbox import Unit
from payments.domain.bank.matching import MOST_PROPOSALS, NUMBER, REFERENCE, Evidence, Open, decide, taken_back
from payments.domain.bank.transaction import Decision, Share, Transaction, moved
from payments.domain.copies import Invoice, due
from payments.domain.lifecycle import Change, Why, may
from payments.domain.payment import Payment
from payments.domain.taking import TakeTransfer, reverse, take_transfer
from payments.usecases.books import Books

PAGE = 200
MOST_OF_AMOUNT = 1_000
RULES = system("bank-matching")
Changes = list[tuple[Transaction, Transaction]]


async def work_off(books: Books) -> bool:
    """One page; whether there was anything."""
    return await books.transact(lambda unit: match_page(unit, books))


async def match_page(unit: Unit, books: Books) -> bool:
    """Decides each transfer of the page in its turn: what one takes, the next one does not find open any more."""
    page = await books.store.bank.next_new(unit, PAGE)
    if not page:
        return False
    now = books.clock()
    incoming = [t for t in page if t.credit]
    view = await _view(unit, books, page[0].clinic_id, incoming)
    changes: Changes = []
    for transaction in incoming:
        verdict = decide(view.evidence(transaction))
        if verdict.decision is None:
            queued = moved(transaction, "queue", now, RULES, None, proposals=verdict.proposals)
            changes.append((transaction, queued))
        else:
            view.take(verdict.decision.shares)
            changes.append((transaction, matched(transaction, verdict.decision, now, RULES)))
    await enter_payments(unit, books, [after for _, after in changes if after.status == "matched"], now)
    sure = [after for _, after in changes if after.decision and after.decision.rule in (REFERENCE, NUMBER)]
    await learn(unit, books, sure)
    plain = [t for t in page if not t.credit and not t.reversal]
    changes += [(t, moved(t, "pass_over", now, RULES, None)) for t in plain]
    # What a reversal takes back may be on this page: it is looked for when all that came in is matched.
    for transaction in () if incoming else page:
        if transaction.reversal:
            changes += await _taken_back(unit, books, transaction, now)
    await books.store.bank.replace(unit, changes)
    return True


@dataclass
class _View:
    """The clinic's invoices that matter for a page, with what is open on each as the page goes on."""

    invoices: dict[str, Open]
    by_clue: dict[str, list[str]]
    payers: dict[str, list[str]]
    of_patient: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_amount: dict[Money, list[str]] = field(default_factory=lambda: defaultdict(list))

    def evidence(self, transaction: Transaction) -> Evidence:
        patients = self.payers.get(transaction.counterparty_iban or "", [])
        return Evidence(
            transaction.amount,
            by_reference=self._of(id_ for clue in transaction.references for id_ in self.by_clue.get(clue, ())),
            by_number=self._of(id_ for clue in transaction.words for id_ in self.by_clue.get(clue, ())),
            of_payer=self._of(id_ for patient_id in patients for id_ in self.of_patient[patient_id]),
            by_amount=self._of(self.by_amount[transaction.amount][:MOST_PROPOSALS]),
        )

    def take(self, shares: Iterable[Share]) -> None:
        for share in shares:
            if share.invoice_id is not None:
                before = self.invoices[share.invoice_id]
                self.invoices[share.invoice_id] = replace(before, open=before.open - share.amount)

    def _of(self, ids: Iterable[str]) -> list[Open]:
        return [self.invoices[id_] for id_ in dict.fromkeys(ids)]


async def _view(unit: Unit, books: Books, clinic_id: str, transfers: Sequence[Transaction]) -> _View:
    """Loaded in a fixed number of queries, whatever the size of the page."""
    store = books.store
    references = {clue for t in transfers for clue in t.references}
    words = {clue for t in transfers for clue in t.words}
    payers = await store.bank.payers(unit, clinic_id, {t.counterparty_iban for t in transfers if t.counterparty_iban})
    patients = {patient_id for some in payers.values() for patient_id in some}
    amounts = {t.amount.amount_minor for t in transfers}
    clinic = {"clinic_id": clinic_id}
    named = await store.claim_invoices(unit, {**clinic, "payment_reference": {"$in": list(references)}})
    named += await store.claim_invoices(unit, {**clinic, "number_key": {"$in": list(words)}})
    owed = await store.claim_invoices(unit, {**clinic, "patient_id": {"$in": list(patients)}, "status": "finalized"})
    alike = await store.invoices_of_amount(unit, clinic_id, amounts, MOST_OF_AMOUNT)
    copies = {i.invoice_id: i for i in (*alike, *owed, *named)}
    paid = defaultdict(list)
    for payment in await store.payments_of(unit, *copies):
        paid[payment.invoice_id].append(payment)
    view = _View({id_: _open(copy, paid[id_]) for id_, copy in copies.items()}, defaultdict(list), payers)
    for copy in named:
        for clue in {copy.payment_reference, copy.number_key} - {None}:
            view.by_clue[clue or ""].append(copy.invoice_id)
    for copy in owed:
        view.of_patient[copy.patient_id].append(copy.invoice_id)
    for copy in alike:
        view.by_amount[view.invoices[copy.invoice_id].open].append(copy.invoice_id)
    return view


def _open(copy: Invoice, payments: Sequence[Payment]) -> Open:
    left = due(copy, payments)
    open_ = Money(max(0, left.amount_minor), left.currency)
    return Open(copy.invoice_id, copy.patient_id, copy.number, copy.status, copy.finalized_at, open_)


def matched(before: Transaction, decision: Decision, at: datetime, by: Actor, reason: str | None = None) -> Transaction:
    """The transaction with its decision, each share under the id that its payment will have."""
    parts = (before.transaction_id, str(before.version))
    shares = tuple(
        replace(share, payment_id=derived_id("pay", *parts, str(number)))
        for number, share in enumerate(decision.shares)
    )
    kept = replace(decision, shares=shares)
    return moved(before, "match", at, by, reason or decision.reason, decision=kept, proposals=())


async def enter_payments(unit: Unit, books: Books, transactions: Sequence[Transaction], now: datetime) -> None:
    """A settled payment with a receipt for each share. All transactions are of one clinic."""
    shares = [(t, share) for t in transactions for share in t.shares]
    if not shares:
        return
    numbers = await books.store.next_receipt_numbers(unit, transactions[0].clinic_id, len(shares))
    changes = [_payment(t, share, number, now) for (t, share), number in zip(shares, numbers, strict=True)]
    whys = [Why(t.history[-1].reason, t.transaction_id) for t, _ in shares]
    await books.begin_all(unit, changes, whys)


def _payment(transaction: Transaction, share: Share, receipt_number: str, now: datetime) -> Change:
    command = TakeTransfer(
        clinic_id=transaction.clinic_id,
        patient_id=share.patient_id,
        invoice_id=share.invoice_id,
        amount=share.amount,
        allow_credit=True,
        by=transaction.history[-1].by,
        reference=(transaction.references[:1] or (transaction.end_to_end_id or transaction.transaction_id,))[0],
        received_on=transaction.booked_on,
        bank_transaction_id=transaction.transaction_id,
    )
    return take_transfer(command, share.payment_id or "", receipt_number, now)


async def learn(unit: Unit, books: Books, transactions: Sequence[Transaction]) -> None:
    """Whoever named an invoice pays from this account for its patient."""
    pairs = [(t.counterparty_iban, s.patient_id) for t in transactions if t.counterparty_iban for s in t.shares]
    if pairs:
        await books.store.bank.learn(
            unit, transactions[0].clinic_id, [(iban, patient) for iban, patient in pairs if iban]
        )


async def _taken_back(unit: Unit, books: Books, reversal: Transaction, now: datetime) -> Changes:
    """The bank takes a transfer back: what it paid counts no more. One that is not certain waits for a person."""
    where = {
        "clinic_id": reversal.clinic_id, "counterparty_iban": reversal.counterparty_iban, "status": "matched",
        "account": reversal.account, "amount.amount_minor": reversal.amount.amount_minor,
    }  # fmt: skip
    original = taken_back(reversal, await books.store.bank.transactions(unit, where))
    if original is None or not await _whole(unit, books, original):
        return [(reversal, moved(reversal, "queue", now, RULES, None))]
    taken_by = f"taken back by {reversal.transaction_id}"
    await reverse_payments(unit, books, original, now, RULES, taken_by)
    taken = moved(original, "reverse", now, RULES, taken_by)
    reason = f"takes back {original.transaction_id}"
    passed = moved(reversal, "pass_over", now, RULES, reason, reverses=original.transaction_id)
    return [(original, taken), (reversal, passed)]


async def _whole(unit: Unit, books: Books, transaction: Transaction) -> bool:
    """Whether nothing of it was given back already."""
    payments = [await books.store.payment(share.payment_id or "", unit) for share in transaction.shares]
    return all(may(payment.status, "reverse") for payment in payments)


async def reverse_payments(
    unit: Unit, books: Books, transaction: Transaction, now: datetime, by: Actor, reason: str
) -> None:
    """What the transaction paid counts no more. Raises IllegalTransition once something of it was refunded."""
    for share in transaction.shares:
        payment = await books.store.payment(share.payment_id or "", unit)
        await books.proceed(unit, payment, reverse(payment, now, by), Why(reason, transaction.transaction_id))
