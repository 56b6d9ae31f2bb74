"""A register's day: what it refuses, and what it adds up to."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from cash_register.domain.days.booking import record, record_waiting
from cash_register.domain.days.cancellation import cancel
from cash_register.domain.days.cash import MAX_AMOUNT_MINOR, MAX_DRAWER_MINOR, Count, Denomination, MovementKind, signed
from cash_register.domain.days.closing import approve, close
from cash_register.domain.days.day import TRANSITIONS, Day, DayCommand, DayEvent, DayOpened, DayState, reason_of
from cash_register.domain.days.handover import hand_over
from cash_register.domain.days.opening import OpenDay, open_day

from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden, IllegalTransition
from kernel.money import Money
from kernel.outcome import Outcome
from tests.unit.cash_register.drawer import AT, DESK, MANAGER, cash, eur, opened

LATER = AT + timedelta(hours=9)
BY_DESK, BY_MANAGER = Change(LATER, DESK), Change(LATER, MANAGER)


def attempt(command: DayCommand, day: Day) -> Day:
    match command:
        case "record cash":
            return record(day, cash("payment", eur(1)), BY_DESK).state
        case "close":
            return closed(day, eur(1), "counted in a hurry")
        case "cancel":
            return cancel(day, BY_DESK).state
        case "hand over":
            return hand_over(day, Count(day.expected), None, BY_DESK).state
        case "approve the opening" | "approve a handover" | "approve the close":
            return approve(day, BY_MANAGER).state


def closed(day: Day, counted: Money, reason: str | None, by: Actor = DESK) -> Day:
    return close(day, Count(counted), Change(LATER, by, reason)).state


def in_state(state: DayState) -> Day:
    day = opened()
    if state == "cancelled":
        return cancel(day, BY_DESK).state
    if state != "open":
        day = closed(day, eur(9_999), "a cent is missing")
    return approve(day, BY_MANAGER).state if state == "approved" else day


@pytest.mark.parametrize("state", get_args(DayState))
@pytest.mark.parametrize("command", ["record cash", "hand over", "close", "cancel", "approve the close"])
def test_a_day_moves_only_as_its_table_says(state: DayState, command: DayCommand) -> None:
    day = in_state(state)
    if (state, command) in TRANSITIONS:
        after = attempt(command, day)
        assert (after.state, after.version) == (TRANSITIONS[state, command], day.version + 1)
    else:
        with pytest.raises(IllegalTransition):
            attempt(command, day)


def test_a_day_opens_with_its_float_and_nothing_else() -> None:
    day = opened(eur(20_000))
    assert (day.version, day.status, day.expected, day.variance) == (1, "open", eur(20_000), None)


def test_a_day_is_the_same_for_the_same_clinic_register_and_date() -> None:
    assert opened(eur(1)).day_id == opened(eur(2)).day_id
    assert opened().day_id != opened(register="back").day_id


def test_cash_in_and_out_is_kept_apart_and_expected_is_their_difference() -> None:
    day = opened(eur(10_000))
    for moved in (
        cash("payment", eur(5_000)),
        cash("refund", eur(1_200)),
        cash("pay_in", eur(300)),
        cash("pay_out", eur(50)),
    ):
        day = record(day, moved, BY_DESK).state
    assert (day.cash_in, day.cash_out, day.expected) == (eur(5_300), eur(1_250), eur(14_050))
    assert (day.movement_count, day.version) == (4, 5)


def test_a_recorded_movement_tells_its_day_its_place_and_whether_it_was_late() -> None:
    day = opened()
    [recorded] = record(day, cash("payment", eur(5_000)), BY_DESK, late=True).events
    assert (recorded.movement.day_id, recorded.movement.version, recorded.movement.late) == (day.day_id, 2, True)
    assert recorded.day.late_count == 1


def test_cash_in_another_currency_than_the_day_is_refused() -> None:
    with pytest.raises(BusinessError, match="in EUR, not in CHF") as refused:
        record(opened(), cash("pay_in", Money(100, "CHF")), BY_DESK)
    assert refused.value.code == "currency-differs"


def test_a_float_in_another_currency_than_the_day_is_refused() -> None:
    command = OpenDay("clinic-berlin", "front", opened().date, "CHF", Count(eur(100)))
    with pytest.raises(BusinessError) as refused:
        open_day(command, Change(AT, DESK))
    assert (refused.value.code, refused.value.field) == ("currency-differs", "/opening/currency")


def test_a_float_below_zero_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        opened(eur(-1))
    assert refused.value.code == "amount-out-of-range"


@pytest.mark.parametrize("amount_minor", [0, -5, MAX_AMOUNT_MINOR + 1])
@pytest.mark.parametrize("kind", ["payment", "refund", "pay_in", "pay_out"])
def test_an_amount_that_is_not_positive_or_beyond_all_reason_is_refused(kind: MovementKind, amount_minor: int) -> None:
    with pytest.raises(BusinessError) as refused:
        signed(kind, eur(amount_minor))
    assert refused.value.code == "amount-out-of-range"


def test_a_day_takes_no_more_than_can_be_counted_exactly() -> None:
    full = replace(opened(), cash_in=eur(MAX_DRAWER_MINOR - 5))
    assert record(full, cash("payment", eur(5)), BY_DESK).state.cash_in == eur(MAX_DRAWER_MINOR)
    with pytest.raises(BusinessError) as refused:
        record(full, cash("payment", eur(6)), BY_DESK)
    assert refused.value.code == "amount-out-of-range"
    late = record_waiting(full, [cash("payment", eur(6)), cash("refund", eur(6))], LATER)
    assert [recorded.movement.amount for recorded in late.events] == [eur(-6)]


def test_a_day_closed_as_expected_needs_no_reason_and_keeps_none() -> None:
    day = closed(opened(eur(500)), eur(500), "all fine")
    assert (day.variance, day.variance_reason, day.closed_by) == (eur(0), None, DESK)


@pytest.mark.parametrize(("counted", "variance"), [(480, -20), (530, 30), (0, -500)])
def test_a_variance_is_what_was_counted_less_what_was_expected(counted: int, variance: int) -> None:
    day = closed(opened(eur(500)), eur(counted), "miscounted change")
    assert (day.variance, day.variance_reason) == (eur(variance), "miscounted change")


def test_a_variance_without_a_reason_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        closed(opened(eur(500)), eur(499), None)
    assert refused.value.code == "variance-unexplained"


def test_a_count_in_another_currency_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        closed(opened(eur(500)), Money(500, "USD"), "?")
    assert refused.value.code == "currency-differs"


def test_denominations_add_up_to_the_count() -> None:
    coins = (Denomination(5_000, 2), Denomination(1, 37))
    assert Count(eur(10_037), coins).denominations == coins
    with pytest.raises(BusinessError) as refused:
        Count(eur(10_036), coins)
    assert refused.value.code == "denominations-differ"


def test_who_closed_a_day_cannot_approve_it() -> None:
    day = closed(opened(), eur(1), "robbed", MANAGER)
    with pytest.raises(Forbidden) as refused:
        approve(day, BY_MANAGER)
    assert refused.value.code == "maker-is-checker"


@pytest.mark.parametrize("reason", [None, "counted again together"])
def test_why_a_second_person_agrees_is_told_with_it(reason: str | None) -> None:
    [approved] = approve(closed(opened(), eur(1), "robbed"), replace(BY_MANAGER, reason=reason)).events
    assert (reason_of(approved), approved.day.variance_reason) == (reason, "robbed")


def test_a_day_without_a_variance_is_not_approved() -> None:
    day = closed(opened(), eur(10_000), None)
    with pytest.raises(Conflict) as refused:
        approve(day, BY_MANAGER)
    assert refused.value.code == "nothing-to-approve"


def test_an_approved_day_is_still_a_closed_one() -> None:
    day = in_state("approved")
    assert (day.status, day.approved_by, day.closed_by) == ("closed", MANAGER, DESK)


def test_nothing_that_happens_changes_the_state_it_happened_to() -> None:
    day = opened()
    before = replace(day)
    record(day, cash("payment", eur(1)), BY_DESK)
    closed(day, eur(1), "counted in a hurry")
    assert day == before
    again: Outcome[Day, DayEvent] = Outcome(before, (DayOpened(before),))
    command = OpenDay("clinic-berlin", "front", day.date, "EUR", Count(eur(10_000)))
    assert open_day(command, Change(AT, DESK)) == again
