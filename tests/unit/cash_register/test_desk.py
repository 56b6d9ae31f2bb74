"""Cash that is moved at the desk: what it is for, that it is there, and how it is taken back."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from cash_register.domain.days import desk
from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Category, Count, DeskMovementKind, Movement, Voucher, demand_change
from cash_register.domain.days.categories import DeskCategory, demand_category
from cash_register.domain.days.closing import close
from cash_register.domain.days.day import Day

from kernel.change import Change
from kernel.errors import BusinessError, Conflict, IllegalTransition
from kernel.money import Money
from tests.unit.cash_register.drawer import AT, DESK, cash, eur, opened

LATER = Change(AT + timedelta(hours=1), DESK, "typed twice")
STAMPS = Voucher("19", "B-17")


def moved(day: Day, kind: DeskMovementKind, amount: Money) -> tuple[Day, Movement]:
    outcome = desk.move(day, replace(cash(kind, amount), category="other"), LATER)
    [recorded] = outcome.events
    return outcome.state, recorded.movement


# What it is for


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("pay_in", "bank_deposit"),
        ("pay_in", "private_withdrawal"),
        ("pay_in", "purchase"),
        ("pay_in", "wages"),
        ("pay_out", "private_deposit"),
    ],
)
def test_a_category_that_goes_one_way_is_refused_the_other_way(kind: DeskMovementKind, category: DeskCategory) -> None:
    with pytest.raises(BusinessError) as refused:
        demand_category(kind, category, STAMPS if category == "purchase" else None)
    assert (refused.value.code, refused.value.field) == ("category-not-possible", "/category")


@pytest.mark.parametrize("category", ["float_change", "tip", "other"])
def test_change_tips_and_what_has_no_name_go_both_ways(category: DeskCategory) -> None:
    for kind in get_args(DeskMovementKind):
        demand_category(kind, category, None)


def test_a_purchase_has_a_voucher_and_nothing_else_has() -> None:
    demand_category("pay_out", "purchase", STAMPS)
    wrong: tuple[tuple[DeskCategory, Voucher | None, str], ...] = (
        ("purchase", None, "voucher-missing"),
        ("wages", STAMPS, "voucher-not-possible"),
    )
    for category, voucher, code in wrong:
        with pytest.raises(BusinessError) as refused:
            demand_category("pay_out", category, voucher)
        assert (refused.value.code, refused.value.field) == (code, "/voucher")


def test_a_tip_to_the_clinic_has_a_vat_rate_and_comes_in() -> None:
    demand_category("pay_in", "tip", None, "0")
    wrong: tuple[tuple[DeskMovementKind, DeskCategory], ...] = (("pay_out", "tip"), ("pay_in", "other"))
    for kind, category in wrong:
        with pytest.raises(BusinessError) as refused:
            demand_category(kind, category, None, "19")
        assert (refused.value.code, refused.value.field) == ("vat-rate-not-possible", "/vat_rate")


def test_what_takes_back_a_tip_to_the_clinic_has_its_vat_rate() -> None:
    day, movement = moved(opened(eur(10_000)), "pay_in", eur(700))
    [recorded] = desk.counter(day, replace(movement, category="tip", vat_rate="19"), LATER).events
    assert (recorded.movement.category, recorded.movement.vat_rate) == ("tip", "19")
    [line] = recorded.day.tally.tips_by_vat_rate if recorded.day.tally else ()
    assert (line.vat_rate, line.out_minor, recorded.day.tally.by_vat_rate if recorded.day.tally else None) == (
        *("19", 700),
        (),
    )


def test_every_category_of_the_desk_is_one_of_a_movement() -> None:
    assert set(get_args(DeskCategory)) | {"payment", "refund", "difference"} == set(get_args(Category))


# That it is there


@pytest.mark.parametrize("amount_minor", [10_001, 9_971_150])
def test_no_more_is_taken_out_than_there_is(amount_minor: int) -> None:
    with pytest.raises(BusinessError) as refused:
        moved(opened(eur(10_000)), "pay_out", eur(amount_minor))
    assert (refused.value.code, refused.value.field) == ("not-enough-cash", "/amount/amount_minor")
    assert "100" not in refused.value.message


def test_all_that_there_is_may_be_taken_out() -> None:
    assert moved(opened(eur(10_000)), "pay_out", eur(10_000))[0].expected == eur(0)


def test_a_refund_that_was_given_is_booked_whatever_there_should_be() -> None:
    assert record(opened(eur(0)), cash("refund", eur(500)), LATER).state.expected == eur(-500)


def test_cash_goes_into_a_drawer_that_owes_some() -> None:
    short = record(opened(eur(0)), cash("refund", eur(500)), LATER).state
    assert moved(short, "pay_in", eur(100))[0].expected == eur(-400)


# How it is taken back


@pytest.mark.parametrize(("kind", "opposite"), [("pay_in", "pay_out"), ("pay_out", "pay_in")])
def test_a_counter_entry_is_the_same_cash_the_other_way(kind: DeskMovementKind, opposite: DeskMovementKind) -> None:
    before = opened(eur(10_000))
    day, movement = moved(before, kind, eur(700))
    [recorded] = desk.counter(day, movement, LATER).events
    entry = recorded.movement
    assert (entry.kind, entry.category, entry.amount) == (opposite, "other", -movement.amount)
    assert (entry.counters, entry.reason, entry.by) == (movement.movement_id, "typed twice", DESK)
    assert (recorded.day.expected, recorded.day.movement_count) == (before.expected, 2)


def test_a_movement_of_a_closed_day_is_taken_back_on_the_open_one() -> None:
    day, movement = moved(opened(eur(10_000)), "pay_in", eur(700))
    shut = close(day, Count(day.expected), LATER).state
    with pytest.raises(IllegalTransition):
        desk.counter(shut, movement, LATER)
    tomorrow = opened(eur(10_700), on=day.date + timedelta(days=1))
    at = Change(tomorrow.opened_at, DESK, "typed twice")
    [recorded] = desk.counter(tomorrow, movement, at).events
    assert (recorded.movement.day_id, recorded.movement.late) == (tomorrow.day_id, False)


def test_a_movement_has_one_counter_entry_and_that_is_not_taken_back() -> None:
    day, movement = moved(opened(eur(10_000)), "pay_in", eur(700))
    [first] = desk.counter(day, movement, LATER).events
    [second] = desk.counter(day, movement, LATER).events
    assert first.movement.movement_id == second.movement.movement_id == desk.counter_entry_id(movement.movement_id)
    with pytest.raises(Conflict) as refused:
        desk.counter(first.day, first.movement, LATER)
    assert refused.value.code == "not-countered"


def test_a_payment_and_a_difference_are_not_taken_back_at_the_desk() -> None:
    [paid] = record(opened(), replace(cash("payment", eur(5)), category="payment"), LATER).events
    [found] = record(opened(), replace(cash("pay_in", eur(5)), category="difference"), LATER).events
    for movement in (paid.movement, found.movement):
        with pytest.raises(Conflict) as refused:
            desk.counter(opened(), movement, LATER)
        assert refused.value.code == "not-countered"


def test_no_counter_entry_takes_out_what_is_not_there_any_more() -> None:
    day, movement = moved(opened(eur(0)), "pay_in", eur(700))
    emptied, _ = moved(day, "pay_out", eur(700))
    with pytest.raises(BusinessError) as refused:
        desk.counter(emptied, movement, LATER)
    assert refused.value.code == "not-enough-cash"


# When it moved, and what was handed over


def test_cash_that_moved_before_its_day_was_opened_is_late() -> None:
    day = opened()
    early = replace(cash("payment", eur(5)), at=day.opened_at - timedelta(milliseconds=1))
    on_time = replace(cash("payment", eur(5)), at=day.opened_at)
    for heard, late in ((early, True), (on_time, False)):
        [recorded] = record(day, heard, LATER).events
        assert (recorded.movement.late, recorded.day.late_count) == (late, int(late))


@pytest.mark.parametrize(("tendered", "change"), [(None, None), (eur(5_000), None), (eur(10_000), eur(5_000))])
def test_what_was_handed_over_less_the_change_is_the_amount(tendered: Money | None, change: Money | None) -> None:
    demand_change(eur(5_000), tendered, change)


@pytest.mark.parametrize(("tendered", "change"), [(eur(5_001), None), (eur(10_000), eur(4_999))])
def test_change_that_does_not_fit_is_refused(tendered: Money, change: Money | None) -> None:
    with pytest.raises(BusinessError) as refused:
        demand_change(eur(5_000), tendered, change)
    assert refused.value.code == "change-differs"
