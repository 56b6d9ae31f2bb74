"""What a file says is compared with what others have of the same days, a portion in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from chassis.failpoints import crossing
from chassis.messaging.outbox import Unit
from kernel.change import Change
from payments.domain.bank.accounts import account_key, names_of
from payments.domain.bank.lifecycle import imported
from payments.domain.bank.overlap import ComparedTransaction, Days, DaySlice, OverlapComparison
from payments.domain.bank.transaction import Transaction
from payments.store.bank.transactions import Likeness
from payments.usecases.bank.enter_transactions import enter_transactions
from payments.usecases.intake.ledger import PaymentLedger

SLICES_AT_ONCE = 500


class StatementComparison:
    """One file. `seen` of its transactions went by, `added` were new, `suspected` of these may be known already."""

    def __init__(self, ledger: PaymentLedger, clinic_id: str, change: Change) -> None:
        self.seen = self.added = self.suspected = 0
        self._ledger = ledger
        self._bank = ledger.store.bank
        self._clinic_id = clinic_id
        self._change = change
        self._source = ""
        self._taken: set[str] = set()
        self._rows = _Rows()

    @property
    def needs_rows(self) -> bool:
        """Whether all rows have to go by once before any is added: without balances they show how files overlap."""
        return bool(self._rows.pairs)

    async def begin(self, slices: Iterable[DaySlice]) -> None:
        """What the file has of each day, for this file and for those that come meanwhile."""
        while some := list(islice(slices, SLICES_AT_ONCE)):
            for account in sorted({day_slice.account for day_slice in some}):
                own = [day_slice for day_slice in some if day_slice.account == account]
                known = await self._ledger.transact(partial(self._put, account=account, own=own))
                self._rows.pair(own, known)

    async def _put(self, unit: Unit, account: str, own: Sequence[DaySlice]) -> dict[str, DaySlice]:
        await self._bank.days.claim(unit, self._clinic_id, account)
        await self._bank.days.put(unit, self._clinic_id, own)
        return await self._bank.days.of(unit, self._clinic_id, [account], {day_slice.day for day_slice in own})

    async def note(self, portion: Sequence[Transaction]) -> None:
        """How many of these rows each file has."""
        some = [t for t in portion if t.slice_id in self._rows.pairs]
        if some:
            keys = {t.alike for t in some}
            known = await self._ledger.transact(
                lambda unit: self._bank.transactions.known(unit, self._clinic_id, "alike", keys)
            )
            self._rows.count(some, known)

    async def add(self, portion: Sequence[Transaction]) -> None:
        """Stores what is new of a portion of one statement."""
        source = _source(portion[0])
        if source != self._source:
            self._source, self._taken = source, set()
        fresh, self._taken = await self._ledger.transact(lambda unit: self._add(unit, portion))
        crossing("statements-after-portion")
        self.seen += len(portion)
        self.added += len(fresh)
        self.suspected += sum(t.suspicion is not None for t in fresh)

    async def _add(self, unit: Unit, portion: Sequence[Transaction]) -> tuple[list[Transaction], set[str]]:
        account = account_key(portion[0].account)
        await self._bank.days.claim(unit, self._clinic_id, account)
        names = names_of(account, portion[0].amount.currency)
        slices = await self._bank.days.of(unit, self._clinic_id, names, {t.booked_on for t in portion})
        comparison = OverlapComparison(Days(slices, self._rows.contained()), set(self._taken))
        # What a try before this one stored is no more compared with what came meanwhile.
        stored = await self._bank.transactions.stored(unit, portion)
        rest = [t for t in portion if t.transaction_id not in stored]
        recognitions = comparison.recognise([t.seen for t in rest], await self._known(unit, rest, slices))
        fresh = [
            replace(t, suspicion=recognition.suspicion)
            for t, recognition in zip(rest, recognitions, strict=True)
            if recognition.known is None
        ]
        await enter_transactions(unit, self._ledger.store, [imported(t, self._change) for t in fresh])
        await self._bank.days.grow(unit, Counter(t.slice_id for t in fresh))
        return fresh, comparison.taken

    async def _known(
        self, unit: Unit, portion: Sequence[Transaction], slices: dict[str, DaySlice]
    ) -> list[ComparedTransaction]:
        """What other statements have that could be the same."""
        if not portion:
            return []
        own = slices[portion[0].slice_id]
        others = [other for other in slices.values() if other.source != own.source]
        found: dict[str, Transaction] = {}
        days = {other.day for other in others}
        same_format = {other.day for other in others if other.format == own.format}
        alike = {t.alike for t in portion if t.booked_on in same_format}
        loose = {key for t in portion if t.booked_on in days for key in t.loose_names}
        likenesses: tuple[tuple[Likeness, set[str]], ...] = (("alike", alike), ("loose", loose))
        for likeness, keys in likenesses:
            if keys:
                known = await self._bank.transactions.known(unit, self._clinic_id, likeness, keys)
                found |= {t.transaction_id: t for t in known}
        return [t.seen for t in found.values() if t.slice_id in slices and _source(t) != own.source]


class _Rows:
    """How many rows two files without balances share of a day: one has all of the other's, or they are not the same."""

    def __init__(self) -> None:
        self.pairs: dict[str, list[tuple[DaySlice, DaySlice]]] = {}
        self._shared: Counter[tuple[str, str]] = Counter()
        self._occurrences: Counter[str] = Counter()

    def pair(self, own: Iterable[DaySlice], known: dict[str, DaySlice]) -> None:
        for new in own:
            others = [
                other
                for other in known.values()
                if new.opening_minor is None
                and other.opening_minor is None
                and other.format == new.format
                and other.day == new.day
                and other.source != new.source
            ]
            if others:
                self.pairs[new.slice_id] = [(new, other) for other in others]

    def count(self, rows: Sequence[Transaction], known: Sequence[Transaction]) -> None:
        there = Counter((t.alike, t.slice_id) for t in known)
        for row in rows:
            self._occurrences[row.alike] += 1
            for new, other in self.pairs[row.slice_id]:
                if self._occurrences[row.alike] <= there[row.alike, other.slice_id]:
                    self._shared[new.slice_id, other.slice_id] += 1

    def contained(self) -> frozenset[frozenset[str]]:
        """Pairs of slices."""
        return frozenset(
            frozenset({new.slice_id, other.slice_id})
            for pairs in self.pairs.values()
            for new, other in pairs
            if self._shared[new.slice_id, other.slice_id] == min(new.entries, other.own)
        )


def _source(transaction: Transaction) -> str:
    return transaction.slice_id.rpartition("/")[0]
