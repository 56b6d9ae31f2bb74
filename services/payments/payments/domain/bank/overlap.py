"""Is it the same money? What a statement says of a day, beside what other statements have of it.

Balances show how two statements of a day lie: with the same opening or closing they are about the same movements, and
when one closes where the other opens they are about different ones. So a transaction that both have is one in the
first case and two in the second. What balances leave open waits for a person, and is neither booked nor dropped.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from payments.domain.bank.statement import StatementFormat

Relation = Literal["same", "apart", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySlice:
    """What one statement has of one booking day. Balances are those before and after it, None where the file has none.

    `statement` is the bank's own name of the statement with its balances. `passed` are the balances before each entry,
    less the opening one (None where they are too many); `reopened`: after one it was again what it was at the
    beginning. `own` transactions no statement had before it.
    """

    slice_id: str
    source: str
    account: str
    day: date
    format: StatementFormat
    statement: str
    opening_minor: int | None
    closing_minor: int | None
    entries: int
    credits: int
    passed: tuple[int, ...] | None
    reopened: bool
    own: int = 0

    @property
    def one_way(self) -> bool:
        """Whether all of it came in, or all of it went out."""
        return self.credits in (0, self.entries)

    def passes(self, balance: int | None) -> bool:
        """Whether something of it may begin at this balance, be it oldest or newest first."""
        if self.passed is None or balance is None or self.opening_minor is None or self.closing_minor is None:
            return True
        left = self.closing_minor - balance
        return balance - self.opening_minor in self.passed or (left in self.passed if left else self.reopened)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a transaction may be known already, and as which one."""

    reason: str
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTransaction:
    """What is compared of a transaction. `alike`: all that the bank says of it; `loose`: account, day, amount alone."""

    transaction_id: str
    slice_id: str
    alike: str
    loose: str
    bank_reference: str | None = None
    end_to_end_id: str | None = None
    iban: str | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """Known as that transaction, suspected to be one, or (neither) new."""

    known: str | None = None
    suspicion: Suspicion | None = None


NEW = Recognition()


@dataclass(frozen=True)
class Days:
    """The slices of some days of an account, and which of them have the same rows as another, where balances lack."""

    slices: Mapping[str, DaySlice]
    contained: Collection[frozenset[str]] = frozenset()
    _known: dict[tuple[str, str], Relation] = field(default_factory=dict)

    def others(self, slice_id: str) -> list[DaySlice]:
        """What other statements have of that day."""
        own = self.slices[slice_id]
        return [s for s in self.slices.values() if s.day == own.day and s.source != own.source]

    def relation(self, new: str, known: str) -> Relation:
        """How the slice of a new statement lies to that of a known one."""
        found = self._known.get((new, known))
        if found is None:
            found = self._known[new, known] = self._relation(self.slices[new], self.slices[known])
        return found

    def _relation(self, s: DaySlice, t: DaySlice) -> Relation:
        if s.opening_minor is None or t.opening_minor is None:
            return "same" if frozenset({s.slice_id, t.slice_id}) in self.contained else "unclear"
        if (s.format, s.statement) == (t.format, t.statement):
            return "same"
        chained = self._chained(s, t)
        if chained is False and self._meet(s, t):
            return "same"
        return "apart" if chained else "unclear"

    def _chained(self, s: DaySlice, t: DaySlice) -> bool | None:
        """Whether one follows the other, at once or over others in between; None when it may only look so.

        They overlap when one begins at a balance that the other one passes. With others in between, these may take back
        what both share, unless all of the day goes one way.
        """
        if s.opening_minor == t.closing_minor or s.closing_minor == t.opening_minor:
            return None if s.passes(t.opening_minor) or t.passes(s.opening_minor) else True
        if not (self._leads(s, s.closing_minor, t.opening_minor) or self._leads(s, t.closing_minor, s.opening_minor)):
            return False
        day = [other for other in self.slices.values() if other.day == s.day]
        up = {other.credits > 0 for other in day if other.entries}
        return True if all(other.one_way for other in day) and len(up) == 1 else None

    def _meet(self, new: DaySlice, known: DaySlice) -> bool:
        """Whether they begin or end together, or what is known fills the new one up as far as the known one.

        What the new one has beyond that is new, so it has all of the known one, or none of it is asked for. The other
        way round it takes both sides.
        """
        before, after = (new.opening_minor, known.opening_minor), (known.closing_minor, new.closing_minor)
        if self._leads(new, *before, without=new) or self._leads(new, *after, without=new):
            return True
        before, after = (known.opening_minor, new.opening_minor), (new.closing_minor, known.closing_minor)
        return self._leads(new, *before, without=known) and self._leads(new, *after, without=known)

    def _leads(self, of: DaySlice, begin: int | None, end: int | None, without: DaySlice | None = None) -> bool:
        """Whether the balances of that day's statements lead from one to the other."""
        steps: dict[int | None, set[int | None]] = defaultdict(set)
        for other in self.slices.values():
            if other.day == of.day and other != without:
                steps[other.opening_minor].add(other.closing_minor)
        reached: set[int | None] = set()
        ahead = [begin]
        while ahead:
            balance = ahead.pop()
            if balance == end:
                return True
            if balance is not None and balance not in reached:
                reached.add(balance)
                ahead.extend(steps[balance])
        return False


def _same_format(days: Days, new: ComparedTransaction, known: ComparedTransaction) -> bool:
    """Under another name of the account, which an older version stored, no transaction is exactly alike."""
    one, other = days.slices[new.slice_id], days.slices[known.slice_id]
    return (one.format, one.account) == (other.format, other.account)


