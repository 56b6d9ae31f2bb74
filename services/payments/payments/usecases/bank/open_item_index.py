"""What is known of a page of transfers, loaded in a fixed number of queries, whatever the size of the page."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chassis.messaging.outbox import Unit
from kernel.money import Money
from payments.domain.bank.matching.evidence import Evidence, OpenItem, PayerAccount
from payments.domain.bank.matching.rules import MOST_PROPOSALS, SURE
from payments.domain.bank.transaction import Share, Transaction
from payments.domain.intake.open_items import Invoice, due
from payments.domain.intake.payment import Payment
from payments.usecases.intake.ledger import PaymentLedger

MOST_OF_AMOUNT = 1_000
IdsByClue = dict[str, list[str]]


def _ids_by_clue() -> IdsByClue:
    return defaultdict(list)


@dataclass
class OpenItemIndex:
    """The clinic's invoices that matter for a page, with what is open on each as the page goes on."""

    accounts: dict[str, PayerAccount]
    invoices: dict[str, OpenItem] = field(default_factory=dict)
    by_reference: IdsByClue = field(default_factory=_ids_by_clue)
    by_number: IdsByClue = field(default_factory=_ids_by_clue)
    by_patient_key: IdsByClue = field(default_factory=_ids_by_clue)
    of_patient: IdsByClue = field(default_factory=_ids_by_clue)
    by_amount: dict[Money, list[str]] = field(default_factory=lambda: defaultdict(list))

    def evidence(self, transaction: Transaction) -> Evidence:
        account = self.accounts.get(transaction.counterparty_iban or "", PayerAccount())
        return Evidence(
            transaction.amount,
            by_reference=self._of(id_ for clue in transaction.references for id_ in self.by_reference.get(clue, ())),
            by_number=self._of(id_ for clue in transaction.words for id_ in self.by_number.get(clue, ())),
            of_patient=self._of(id_ for clue in transaction.words for id_ in self.by_patient_key.get(clue, ())),
            of_payer=self._of(id_ for patient in sorted(account.patients) for id_ in self.of_patient.get(patient, ())),
            by_amount=self._of(self.by_amount.get(transaction.amount, ())),
            account=account,
        )

    def take(self, shares: Iterable[Share]) -> None:
        for share in shares:
            if share.invoice_id is None:
                continue
            self.invoices[share.invoice_id] = self.invoices[share.invoice_id].less(share)

    def learn(self, transaction: Transaction) -> None:
        """Who paid from its account, for the transfers after it."""
        iban = transaction.counterparty_iban
        if iban and transaction.decision and transaction.decision.rule in SURE:
            self.accounts[iban] = self.accounts.get(iban, PayerAccount()).taught(transaction.shares)

    async def find_alike(
        self, unit: Unit, ledger: PaymentLedger, clinic_id: str, waiting: Sequence[Transaction]
    ) -> None:
        """Invoices of exactly these amounts, for people to choose from."""
        amounts = {t.amount.amount_minor for t in waiting}
        alike = await ledger.store.replicas.invoices_owing(unit, clinic_id, amounts, MOST_OF_AMOUNT)
        await self.add(unit, ledger, [copy for copy in alike if copy.invoice_id not in self.invoices])
        for copy in sorted(alike, key=lambda copy: copy.invoice_id):
            open_ = self.invoices[copy.invoice_id]
            for amount in {open_.open, open_.insurer, *open_.insurers.values()} - {None}:
                if amount and len(self.by_amount[amount]) < MOST_PROPOSALS:
                    self.by_amount[amount].append(copy.invoice_id)

    async def add(self, unit: Unit, ledger: PaymentLedger, copies: Sequence[Invoice]) -> None:
        paid: dict[str | None, list[Payment]] = defaultdict(list)
        for payment in await ledger.store.payments.of_invoices(unit, *{copy.invoice_id for copy in copies}):
            paid[payment.invoice_id].append(payment)
        self.invoices |= {copy.invoice_id: _open(copy, paid[copy.invoice_id]) for copy in copies}

    def _of(self, ids: Iterable[str]) -> list[OpenItem]:
        return [self.invoices[id_] for id_ in dict.fromkeys(ids)]


async def load_open_items(
    unit: Unit, ledger: PaymentLedger, clinic_id: str, transfers: Sequence[Transaction]
) -> OpenItemIndex:
    """What the transfers name, and what those who pay from their accounts owe, or will be known to pay for."""
    store = ledger.store
    references = {clue for t in transfers for clue in t.references}
    words = {clue for t in transfers for clue in t.words}
    accounts = await store.bank.payers.accounts(
        unit, clinic_id, {t.counterparty_iban for t in transfers if t.counterparty_iban}
    )
    referred = await store.replicas.invoices_named(unit, clinic_id, "payment_reference", references)
    numbered = await store.replicas.invoices_named(unit, clinic_id, "number_key", words)
    patients = {patient_id for account in accounts.values() for patient_id in account.patients}
    patients |= _learned_of(transfers, (*referred, *numbered))
    of_named_patients = _final(await store.replicas.invoices_named(unit, clinic_id, "patient_key", words))
    owed = _final(await store.replicas.invoices_named(unit, clinic_id, "patient_id", patients))
    index = OpenItemIndex(accounts)
    copies = {copy.invoice_id: copy for copy in (*referred, *numbered, *of_named_patients, *owed)}
    await index.add(unit, ledger, list(copies.values()))
    for entries, some, field_ in (
        (index.by_reference, referred, "payment_reference"),
        (index.by_number, numbered, "number_key"),
        (index.by_patient_key, of_named_patients, "patient_key"),
        (index.of_patient, owed, "patient_id"),
    ):
        for copy in some:
            entries[getattr(copy, field_)].append(copy.invoice_id)
    return index


def _learned_of(transfers: Sequence[Transaction], named: Sequence[Invoice]) -> set[str]:
    """Patients of invoices that are named by a transfer whose account pays more than once here."""
    counted = Counter(t.counterparty_iban for t in transfers if t.counterparty_iban)
    again = [t for t in transfers if counted[t.counterparty_iban or ""] > 1]
    clues = {clue for t in again for clue in (*t.references, *t.words)}
    return {copy.patient_id for copy in named if copy.payment_reference in clues or copy.number_key in clues}


def _final(copies: Sequence[Invoice]) -> list[Invoice]:
    return [copy for copy in copies if copy.status == "finalized"]


def _open(copy: Invoice, payments: Sequence[Payment]) -> OpenItem:
    patient = _positive(due(copy, payments))
    insurer = None if copy.insurance is None else _positive(due(copy, payments, "insurer"))
    ids = [share.payer_id for share in copy.payers if share.part == "insurer" and share.payer_id is not None]
    several = ids if len(ids) > 1 else []
    insurers = {payer_id: _positive(due(copy, payments, "insurer", payer_id)) for payer_id in several}
    return OpenItem(
        copy.invoice_id, copy.patient_id, copy.number, copy.status, copy.finalized_at, patient, insurer, insurers
    )


def _positive(amount: Money) -> Money:
    return Money(max(0, amount.amount_minor), amount.currency)
