"""Statements of one day, in every way that they can overlap: no money is booked twice, and none is lost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.bank.days import DayCollector
from payments.domain.bank.overlap import ComparedTransaction, Days, DaySlice, OverlapComparison, Relation
from payments.domain.bank.statement import (
    Entry,
    IdentifiedEntry,
    StatementFormat,
    StatementHead,
    StatementItem,
    identified,
    loosely,
)

from kernel.money import Money

DAY, NEXT = date(2026, 11, 20), date(2026, 11, 21)
ACCOUNT = "DE02120300000000202051"


@dataclass(frozen=True)
class Moved:
    """A movement as the bank knows it. MT940 has it in other words than camt.053."""

    minor: int
    text: str = ""
    reference: str | None = None
    day: date = DAY
    iban: str | None = None
    end_to_end: str | None = None

    def entry(self, words: str) -> Entry:
        return Entry(
            booked_on=self.day,
            value_on=None,
            amount_minor=abs(self.minor),
            counts_minor=self.minor,
            currency="EUR",
            credit=self.minor > 0,
            bank_reference=self.reference,
            end_to_end_id=self.end_to_end,
            text=f"{words}{self.text}",
            counterparty_iban=self.iban,
        )


@dataclass
class Bank:
    """An account's movements in their order; statements are windows on them."""

    moves: Sequence[Moved]
    opening: int = 10_000
    files: int = 0

    def statement(
        self, begin: int, end: int, format_: StatementFormat = "camt.053"
    ) -> tuple[str, StatementFormat, list[StatementItem]]:
        self.files += 1
        balances = [self.opening, *accumulate((m.minor for m in self.moves), initial=self.opening)][1:]
        opening, closing = (None, None) if format_ == "csv" else (balances[begin], balances[end])
        head = StatementHead(f"S{self.files}", ACCOUNT, "EUR", opening, closing)
        words = "SVWZ+" if format_ == "mt940" else ""
        return f"f{self.files}", format_, [head, *(m.entry(words) for m in self.moves[begin:end])]


@dataclass
class BookedEntries:
    """What the service keeps of statements, with the same rules and without a database."""

    slices: dict[str, DaySlice] = field(default_factory=dict)
    booked: list[ComparedTransaction] = field(default_factory=list)
    suspected: list[ComparedTransaction] = field(default_factory=list)

    def take(self, statement: tuple[str, StatementFormat, list[StatementItem]], portion: int = 2) -> None:
        file_id, format_, items = statement
        days = DayCollector(file_id, format_)
        list(days.noting(items))
        self.slices |= {day_slice.slice_id: day_slice for day_slice in days.slices()}
        comparison = OverlapComparison(Days(self.slices))
        compared = [seen_of(entry) for entry in identified("c", file_id, items)]
        known = [*self.booked, *self.suspected]
        for first in range(0, len(compared), portion):
            some = compared[first : first + portion]
            for seen, recognition in zip(some, comparison.recognise(some, known), strict=True):
                if recognition.known is None:
                    (self.booked if recognition.suspicion is None else self.suspected).append(seen)
                    grown = self.slices[seen.slice_id]
                    self.slices[seen.slice_id] = replace(grown, own=grown.own + 1)

    def counts(self, *, suspected: bool) -> Counter[str]:
        return Counter(transaction.loose for transaction in [*self.booked, *(self.suspected if suspected else [])])


def seen_of(identified_entry: IdentifiedEntry) -> ComparedTransaction:
    entry = identified_entry.entry
    return ComparedTransaction(
        transaction_id=identified_entry.transaction_id,
        slice_id=identified_entry.slice_id,
        alike=identified_entry.alike,
        loose=loose(entry),
        bank_reference=entry.bank_reference,
        end_to_end_id=entry.end_to_end_id,
        iban=entry.counterparty_iban,
    )


def loose(entry: Entry) -> str:
    amount = Money(entry.amount_minor, entry.currency)
    return loosely(ACCOUNT, entry.booked_on, amount, credit=entry.credit, reversal=entry.reversal)


def truth(moves: Sequence[Moved], windows: Sequence[tuple[int, int]]) -> Counter[str]:
    """What is on the statements, each movement once."""
    covered = {place for begin, end in windows for place in range(begin, end)}
    return Counter(loose(moves[place].entry("")) for place in covered)


