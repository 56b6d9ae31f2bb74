"""A register in the hands of many, step by step: whatever comes, in any order and however often, it adds up."""

from collections import Counter

from cash_register.domain.days.cash import Cash, DeskMovementKind
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kernel.money import Money, total
from tests.unit.cash_register.drawer import cash, eur
from tests.unit.cash_register.test_histories import Close, Handed, Hear, Move, Open, Till, heard

amounts = st.integers(1, 100_000).map(eur)


class RegisterMachine(RuleBasedStateMachine):
    """Commands of people, and events that come late, again, and in another order."""

    def __init__(self) -> None:
        super().__init__()
        self.till = Till()
        self.sent: set[str] = set()

    @rule(batch=st.lists(heard, max_size=6))
    def hear(self, batch: list[Cash]) -> None:
        self.sent |= {one.movement_id for one in batch}
        self.till.take(Hear(batch))

    @rule(kind=st.sampled_from(["pay_in", "pay_out"]), amount=amounts)
    def move(self, kind: DeskMovementKind, amount: Money) -> None:
        self.till.take(Move(cash(kind, amount)))

    @rule(found=amounts)
    def open(self, found: Money) -> None:
        self.till.take(Open(found))

    @rule(counted=amounts, deposit=st.booleans())
    def close(self, counted: Money, deposit: bool) -> None:
        self.till.take(Close(counted, deposit))

    @rule(counted=amounts)
    def hand_over(self, counted: Money) -> None:
        self.till.take(Handed(counted))

    @invariant()
    def expected_is_the_sum_of_the_movements(self) -> None:
        for day in self.till.days:
            own = total([m.amount for m in self.till.movements if m.day_id == day.day_id], "EUR")
            assert day.expected == day.opening + own

    @invariant()
    def nothing_is_lost_and_nothing_counts_twice(self) -> None:
        booked = [m.movement_id for m in self.till.movements]
        assert max(Counter(booked).values(), default=1) == 1
        waiting = {one.movement_id for one in self.till.waiting}
        assert self.sent == waiting | (self.sent & set(booked))
        assert not waiting & set(booked)

    @invariant()
    def z_reports_add_up(self) -> None:
        reports = [day.z_report for day in self.till.days if day.z_report is not None]
        assert [report.number for report in reports] == list(range(1, len(reports) + 1))
        turnovers = total([report.totals.turnover for report in reports], "EUR")
        assert not reports or reports[-1].grand_total == turnovers


RegisterMachine.TestCase.settings = settings(max_examples=50, stateful_step_count=30)
TestRegister = RegisterMachine.TestCase
