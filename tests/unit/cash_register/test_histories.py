"""Whatever happens, in whatever order: the till adds up, nothing is lost, nothing counts twice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from cash_register.domain.days.booking import record_waiting
from cash_register.domain.days.cash import Cash, Count, Movement
from cash_register.domain.days.closing import CloseTerms, close
from cash_register.domain.days.day import CashRecorded, Day, DayEvent
from cash_register.domain.days.desk import move
from cash_register.domain.days.handover import hand_over
from cash_register.domain.days.opening import DayTerms, OpenDay, open_day
from cash_register.domain.days.tally import tally_of
from cash_register.domain.registers.register import Register, collect, end_day
from hypothesis import given
from hypothesis import strategies as st

from kernel.change import Change
from kernel.errors import BusinessError
from kernel.money import Money, total
from kernel.outcome import Outcome
from tests.unit.cash_register.drawer import AT, DESK, cash, eur, opened

BY_DESK = Change(AT, DESK)

amounts = st.integers(min_value=1, max_value=1_000_000).map(eur)
names = st.integers(min_value=0, max_value=9).map(str)


@dataclass(frozen=True)
class Hear:
    """A batch off the topic; the same name again is the same payment or refund again."""

    batch: list[Cash]


@dataclass(frozen=True)
class Move:
    cash: Cash


@dataclass(frozen=True)
class Open:
    opening: Money


@dataclass(frozen=True)
class Close:
    counted: Money
    deposit: bool


@dataclass(frozen=True)
class Handed:
    """Between two people."""

    counted: Money


Step = Hear | Move | Open | Close | Handed


# A payment's amount is the same each time it is heard of.
heard = st.builds(
    lambda kind, name: cash(kind, eur(100 + 7 * int(name)), name), st.sampled_from(["payment", "refund"]), names
)
steps = st.one_of(
    st.builds(Hear, st.lists(heard, max_size=6)),
    st.builds(lambda kind, amount: Move(cash(kind, amount)), st.sampled_from(["pay_in", "pay_out"]), amounts),
    st.builds(Open, amounts),
    st.builds(Close, amounts, st.booleans()),
    st.builds(Handed, amounts),
)


@dataclass
class Till:
    """One register over many days, as the service keeps it."""

    days: list[Day] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    waiting: list[Cash] = field(default_factory=list)
    register: Register = field(default_factory=lambda: Register("front", "clinic-berlin"))
    moves: int = 0

    @property
    def open_day(self) -> Day | None:
        return self.days[-1] if self.days and self.days[-1].state == "open" else None

    def take(self, step: Step) -> None:
        day = self.open_day
        match step:
            case Hear(batch):
                known = {m.movement_id for m in self.movements} | {c.movement_id for c in self.waiting}
                collected = collect(batch, [day] if day else [], known, AT)
                self._book(collected.events)
                self.waiting += collected.state.waiting
            case Move(moved) if day:
                self.moves += 1
                named = _named(moved, self.moves)
                if named.kind == "pay_out" and (day.expected + named.amount).amount_minor < 0:
                    with pytest.raises(BusinessError, match="more than there is"):
                        move(day, named, BY_DESK)
                else:
                    self._book(move(day, named, BY_DESK).events)
            case Open(opening) if day is None:
                begun = self._opened(opening)
                self.days.append(begun.state)
                self._book([event for event in begun.events if isinstance(event, CashRecorded)])
                self._book(record_waiting(self.days[-1], self.waiting, AT).events)
                self.waiting = []
            case Close(counted, deposit) if day:
                closed = close(
                    day,
                    Count(counted),
                    replace(BY_DESK, reason="whatever was in it"),
                    CloseTerms(z_number=self.register.z_number + 1, turnover_before=self.register.turnover("EUR")),
                    counted if deposit else None,
                ).state
                self.days[-1] = closed
                self.register = end_day(self.register, closed.z_report).state
            case Handed(counted) if day:
                handed = hand_over(day, Count(counted), "usr-next", replace(BY_DESK, reason="whatever was in it"))
                self._book([event for event in handed.events if isinstance(event, CashRecorded)])
                self.days[-1] = handed.state

    def _opened(self, found: Money) -> Outcome[Day, DayEvent]:
        on = date(2026, 1, 1) + timedelta(days=len(self.days))
        command = OpenDay("clinic-berlin", "front", on, found.currency, Count(found))
        change = Change(datetime.combine(on, time(8), UTC), DESK, "whatever was in it")
        return open_day(command, change, DayTerms(left=self.days[-1].left if self.days else None))

    def _book(self, recorded: Sequence[CashRecorded]) -> None:
        for event in recorded:
            self.movements.append(event.movement)
            self.days[-1] = event.day


def _named(moved: Cash, number: int) -> Cash:
    return cash(moved.kind, moved.amount if moved.amount.amount_minor > 0 else -moved.amount, f"desk-{number}")


def play(history: list[Step]) -> Till:
    till = Till()
    for step in history:
        till.take(step)
    return till


@given(st.lists(steps, max_size=30))
def test_the_till_is_its_float_and_all_cash_that_moved(history: list[Step]) -> None:
    till = play(history)
    for day in till.days:
        own = [m for m in till.movements if m.day_id == day.day_id]
        by_kind = Counter[str]()
        for movement in own:
            by_kind[movement.kind] += abs(movement.amount.amount_minor)
        expected = by_kind["payment"] - by_kind["refund"] + by_kind["pay_in"] - by_kind["pay_out"]
        assert day.expected == day.opening + eur(expected)
        assert day.movement_count == len(own)
        assert day.late_count == sum(m.late for m in own)
        assert [m.version for m in own] == sorted({m.version for m in own})
        assert day.version == 1 + len(own) + len(day.handovers) + (day.state == "closed")
        assert day.tally == tally_of(own)
        if day.state == "closed":
            assert day.counted == day.expected + (day.variance or eur(0))


@given(st.lists(steps, max_size=30))
def test_each_day_begins_with_what_the_one_before_left_and_a_difference_is_booked(
    history: list[Step],
) -> None:
    till = play(history)
    found = [step.opening for step in history if isinstance(step, Open)]
    assert all(day.opening_counted in found for day in till.days)
    for before, day in pairwise(till.days):
        assert day.opening == before.left
        booked = [m for m in till.movements if m.day_id == day.day_id and m.category == "difference"]
        variances = [day.opening_variance, *(handover.variance for handover in day.handovers)]
        assert [m.amount for m in booked] == [variance for variance in variances if variance.amount_minor]


@given(st.lists(steps, max_size=40))
def test_z_reports_have_no_gaps_and_add_up_to_what_was_paid_and_what_is_in_the_drawer(history: list[Step]) -> None:
    till = play(history)
    closed = [day for day in till.days if day.z_report is not None]
    reports = [day.z_report for day in closed if day.z_report is not None]
    assert [report.number for report in reports] == list(range(1, len(closed) + 1))
    kinds = ("payment", "refund")
    ids = {day.day_id for day in closed}
    paid = total([m.amount for m in till.movements if m.kind in kinds and m.day_id in ids], "EUR")
    assert total([report.totals.turnover for report in reports], "EUR") == paid
    assert not reports or reports[-1].grand_total == paid
    for day, report in zip(closed, reports, strict=True):
        for lines in (report.totals.by_category, report.totals.by_person):
            into, out = total([t.cash_in for t in lines], "EUR"), total([t.cash_out for t in lines], "EUR")
            assert (into, out, sum(t.count for t in lines)) == (day.cash_in, day.cash_out, day.movement_count)
    # Over all of the days: what was there first, what moved, what counts found, and what went to the bank.
    if closed:
        moved = total([m.amount for m in till.movements if m.day_id in ids], "EUR")
        found = total([day.variance or eur(0) for day in closed], "EUR")
        banked = total([day.deposit or eur(0) for day in closed], "EUR")
        assert closed[0].opening + moved + found - banked == closed[-1].left


@given(st.lists(steps, max_size=30))
def test_cash_that_was_heard_of_is_booked_or_waits_exactly_once(history: list[Step]) -> None:
    till = play(history)
    sent = {c.movement_id: c for step in history if isinstance(step, Hear) for c in step.batch}
    booked = [m.movement_id for m in till.movements if m.kind in ("payment", "refund")]
    kept = booked + [c.movement_id for c in till.waiting]
    assert sorted(kept) == sorted(sent)
    assert not (till.waiting and till.open_day)


@given(st.lists(heard, max_size=20), st.data())
def test_the_books_do_not_depend_on_the_order_or_number_of_times_that_payments_are_heard_of(
    events: list[Cash], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events)) if events else st.just([]))))
    once = play([Open(eur(0)), Hear(events)])
    shuffled = play([Open(eur(0)), *(Hear([c]) for c in again)])
    late = play([Hear(again[:3]), Open(eur(0)), Hear(again[3:])])
    assert once.days[-1].expected == shuffled.days[-1].expected == late.days[-1].expected
    assert once.days[-1].expected == total({c.movement_id: c.amount for c in events}.values(), "EUR")


def test_cash_in_another_currency_waits_beside_an_open_day() -> None:
    francs = cash("payment", Money(100, "CHF"), "1")
    collected = collect([francs, cash("payment", eur(100), "2")], [opened()], (), AT)
    assert collected.state.waiting == (francs,)
    assert [event.movement.amount for event in collected.events] == [eur(100)]