MOVES = st.builds(Moved, st.sampled_from([500, 500, 700, -500, -300]))
INCOME = st.builds(Moved, st.sampled_from([500, 500, 700]))


@st.composite
def windows(draw: st.DrawFn, moves: st.SearchStrategy[Moved]) -> tuple[list[Moved], list[tuple[int, int]]]:
    """A day, and statements of it, in any order."""
    day = draw(st.lists(moves, min_size=1, max_size=7))
    places = st.tuples(st.integers(0, len(day)), st.integers(0, len(day))).map(lambda p: (min(p), max(p)))
    return day, draw(st.lists(places, min_size=1, max_size=4))


@given(drawn=windows(MOVES), portion=st.integers(1, 8))
def test_nothing_is_booked_twice_however_statements_overlap(
    drawn: tuple[list[Moved], list[tuple[int, int]]], portion: int
) -> None:
    moves, some = drawn
    bank, entries = Bank(moves), BookedEntries()
    for begin, end in some:
        entries.take(bank.statement(begin, end), portion)
    assert entries.counts(suspected=False) <= truth(moves, some)


@given(drawn=windows(INCOME), portion=st.integers(1, 8))
def test_nothing_is_lost_where_balances_do_not_come_back(
    drawn: tuple[list[Moved], list[tuple[int, int]]], portion: int
) -> None:
    moves, some = drawn
    bank, entries = Bank(moves), BookedEntries()
    for begin, end in some:
        entries.take(bank.statement(begin, end), portion)
    assert entries.counts(suspected=True) >= truth(moves, some)
    assert entries.counts(suspected=False) <= truth(moves, some)


@given(
    moves=st.lists(INCOME, min_size=1, max_size=9),
    cuts=st.sets(st.integers(0, 9)),
    whole=st.booleans(),
)
def test_a_day_cut_in_pieces_and_sent_whole_is_booked_exactly(moves: list[Moved], cuts: set[int], whole: bool) -> None:
    """With all pieces before it that it takes to know: in the order of the day, and the whole of it at the end."""
    bank, entries = Bank(moves), BookedEntries()
    places = sorted({0, len(moves), *(cut for cut in cuts if cut < len(moves))})
    for begin, end in [*pairwise(places), *([(0, len(moves))] if whole else [])]:
        entries.take(bank.statement(begin, end))
    assert entries.counts(suspected=False) == truth(moves, [(0, len(moves))])
    assert entries.suspected == []


@given(drawn=windows(MOVES), formats=st.lists(st.sampled_from(["camt.053", "mt940", "csv"]), min_size=4, max_size=4))
def test_no_mixture_of_formats_books_anything_twice(
    drawn: tuple[list[Moved], list[tuple[int, int]]], formats: list[StatementFormat]
) -> None:
    moves, some = drawn
    bank, entries = Bank(moves), BookedEntries()
    for (begin, end), format_ in zip(some, formats, strict=False):
        entries.take(bank.statement(begin, end, format_))
    assert entries.counts(suspected=False) <= truth(moves, some)


TWINS = [Moved(500), Moved(500)]


def test_a_statement_that_ends_where_one_began_that_it_overlaps_books_nothing_twice() -> None:
    moves = [Moved(-300), Moved(700), Moved(-300), Moved(500), Moved(-300), Moved(-300)]
    bank, entries = Bank(moves), BookedEntries()
    entries.take(bank.statement(0, 2))
    entries.take(bank.statement(1, 6))
    assert entries.counts(suspected=False) <= truth(moves, [(0, 6)])
    assert entries.counts(suspected=True) >= truth(moves, [(0, 6)])


def test_two_equal_transfers_in_two_statements_that_follow_each_other_are_two() -> None:
    bank, entries = Bank(TWINS), BookedEntries()
    for place in (0, 1):
        entries.take(bank.statement(place, place + 1))
    entries.take(bank.statement(0, 2))
    assert (len(entries.booked), len(entries.suspected)) == (2, 0)


def test_a_day_as_camt_and_as_mt940_is_booked_once() -> None:
    day = [Moved(500, "a", iban="DE1"), Moved(500, "b", iban="DE2"), Moved(-200, "fee"), Moved(900, end_to_end="E1")]
    orders: list[tuple[StatementFormat, StatementFormat]] = [("camt.053", "mt940"), ("mt940", "camt.053")]
    for first, second in orders:
        bank, entries = Bank(day), BookedEntries()
        entries.take(bank.statement(0, 4, first))
        entries.take(bank.statement(0, 4, second))
        assert (len(entries.booked), entries.suspected) == (4, [])


