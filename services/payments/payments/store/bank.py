"""Bank statements, their transactions, and who pays from which account."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from chassis.database.mongo import Collection, Document, Mongo, among
from chassis.database.paging import Order, PageRequest
from chassis.journal.documents import Edition, Step, Versioned
from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.errors import NotFound
from payments.adapters.bank_files.clues import key_of
from payments.domain.bank.matching import PayerAccount
from payments.domain.bank.payout_transfers import may_be_payout, sum_key
from payments.domain.bank.refund_debits import amount_key
from payments.domain.bank.transaction import Transaction, TransactionCommand, TransactionStatus, moved
from payments.domain.intake.payment import Payer
from payments.store import bank_days, bank_files, bank_queue
from payments.store.bank_queue import Turn
from payments.store.conditions import given, in_clinics

STATEMENTS, TRANSACTIONS, PAYERS = "bank_statements", "bank_transactions", "bank_payers"
NEWEST_FIRST = Order((("booked_on", -1), ("_id", -1)))
RECEIVED_LAST_FIRST = Order((("received_at", -1), ("_id", -1)))
INDEXES: dict[str, Sequence[IndexModel]] = {
    STATEMENTS: [
        IndexModel([("clinic_id", ASCENDING), *RECEIVED_LAST_FIRST.keys]),
        IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), *RECEIVED_LAST_FIRST.keys]),
        IndexModel([*RECEIVED_LAST_FIRST.keys]),
        IndexModel([("status", ASCENDING), *RECEIVED_LAST_FIRST.keys]),
    ],
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
        # For what a file says again:
        IndexModel([("clinic_id", ASCENDING), ("alike", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("loose", ASCENDING)]),
    ],
    PAYERS: [],
    **bank_files.INDEXES,
    **bank_days.INDEXES,
    **bank_queue.INDEXES,
}
IMPORTED = "payments.bank-transaction-imported"
TYPES: dict[TransactionCommand, str] = {
    "match": "payments.bank-transaction-matched",
    "queue": "payments.bank-transaction-queued",
    "set_aside": "payments.bank-transaction-set-aside",
    "unmatch": "payments.bank-transaction-unmatched",
    "reverse": "payments.bank-transaction-reversed",
    "pass_over": "payments.bank-transaction-passed-over",
    "look_again": "payments.bank-transaction-looked-at-again",
    "take": "payments.bank-transaction-taken",
    "give_back": "payments.bank-transaction-given-back",
}
_transaction = TypeAdapter(Transaction)


class BankStore:
    """The collections. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self.statements: Collection = mongo.collection(STATEMENTS)
        self.files = bank_files.BankFiles(mongo)
        self.queue = bank_queue.BankQueue(mongo)
        self.days = bank_days.BankDays(mongo)
        self._transactions = mongo.collection(TRANSACTIONS)
        self._versioned = Versioned(mongo, TRANSACTIONS)
        self._payers = mongo.collection(PAYERS)

    async def statement(self, statement_id: str) -> Document:
        """Raises NotFound."""
        row: Document | None = await self.statements.find_one({"_id": statement_id})
        if row is None:
            raise NotFound("not-found", "there is no such thing here")
        return row

    async def transaction(self, transaction_id: str, unit: Unit | None = None) -> Transaction:
        """Raises NotFound."""
        row = await self._transactions.find_one({"_id": transaction_id}, session=unit and unit.session)
        if row is None:
            raise NotFound("not-found", "there is no such thing here")
        return transaction_of(row)

    async def transactions(self, unit: Unit, where: Mapping[str, Any]) -> list[Transaction]:
        """Those that match."""
        rows = await self._transactions.find(where, session=unit.session).to_list(None)
        return [transaction_of(row) for row in rows]

    async def told_before(self, unit: Unit, clinic_id: str, field: str, keys: Iterable[str]) -> list[Transaction]:
        """What the clinic has that is `alike`, or `loose`ly so; not what a person set aside as said twice."""
        found = await self.transactions(unit, {"clinic_id": clinic_id, field: {"$in": sorted(set(keys))}})
        return [t for t in found if not (t.suspicion and t.status == "set_aside")]

    async def booked_on(self, clinic_id: str, day: date) -> list[Transaction]:
        """All that the banks of a clinic booked on a day."""
        rows = await self._transactions.find({"clinic_id": clinic_id, "booked_on": day.isoformat()}).to_list(None)
        return [transaction_of(row) for row in rows]

    async def stored(self, unit: Unit, transactions: Sequence[Transaction]) -> set[str]:
        """Which of them are stored, by id."""
        ids = [t.transaction_id for t in transactions]
        return {row["_id"] for row in await among(self._transactions, "_id", ids, unit.session, shown=["_id"])}

    async def add(self, unit: Unit, transactions: Sequence[Transaction], at: datetime, by: Actor) -> None:
        """Inserts them as they were sent in; one that is stored is a duplicate key."""
        await self._versioned.add(unit, [_edition(t, at, by) for t in transactions])
        await self._enqueue(unit, transactions)

    async def still_new(self, unit: Unit, turn: Turn) -> list[Transaction]:
        """Those of the turn that nobody looked at meanwhile, in its order."""
        rows = {row["_id"]: row for row in await among(self._transactions, "_id", turn.transaction_ids, unit.session)}
        waiting = [rows[id_] for id_ in turn.transaction_ids if id_ in rows]
        return [transaction_of(row) for row in waiting if row["status"] == "new"]

    async def replace(self, unit: Unit, changes: Sequence[tuple[Transaction, Transaction]]) -> None:
        """Each before and after; all of one clinic. Raises Conflict when somebody else was faster."""
        await self._versioned.replace(unit, [_decided(after) for _, after in changes])
        await self._enqueue(unit, [after for _, after in changes if after.status == "new"])

    async def _enqueue(self, unit: Unit, fresh: Sequence[Transaction]) -> None:
        if fresh:
            await self.queue.put(unit, fresh[0].clinic_id, [t.transaction_id for t in fresh])

    async def claim_queues(self, unit: Unit, clinic_ids: Iterable[str]) -> None:
        """Of two transactions, one that queues a transfer and one that brings what it waits for, one sees the other."""
        for clinic_id in sorted(clinic_ids):
            await self.days.claim(unit, clinic_id, "queue")

    async def look_again(
        self, unit: Unit, clues: Iterable[tuple[str, Sequence[str]]], at: datetime, by: Actor, reason: str
    ) -> None:
        """Queued transfers of the clinic that have such a clue are to be matched once more."""
        by_clinic: dict[str, list[str]] = defaultdict(list)
        for clinic_id, some in clues:
            by_clinic[clinic_id].extend(some)
        for clinic_id, some in by_clinic.items():
            found = await self.having(unit, clinic_id, "unmatched", some)
            await self.replace(unit, [(t, moved(t, "look_again", at, by, reason)) for t in found])

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
        rows = await among(self._transactions, "payout_id", payout_ids, unit.session, shown=shown)
        return {row["payout_id"] for row in rows if row["clinic_id"] == clinic_id}

    async def reversible(self, unit: Unit, reversals: Sequence[Transaction]) -> list[Transaction]:
        """What these reversals of one clinic may take back: by the same account, or named by their references."""
        payers = [t.counterparty_iban for t in reversals if t.counterparty_iban]
        clues = [clue for t in reversals for clue in (*t.references, key_of(t.end_to_end_id or "")) if clue]
        found: dict[str, Document] = {}
        for field, values in (("counterparty_iban", payers), ("clues", clues)):
            rows = await among(self._transactions, field, values, unit.session, clinic_id=reversals[0].clinic_id)
            found |= {row["_id"]: row for row in rows if row["status"] in ("matched", "unmatched")}
        return [transaction_of(row) for row in found.values()]

    async def accounts(self, unit: Unit, clinic_id: str, ibans: Iterable[str]) -> dict[str, PayerAccount]:
        """Who paid from these accounts before, by IBAN. Who pays for very many says nothing of any of them."""
        rows = await among(self._payers, "_id", [f"{clinic_id}/{iban}" for iban in ibans], unit.session)
        return {row["iban"]: _account(row) for row in rows}

    async def learn(
        self, unit: Unit, clinic_id: str, lessons: Iterable[tuple[str, str, Payer]], *, sure: bool = False
    ) -> None:
        """Money from these accounts (IBAN) was for these patients, from these payers; `sure` when a person says so."""
        writes: list[Any] = []
        for iban, patient_id, part in lessons:
            change: Document = {"$set": {"clinic_id": clinic_id, "iban": iban}}
            change["$addToSet"] = {"patient_ids" if part == "patient" else "insured_ids": patient_id}
            if part == "insurer" and sure:
                change["$set"]["insurer"] = True
            writes.append(UpdateOne({"_id": f"{clinic_id}/{iban}"}, change, upsert=True))
        if writes:
            await self._payers.bulk_write(writes, session=unit.session)

    async def unlearn(self, unit: Unit, clinic_id: str, iban: str, told: Sequence[tuple[str, Payer]]) -> None:
        """A match was taken back: the account says nothing about these patients until it is matched again."""
        change: Document = {
            "$pullAll": {
                "patient_ids": [patient for patient, part in told if part == "patient"],
                "insured_ids": [patient for patient, part in told if part == "insurer"],
            }
        }
        if any(part == "insurer" for _, part in told):
            change["$set"] = {"insurer": False}
        await self._payers.update_one({"_id": f"{clinic_id}/{iban}"}, change, session=unit.session)

    async def find_statements(
        self, page: PageRequest, clinics: Sequence[str] | None, *, status: str | None = None
    ) -> list[Document]:
        """One more than the page holds, the last received first; of these clinics, or of all of them."""
        order = RECEIVED_LAST_FIRST
        where = order.where({**in_clinics(clinics), **given({"status": status})}, page)
        rows: list[Document] = await self.statements.find(where, sort=order.sort, limit=page.limit + 1).to_list(None)
        return rows

    async def find_transactions(
        self, page: PageRequest, clinics: Sequence[str] | None, *, status: TransactionStatus | None = None
    ) -> list[Document]:
        """One more than the page holds, the last booked first; of these clinics, or of all of them."""
        where = NEWEST_FIRST.where({**in_clinics(clinics), **given({"status": status})}, page)
        found = self._transactions.find(where, sort=NEWEST_FIRST.sort, limit=page.limit + 1)
        rows: list[Document] = await found.to_list(None)
        return rows


