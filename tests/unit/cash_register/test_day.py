"""A register's day: what it refuses, and what it adds up to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cash_register.domain.days.cash import MAX_AMOUNT_MINOR, MAX_DRAWER_MINOR, Count, Denomination, Kind, signed
from cash_register.domain.days.day import (
    TRANSITIONS,
    Approved,
    Closed,
    Command,
    Day,
    OpenDay,
    Opened,
    Recorded,
    State,
    approve,
    close,
    open_day,
    record,
    record_all,
)

from kernel.errors import BusinessError, Conflict, Forbidden, IllegalTransition
from kernel.money import Money
from tests.unit.cash_register.drawer import AT, DESK, MANAGER, cash, eur, opened

LATER = AT + timedelta(hours=9)


def attempt(command: Command, day: Day) -> Recorded | Closed | Approved:
    match command:
        case "record cash":
            return record(day, cash("payment", eur(1)), LATER)
        case "close":
            return close(day, Count(eur(1)), "counted in a hurry", LATER, DESK)
        case "approve":
            return approve(day, LATER, MANAGER)


def in_state(state: State) -> Day:
    day = opened()
    if state != "open":
        day = close(day, Count(eur(9_999)), "a cent is missing", LATER, DESK).day
    return approve(day, LATER, MANAGER).day if state == "approved" else day


@pytest.mark.parametrize("state", ["open", "closed", "approved"])
@pytest.mark.parametrize("command", ["record cash", "close", "approve"])
def test_a_day_moves_only_as_its_table_says(state: State, command: Command) -> None:
    day = in_state(state)
    if (state, command) in TRANSITIONS:
        after = attempt(command, day).day
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
        day = record(day, moved, LATER).day
    assert (day.cash_in, day.cash_out, day.expected) == (eur(5_300), eur(1_250), eur(14_050))
    assert (day.movement_count, day.version) == (4, 5)


def test_a_recorded_movement_tells_its_day_its_place_and_whether_it_was_late() -> None:
    day = opened()
    recorded = record(day, cash("payment", eur(5_000)), LATER, late=True)
    assert (recorded.movement.day_id, recorded.movement.version, recorded.movement.late) == (day.day_id, 2, True)
    assert recorded.day.late_count == 1


def test_cash_in_another_currency_than_the_day_is_refused() -> None:
    with pytest.raises(BusinessError, match="in EUR, not in CHF") as refused:
        record(opened(), cash("pay_in", Money(100, "CHF")), LATER)
    assert refused.value.code == "currency-differs"


def test_a_float_in_another_currency_than_the_day_is_refused() -> None:
    command = OpenDay("clinic-berlin", "front", opened().date, "CHF", eur(100))
    with pytest.raises(BusinessError) as refused:
        open_day(command, AT, DESK)
    assert (refused.value.code, refused.value.field) == ("currency-differs", "/opening/currency")


def test_a_float_below_zero_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        opened(eur(-1))
    assert refused.value.code == "amount-out-of-range"


@pytest.mark.parametrize("amount_minor", [0, -5, MAX_AMOUNT_MINOR + 1])
@pytest.mark.parametrize("kind", ["payment", "refund", "pay_in", "pay_out"])
def test_an_amount_that_is_not_positive_or_beyond_all_reason_is_refused(kind: Kind, amount_minor: int) -> None:
    with pytest.raises(BusinessError) as refused:
        signed(kind, eur(amount_minor))
    assert refused.value.code == "amount-out-of-range"


def test_a_day_takes_no_more_than_can_be_counted_exactly() -> None:
    full = replace(opened(), cash_in=eur(MAX_DRAWER_MINOR - 5))
    assert record(full, cash("payment", eur(5)), LATER).day.cash_in == eur(MAX_DRAWER_MINOR)
    with pytest.raises(BusinessError) as refused:
        record(full, cash("payment", eur(6)), LATER)
    assert refused.value.code == "amount-out-of-range"
    assert [r.movement.amount for r in record_all(full, [cash("payment", eur(6)), cash("refund", eur(6))], LATER)] == [
        eur(-6)
    ]


def test_a_day_closed_as_expected_needs_no_reason_and_keeps_none() -> None:
    closed = close(opened(eur(500)), Count(eur(500)), "all fine", LATER, DESK).day
    assert (closed.variance, closed.variance_reason, closed.closed_by) == (eur(0), None, DESK)


@pytest.mark.parametrize(("counted", "variance"), [(480, -20), (530, 30), (0, -500)])
def test_a_variance_is_what_was_counted_less_what_was_expected(counted: int, variance: int) -> None:
    closed = close(opened(eur(500)), Count(eur(counted)), "miscounted change", LATER, DESK).day
    assert (closed.variance, closed.variance_reason) == (eur(variance), "miscounted change")


def test_a_variance_without_a_reason_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        close(opened(eur(500)), Count(eur(499)), None, LATER, DESK)
    assert refused.value.code == "variance-unexplained"


def test_a_count_in_another_currency_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        close(opened(eur(500)), Count(Money(500, "USD")), "?", LATER, DESK)
    assert refused.value.code == "currency-differs"


def test_denominations_add_up_to_the_count() -> None:
    coins = (Denomination(5_000, 2), Denomination(1, 37))
    assert Count(eur(10_037), coins).denominations == coins
    with pytest.raises(BusinessError) as refused:
        Count(eur(10_036), coins)
    assert refused.value.code == "denominations-differ"


def test_who_closed_a_day_cannot_approve_it() -> None:
    day = close(opened(), Count(eur(1)), "robbed", LATER, MANAGER).day
    with pytest.raises(Forbidden) as refused:
        approve(day, LATER, MANAGER)
    assert refused.value.code == "maker-is-checker"


def test_a_day_without_a_variance_is_not_approved() -> None:
    day = close(opened(), Count(eur(10_000)), None, LATER, DESK).day
    with pytest.raises(Conflict) as refused:
        approve(day, LATER, MANAGER)
    assert refused.value.code == "nothing-to-approve"


def test_an_approved_day_is_still_a_closed_one() -> None:
    day = in_state("approved")
    assert (day.status, day.approved_by, day.closed_by) == ("closed", MANAGER, DESK)


def test_nothing_that_happens_changes_the_state_it_happened_to() -> None:
    day = opened()
    before = replace(day)
    record(day, cash("payment", eur(1)), LATER)
    close(day, Count(eur(1)), "counted in a hurry", LATER, DESK)
    assert day == before
    assert open_day(OpenDay("clinic-berlin", "front", day.date, "EUR", eur(10_000)), AT, DESK) == Opened(before)