def test_what_the_other_format_does_not_have_waits_for_a_person() -> None:
    """A batch is one sum in MT940 and its transactions in camt.053."""
    bank, entries = Bank([Moved(300)]), BookedEntries()
    entries.take(bank.statement(0, 1, "mt940"))
    entries.take(Bank([Moved(100), Moved(200)], files=1).statement(0, 2))
    assert (len(entries.booked), len(entries.suspected)) == (1, 2)


def test_a_day_of_another_format_that_follows_is_new() -> None:
    bank, entries = Bank(TWINS), BookedEntries()
    entries.take(bank.statement(0, 1, "mt940"))
    entries.take(bank.statement(1, 2))
    assert (len(entries.booked), len(entries.suspected)) == (2, 0)


def test_the_banks_reference_decides_where_balances_do_not() -> None:
    moves = [Moved(100), Moved(500, reference="BR1"), Moved(500, reference="BR2"), Moved(700)]
    bank, entries = Bank(moves), BookedEntries()
    entries.take(bank.statement(0, 3))
    entries.take(bank.statement(1, 4))
    entries.take(bank.statement(2, 3))
    assert (len(entries.booked), entries.suspected) == (4, [])


def test_the_same_reference_of_the_bank_in_statements_that_follow_each_other_is_suspect() -> None:
    bank, entries = Bank([Moved(500, reference="BR1")] * 2), BookedEntries()
    entries.take(bank.statement(0, 1))
    entries.take(bank.statement(1, 2))
    assert (len(entries.booked), len(entries.suspected)) == (1, 1)


def test_of_two_equal_transfers_in_the_middle_of_a_day_a_person_says() -> None:
    bank, entries = Bank([Moved(100), Moved(500), Moved(700), Moved(500), Moved(100)]), BookedEntries()
    entries.take(bank.statement(1, 2))
    entries.take(bank.statement(3, 4))
    assert (len(entries.booked), len(entries.suspected)) == (1, 1)


def slices(*moves: Moved) -> Iterator[DaySlice]:
    days = DayCollector("f", "camt.053")
    list(days.noting(Bank(moves).statement(0, len(moves))[2]))
    return days.slices()


def test_a_statement_of_several_days_has_the_balances_of_each() -> None:
    found = list(slices(Moved(500), Moved(-100), Moved(200, day=NEXT)))
    assert [(s.day, s.opening_minor, s.closing_minor, s.entries) for s in found] == [
        (DAY, 10_000, 10_400, 2),
        (NEXT, 10_400, 10_600, 1),
    ]


@given(moves=st.lists(st.sampled_from([500, 700, -500, -200]), min_size=1, max_size=6), data=st.data())
def test_a_day_passes_each_balance_before_an_entry_oldest_or_newest_first(
    moves: list[int], data: st.DataObject
) -> None:
    begins = list(accumulate(moves, initial=10_000))[:-1]
    [day_slice] = slices(*map(Moved, moves))
    [turned] = slices(*map(Moved, moves[::-1]))
    for each in (day_slice, turned):
        assert each.passes(data.draw(st.sampled_from(begins)))
    assert not day_slice.passes(123)


def test_a_day_of_very_many_entries_passes_every_balance() -> None:
    [day_slice] = slices(*(Moved(n) for n in range(1, 1_003)))
    assert day_slice.passed is None
    assert day_slice.passes(123)


def slice_of(name: str, opening: int | None, closing: int | None, **changes: Any) -> DaySlice:
    base = DaySlice(
        slice_id=name,
        source=name,
        account=ACCOUNT,
        day=DAY,
        format="camt.053",
        statement=name,
        opening_minor=opening,
        closing_minor=closing,
        entries=1,
        credits=1,
        passed=(0,),
        reopened=False,
    )
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        (slice_of("a", 0, 5), slice_of("b", 0, 9), "same"),
        (slice_of("a", 0, 9), slice_of("b", 5, 9), "same"),
        (slice_of("a", 0, 5), slice_of("b", 5, 9), "apart"),
        (slice_of("a", 0, 5), slice_of("b", 6, 9), "unclear"),
        (slice_of("a", 0, 0, passed=(0, 2), reopened=True), slice_of("b", 0, 5), "unclear"),
        (slice_of("a", 0, 5, passed=(0, 5, 7)), slice_of("b", 5, 9), "unclear"),
        (slice_of("a", 0, 0, reopened=True), slice_of("b", 0, 0, reopened=True), "unclear"),
        (slice_of("a", 0, 0, reopened=True, statement="S"), slice_of("b", 0, 0, reopened=True, statement="S"), "same"),
        (slice_of("a", None, None), slice_of("b", None, None), "unclear"),
        (slice_of("a", None, None), slice_of("b", 0, 5), "unclear"),
    ],
)
def test_balances_tell_how_two_statements_lie(first: DaySlice, second: DaySlice, relation: Relation) -> None:
    days = Days({s.slice_id: s for s in (first, second)})
    assert days.relation("a", "b") == days.relation("b", "a") == relation