def _account(row: Mapping[str, Any]) -> PayerAccount:
    patients, insured = row.get("patient_ids", ()), row.get("insured_ids", ())
    return PayerAccount(frozenset(patients), frozenset(insured), bool(row.get("insurer")))


def transaction_of(row: Mapping[str, Any]) -> Transaction:
    """A transaction from its document."""
    return _transaction.validate_json(row["snapshot"])


def _decided(transaction: Transaction) -> Edition:
    """After the last line of its history. Who matched it is what its payments are a consequence of."""
    last = transaction.history[-1]
    step = Step(
        version=transaction.version,
        type=TYPES[last.command],
        at=last.at,
        by=last.by,
        snapshot=_transaction.dump_json(transaction),
        reason=last.reason,
    )
    return Edition(transaction.transaction_id, transaction.clinic_id, _fields(transaction), [step])


def _edition(transaction: Transaction, at: datetime, by: Actor) -> Edition:
    """As the bank says it."""
    step = Step(
        version=transaction.version,
        type=IMPORTED,
        at=at,
        by=by,
        snapshot=_transaction.dump_json(transaction),
        cause=transaction.statement_id,
    )
    return Edition(transaction.transaction_id, transaction.clinic_id, _fields(transaction), [step])


def _fields(transaction: Transaction) -> Document:
    """What is asked for; days as text, which sorts and pages."""
    payout = {} if transaction.payout_id is None else {"payout_id": transaction.payout_id}
    return payout | {
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
    return [clue for clue in clues if clue]