def _equal(new: str | None, known: str | None) -> bool:
    return new is not None and new == known


def _differ(new: str | None, known: str | None) -> bool:
    return new is not None and known is not None and new != known


def _proved(e: ComparedTransaction, k: ComparedTransaction) -> bool:
    """Across formats: the bank's own reference, or that of who paid."""
    return _equal(e.bank_reference, k.bank_reference) or _equal(e.end_to_end_id, k.end_to_end_id)


def _may_be(e: ComparedTransaction, k: ComparedTransaction) -> bool:
    return not _differ(e.iban, k.iban) and not _differ(e.end_to_end_id, k.end_to_end_id)


def _read_otherwise(e: ComparedTransaction, k: ComparedTransaction) -> bool:
    """Within a format: what one of them lacks and the other has. Files are read better as time goes by."""
    pairs = ((e.bank_reference, k.bank_reference), (e.end_to_end_id, k.end_to_end_id), (e.iban, k.iban))
    lacking = any((new is None) != (known is None) for new, known in pairs)
    return _may_be(e, k) and (lacking or _equal(e.bank_reference, k.bank_reference))


def _read_otherwise_and_proved(e: ComparedTransaction, k: ComparedTransaction) -> bool:
    """Who paid, or a reference, is the same."""
    return _read_otherwise(e, k) and (_proved(e, k) or _equal(e.iban, k.iban))


@dataclass(frozen=True, slots=True)
class _Rule:
    """Two transactions that it holds for are one (no reason), or are suspected to be (with it).

    `exact`: the bank says the same of both, which only two files of one format can. `within` is for such files, too:
    a suspicion within a format leaves the other one to what it is exactly, later in the file.
    """

    exact: bool
    relations: Collection[str]
    holds: Callable[[ComparedTransaction, ComparedTransaction], bool]
    reason: str | None = None
    within: bool = False


_RULES = (
    _Rule(True, ("same",), lambda e, k: True),
    _Rule(True, ("unclear",), lambda e, k: _equal(e.bank_reference, k.bank_reference)),
    _Rule(False, ("same",), _read_otherwise_and_proved, within=True),
    _Rule(False, ("same", "unclear"), _proved),
    _Rule(False, ("same",), lambda e, k: _equal(e.iban, k.iban) and _may_be(e, k)),
    _Rule(False, ("same",), _may_be),
    _Rule(True, ("unclear",), lambda e, k: True, "another file has the same transfer, and may be of the same hours"),
    _Rule(
        True,
        ("apart",),
        lambda e, k: _equal(e.bank_reference, k.bank_reference),
        "a file of other hours has the same transfer under the same reference of the bank",
    ),
    _Rule(False, ("unclear",), _may_be, "a file of another format has such an amount on this day"),
    _Rule(False, ("same", "unclear"), _read_otherwise, "another file has such an amount on this day", within=True),
)
NOT_IN_THE_OTHER = "a file of another format has this day, and not this transfer"


@dataclass
class OverlapComparison:
    """The transactions of one statement, a portion after the other, beside those that are known.

    `taken` are the known ones that the statement has already: each is one transaction, so it is found once.
    """

    days: Days
    taken: set[str] = field(default_factory=set)

    def recognise(
        self, portion: Sequence[ComparedTransaction], known: Iterable[ComparedTransaction]
    ) -> list[Recognition]:
        """In the order of the portion. Surer rules go first, whatever the order in the file."""
        candidates = _Candidates(known)
        found: dict[int, Recognition] = {}
        for rule in _RULES:
            for place, seen in enumerate(portion):
                if place not in found and (other := self._fitting(rule, seen, candidates)) is not None:
                    if rule.reason is None or not rule.within:
                        self.taken.add(other.transaction_id)
                    found[place] = _recognition(rule, other)
        return [found.get(place) or self._left(seen) for place, seen in enumerate(portion)]

    def _fitting(self, rule: _Rule, seen: ComparedTransaction, candidates: "_Candidates") -> ComparedTransaction | None:
        for other in candidates.alike[seen.alike] if rule.exact else candidates.loose[seen.loose]:
            if (
                other.transaction_id not in self.taken
                and _same_format(self.days, seen, other) == (rule.exact or rule.within)
                and self.days.relation(seen.slice_id, other.slice_id) in rule.relations
                and rule.holds(seen, other)
            ):
                return other
        return None

    def _left(self, seen: ComparedTransaction) -> Recognition:
        """What no known transaction is: new, unless another format has the day and does not have it.

        A file at the same moment that has stored nothing yet will be compared with this one.
        """
        own = self.days.slices[seen.slice_id]
        for other in self.days.others(seen.slice_id):
            if other.own and other.format != own.format and self.days.relation(own.slice_id, other.slice_id) != "apart":
                return Recognition(suspicion=Suspicion(NOT_IN_THE_OTHER))
        return NEW


class _Candidates:
    def __init__(self, known: Iterable[ComparedTransaction]) -> None:
        self.alike: dict[str, list[ComparedTransaction]] = defaultdict(list)
        self.loose: dict[str, list[ComparedTransaction]] = defaultdict(list)
        for transaction in sorted(known, key=lambda k: k.transaction_id):
            self.alike[transaction.alike].append(transaction)
            self.loose[transaction.loose].append(transaction)


def _recognition(rule: _Rule, other: ComparedTransaction) -> Recognition:
    if rule.reason is None:
        return Recognition(known=other.transaction_id)
    return Recognition(suspicion=Suspicion(rule.reason, other.transaction_id))