def test_statements_with_others_in_between_are_apart_while_money_only_comes_in() -> None:
    day = {s.slice_id: s for s in (slice_of("a", 0, 5), slice_of("b", 5, 9), slice_of("c", 9, 12))}
    assert Days(day).relation("a", "c") == "apart"
    assert Days({**day, "b": slice_of("b", 5, 9, entries=3)}).relation("a", "c") == "unclear"


def test_files_without_balances_are_the_same_when_one_has_all_of_the_other() -> None:
    day = {s.slice_id: s for s in (slice_of("a", None, None), slice_of("b", None, None))}
    assert Days(day, {frozenset({"a", "b"})}).relation("a", "b") == "same"


OTHER = "DE02500105170137075030"


@pytest.mark.parametrize("format_", ["camt.053", "mt940"])
def test_what_was_read_worse_before_an_update_counts_once(format_: StatementFormat) -> None:
    """An older version took a placeholder for a reference, or did not see the payer's account."""
    before = [Moved(500, end_to_end="NOTPROVIDED", iban=OTHER), Moved(700, reference="BR2"), Moved(900)]
    after = [Moved(500, iban=OTHER), Moved(700, reference="BR2", iban=OTHER), Moved(900, iban=OTHER)]
    books = BookedEntries()
    books.take(Bank(before).statement(0, 3, format_))
    books.take(Bank([*after, Moved(500, "new", iban=ACCOUNT)], files=1).statement(0, 4, format_))
    assert [seen.loose for seen in books.suspected] == [loose(after[2].entry(""))], "nothing proves that it is known"
    assert sum(books.counts(suspected=False).values()) == 4


def test_without_balances_what_was_read_worse_waits_for_a_person() -> None:
    books = BookedEntries()
    books.take(Bank([Moved(500)]).statement(0, 1, "csv"))
    books.take(Bank([Moved(500, iban=OTHER), Moved(700)], files=1).statement(0, 2, "csv"))
    assert (len(books.booked), len(books.suspected)) == (2, 1)


def test_a_suspicion_within_a_format_leaves_the_known_one_to_what_it_is() -> None:
    """Also where the file is longer than a portion, and has the newest first."""
    known, more = Moved(500), [Moved(500, iban=OTHER), Moved(100), Moved(200)]
    books = BookedEntries()
    books.take(Bank([known]).statement(0, 1))
    file_id, format_, [head, *entries] = Bank([known, *more], files=1).statement(0, 4)
    books.take((file_id, format_, [head, *reversed(entries)]), portion=1)
    assert (len(books.booked), len(books.suspected)) == (3, 1)


def test_two_payers_of_the_same_amount_are_two() -> None:
    first, second = Moved(500, iban=ACCOUNT), Moved(500, iban=OTHER)
    books = BookedEntries()
    books.take(Bank([first]).statement(0, 1))
    books.take(Bank([first, second], files=1).statement(0, 2))
    assert (len(books.booked), books.suspected) == (2, [])


def test_an_account_that_was_stored_with_its_currency_has_the_same_money() -> None:
    books, moves = BookedEntries(), [Moved(500, "a"), Moved(500, "b"), Moved(700)]
    books.take(Bank(moves).statement(0, 3, "mt940"))
    books.slices = {id_: replace(known, account=f"{ACCOUNT}EUR") for id_, known in books.slices.items()}
    books.booked = [replace(known, alike=f"before-{known.alike}") for known in books.booked]
    books.take(Bank([*moves, Moved(900)], files=1).statement(0, 4, "mt940"))
    assert (len(books.booked), books.suspected) == (4, [])
