"""Bank transactions, each version under revision."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.database.mongo import Document, Mongo, find_in
from chassis.database.paging import Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.errors import NotFound
from payments.domain.bank.cash_deposits import deposit_key, may_be_deposit
from payments.domain.bank.clues import key_of
from payments.domain.bank.lifecycle import TransactionEvent, TransactionEventKind
from payments.domain.bank.payout_transfers import may_be_payout, sum_key
from payments.domain.bank.refund_debits import amount_key
from payments.domain.bank.transaction import Transaction, TransactionStatus
from payments.journal import JOURNAL
from payments.store.bank.days import BankDays
from payments.store.bank.queue import BankQueue, Turn
from payments.store.conditions import given, in_clinics

TRANSACTIONS = "bank_transactions"
NEWEST_FIRST = Order((("booked_on", -1), ("_id", -1)))
Likeness = Literal["alike", "loose"]
INDEXES: dict[str, Sequence[IndexModel]] = {
    TRANSACTIONS: [
        IndexModel([("clinic_id", ASCENDING), ("booked_on", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), ("booked_on", DESCENDING), ("_id", DESCENDING)]),
        # For callers who see every clinic:
        IndexModel([*NEWEST_FIRST.keys]),
        IndexModel([("status", ASCENDING), *NEWEST_FIRST.keys]),
        # Without the state, which changes: what is found by these is little.
        IndexModel([("clinic_id", ASCENDING), ("clues", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("counterparty_iban", ASCENDING)]),
        # Only what was set aside as a payout is in it:
        IndexModel([("payout_id", ASCENDING)], sparse=True),
        IndexModel([("deposit_id", ASCENDING)], sparse=True),
        # For what a file says again:
        IndexModel([("clinic_id", ASCENDING), ("alike", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("loose", ASCENDING)]),
    ],
}
REVISION_TYPES: dict[TransactionEventKind, str] = {
    "imported": "payments.bank-transaction-imported",
    "matched": "payments.bank-transaction-matched",
    "queued": "payments.bank-transaction-queued",
    "set_aside": "payments.bank-transaction-set-aside",
    "unmatched": "payments.bank-transaction-unmatched",
    "reversed": "payments.bank-transaction-reversed",
    "passed_over": "payments.bank-transaction-passed-over",
    "looked_at_again": "payments.bank-transaction-looked-at-again",
    "taken": "payments.bank-transaction-taken",
    "given_back": "payments.bank-transaction-given-back",
}
_transaction = TypeAdapter(Transaction)


class TransactionStore:
    """The collection. What is new is queued, too. What takes a unit belongs to its transaction.

    Everything raises DriverError.
    """

    def __init__(self, mongo: Mongo, queue: BankQueue, days: BankDays) -> None:
        self._transactions = mongo.collection(TRANSACTIONS)
        self._documents = VersionedDocuments(mongo, TRANSACTIONS, JOURNAL, keeps_snapshot=True)
        self._queue = queue
        self._days = days

    async def page(
        self, clinics: Sequence[str] | None, request: PageRequest, *, status: TransactionStatus | None = None
    ) -> Page[Transaction]:
        """The last booked first; of these clinics, or of all of them."""
        where = NEWEST_FIRST.where({**in_clinics(clinics), **given({"status": status})}, request)
        rows = await self._transactions.find(where, sort=NEWEST_FIRST.sort, limit=request.limit + 1).to_list(None)
        return NEWEST_FIRST.page(rows, request, transaction_of)

    async def transaction(self, transaction_id: str, unit: Unit | None = None) -> Transaction:
        """Raises NotFound."""
        row = await self._transactions.find_one({"_id": transaction_id}, session=unit and unit.session)
        if row is None:
            raise NotFound("not-found", "there is no such thing here")
        return transaction_of(row)

    async def named(self, unit: Unit, transaction_ids: Iterable[str]) -> list[Transaction]:
        """Those of them that there are."""
        ids = sorted(transaction_ids)
        rows = await self._transactions.find({"_id": {"$in": ids}}, session=unit.session).to_list(None) if ids else []
        return [transaction_of(row) for row in rows]

    async def known(self, unit: Unit, clinic_id: str, likeness: Likeness, keys: Iterable[str]) -> list[Transaction]:
        """What the clinic has that is `alike`, or `loose`ly so; not what a person set aside as a duplicate."""
        where = {"clinic_id": clinic_id, likeness: {"$in": sorted(set(keys))}}
        rows = await self._transactions.find(where, session=unit.session).to_list(None)
        found = [transaction_of(row) for row in rows]
        return [t for t in found if not (t.suspicion and t.status == "set_aside")]

    async def booked_on(self, clinic_id: str, day: date) -> list[Transaction]:
        """All that the banks of a clinic booked on a day."""
        rows = await self._transactions.find({"clinic_id": clinic_id, "booked_on": day.isoformat()}).to_list(None)
        return [transaction_of(row) for row in rows]

    async def stored(self, unit: Unit, transactions: Sequence[Transaction]) -> set[str]:
        """Which of them are stored, by id."""
        ids = [t.transaction_id for t in transactions]
        return {row["_id"] for row in await find_in(self._transactions, "_id", ids, unit.session, shown=["_id"])}

    async def save(self, unit: Unit, events: Sequence[TransactionEvent]) -> None:
        """Transactions of one clinic, one event each; what is new is queued for the rules.

        One that is imported twice is a duplicate key. Raises Conflict when somebody else was faster.
        """
        await self._documents.save(unit, [_document_change(event) for event in events])
        fresh = [event.transaction for event in events if event.transaction.status == "new"]
        if fresh:
            await self._queue.put(unit, fresh[0].clinic_id, [t.transaction_id for t in fresh])

    async def still_new(self, unit: Unit, turn: Turn) -> list[Transaction]:
        """Those of the turn that nobody looked at meanwhile, in its order."""
        rows = {row["_id"]: row for row in await find_in(self._transactions, "_id", turn.transaction_ids, unit.session)}
        waiting = [rows[id_] for id_ in turn.transaction_ids if id_ in rows]
        return [transaction_of(row) for row in waiting if row["status"] == "new"]

    async def claim_queues(self, unit: Unit, clinic_ids: Iterable[str]) -> None:
        """Of two transactions, one that queues a transfer and one that brings what it waits for, one sees the other."""
        for clinic_id in sorted(clinic_ids):
            await self._days.claim(unit, clinic_id, "queue")

    async def having(
        self, unit: Unit, clinic_id: str, status: TransactionStatus, clues: Sequence[str]
    ) -> list[Transaction]:
        """Those with such a clue that no person decided about."""
        where = {"clinic_id": clinic_id, "clues": {"$in": list(clues)}}
        rows = await self._transactions.find(where, session=unit.session).to_list(None)
        return [transaction_of(row) for row in rows if row["status"] == status and not row["by_hand"]]

    async def taken_payouts(self, unit: Unit, clinic_id: str, payout_ids: Iterable[str]) -> set[str]:
        """Those of them that a transfer of the clinic was set aside as."""
        shown = ("clinic_id", "payout_id")
        rows = await find_in(self._transactions, "payout_id", payout_ids, unit.session, shown=shown)
        return {row["payout_id"] for row in rows if row["clinic_id"] == clinic_id}

    async def of_deposits(self, unit: Unit | None, clinic_id: str, deposit_ids: Iterable[str]) -> list[Transaction]:
        """What of the clinic was set aside as one of these deposits of cash."""
        session = None if unit is None else unit.session
        rows = await find_in(self._transactions, "deposit_id", deposit_ids, session)
        return [transaction_of(row) for row in rows if row["clinic_id"] == clinic_id]

    async def booked_between(self, clinic_id: str, first: date, last: date) -> list[Transaction]:
        """All that the banks of a clinic booked on these days."""
        days = {"$gte": first.isoformat(), "$lte": last.isoformat()}
        rows = await self._transactions.find({"clinic_id": clinic_id, "booked_on": days}).to_list(None)
        return [transaction_of(row) for row in rows]

    async def reversible(self, unit: Unit, reversals: Sequence[Transaction]) -> list[Transaction]:
        """What these reversals of one clinic may take back: by the same account, or named by their references."""
        payers = [t.counterparty_iban for t in reversals if t.counterparty_iban]
        clues = [clue for t in reversals for clue in (*t.references, key_of(t.end_to_end_id or "")) if clue]
        found: dict[str, Document] = {}
        for field, values in (("counterparty_iban", payers), ("clues", clues)):
            rows = await find_in(self._transactions, field, values, unit.session, clinic_id=reversals[0].clinic_id)
            found |= {row["_id"]: row for row in rows if row["status"] in ("matched", "unmatched")}
        return [transaction_of(row) for row in found.values()]


def transaction_of(row: Mapping[str, Any]) -> Transaction:
    """A transaction from its document."""
    return _transaction.validate_json(row["snapshot"])


def _document_change(event: TransactionEvent) -> DocumentChange:
    """What a statement brought is a consequence of the statement."""
    transaction, cause = event.transaction, event.transaction.statement_id if event.kind == "imported" else None
    snapshot = _transaction.dump_json(transaction)
    version = Version(transaction.version, REVISION_TYPES[event.kind], event.change, snapshot, cause)
    return DocumentChange.of(transaction.transaction_id, _fields(transaction), version)


def _fields(transaction: Transaction) -> Document:
    """What is asked for; days as text, which sorts and pages."""
    # Only what was set aside as one is in their indexes.
    aside = {"payout_id": transaction.payout_id, "deposit_id": transaction.deposit_id}
    return {name: id_ for name, id_ in aside.items() if id_ is not None} | {
        "status": transaction.status,
        "booked_on": transaction.booked_on.isoformat(),
        "account": transaction.account,
        "counterparty_iban": transaction.counterparty_iban,
        "amount": {"amount_minor": transaction.amount.amount_minor, "currency": transaction.amount.currency},
        # A suspected duplicate is left to a person, too.
        "by_hand": transaction.by_hand or transaction.suspicion is not None,
        "clues": _clues(transaction),
        "alike": transaction.alike,
        "loose": transaction.loose,
        "clinic_id": transaction.clinic_id,
        "version": transaction.version,
    }


def _clues(transaction: Transaction) -> list[str]:
    """What an invoice, a payout of Stripe's or a refund that becomes known later looks for.

    Of a transfer that came in only while it waits; once it is matched, what a reversal may name it by.
    """
    if not transaction.credit:
        return [] if transaction.reversal else [amount_key(transaction.amount)]
    if transaction.status not in ("unmatched", "matched"):
        return []
    clues = [*transaction.references, key_of(transaction.end_to_end_id or "")]
    if transaction.status == "unmatched":
        clues += transaction.words
        clues += [sum_key(transaction.amount)] if may_be_payout(transaction) else []
        clues += [deposit_key(transaction.amount)] if may_be_deposit(transaction) else []
    return [clue for clue in clues if clue]
