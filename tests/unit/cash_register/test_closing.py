"""Handover, X and Z reports, and what goes to the bank."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Cash, Count, Denomination, Movement, Voucher
from cash_register.domain.days.closing import CloseTerms, approve, close
from cash_register.domain.days.day import CashRecorded, Day, DrawerCounted
from cash_register.domain.days.handover import MOST_HANDOVERS, hand_over
from cash_register.domain.days.tally import tally_of
from cash_register.domain.days.totals import CategoryTotal, PersonTotal, Total, VatRateTotal, totals_of
from cash_register.domain.registers.register import Register, begin_day, end_day

from kernel.actor import Actor, system
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden
from kernel.money import Money
from tests.unit.cash_register.drawer import AT, DESK, MANAGER, cash, eur, opened

LATER = Change(AT + timedelta(hours=5), DESK)
SHORT = replace(LATER, reason="change given twice")
EVENING = Change(AT + timedelta(hours=9), Actor("usr-late", "Late Desk", "front_desk"), "wrong change")


def with_cash(day: Day, *moved: Cash) -> Day:
    for one in moved:
        day = record(day, one, LATER).state
    return day


def movements_of(*moved: Cash) -> list[Movement]:
    return [event.movement for one in moved for event in record(opened(), one, LATER).events]


# Handover


def test_a_handover_that_agrees_books_nothing() -> None:
    coins = (Denomination(5_000, 2),)
    [counted] = hand_over(opened(eur(10_000)), Count(eur(10_000), coins), "usr-late", SHORT).events
    assert isinstance(counted, DrawerCounted)
    [handover] = counted.day.handovers
    assert (handover.number, handover.by, handover.taken_over_by) == (1, DESK, "usr-late")
    assert (handover.variance, handover.reason, handover.denominations) == (eur(0), None, coins)
    assert (counted.day.status, counted.day.movement_count, counted.day.version) == ("open", 0, 2)


def test_what_is_missing_at_a_handover_is_booked_and_not_missing_again_at_the_close() -> None:
    booked, counted = hand_over(opened(eur(10_000)), Count(eur(9_900)), "usr-late", SHORT).events
    assert isinstance(booked, CashRecorded)
    assert (booked.movement.category, booked.movement.amount) == ("difference", eur(-100))
    assert (booked.movement.reason, booked.movement.by) == ("change given twice", DESK)
    day = counted.day
    assert (day.expected, day.handovers[0].expected, day.handovers[0].counted) == (eur(9_900), eur(10_000), eur(9_900))
    assert close(day, Count(eur(9_900)), EVENING).state.variance == eur(0)


def test_what_is_missing_at_a_handover_takes_a_reason() -> None:
    with pytest.raises(BusinessError) as refused:
        hand_over(opened(eur(10_000)), Count(eur(9_900)), None, LATER)
    assert (refused.value.code, refused.value.field) == ("variance-unexplained", "/reason")
    assert "100" not in refused.value.message


def test_a_handover_in_another_currency_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        hand_over(opened(eur(10_000)), Count(Money(10_000, "CHF")), None, SHORT)
    assert refused.value.code == "currency-differs"


def test_each_handover_waits_for_somebody_who_did_not_count_it() -> None:
    day = hand_over(opened(eur(10_000)), Count(eur(9_900)), "usr-late", SHORT).state
    day = hand_over(day, Count(eur(9_800)), None, replace(EVENING, by=MANAGER)).state
    assert [(a.command, a.handover) for a in day.awaits] == [("approve a handover", 1), ("approve a handover", 2)]
    once = approve(day, Change(EVENING.at, MANAGER)).state
    assert [(h.approved_by, h.number) for h in once.handovers] == [(MANAGER, 1), (None, 2)]
    with pytest.raises(Forbidden):
        approve(once, Change(EVENING.at, MANAGER))
    assert not approve(once, EVENING).state.awaiting_approval


def test_a_handover_within_the_tolerance_waits_for_nobody() -> None:
    tolerant = replace(opened(eur(10_000)), tolerance=eur(100))
    assert not hand_over(tolerant, Count(eur(9_900)), None, SHORT).state.awaiting_approval
    assert hand_over(tolerant, Count(eur(9_899)), None, SHORT).state.awaiting_approval


def test_a_day_has_a_bound_of_handovers() -> None:
    day = opened(eur(10_000))
    for _ in range(MOST_HANDOVERS):
        day = hand_over(day, Count(eur(10_000)), None, LATER).state
    with pytest.raises(Conflict) as refused:
        hand_over(day, Count(eur(10_000)), None, LATER)
    assert refused.value.code == "too-many-handovers"


# Deposit


def test_what_goes_to_the_bank_is_not_there_tomorrow() -> None:
    day = close(opened(eur(10_000)), Count(eur(10_000)), LATER, deposit=eur(8_000)).state
    assert (day.counted, day.deposit, day.left, day.variance) == (eur(10_000), eur(8_000), eur(2_000), eur(0))
    assert close(opened(eur(10_000)), Count(eur(10_000)), LATER).state.left == eur(10_000)


@pytest.mark.parametrize(
    ("deposit", "code"),
    [(eur(10_001), "not-enough-cash"), (eur(-1), "not-enough-cash"), (Money(1, "CHF"), "currency-differs")],
)
def test_no_more_goes_to_the_bank_than_was_counted(deposit: Money, code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        close(opened(eur(10_000)), Count(eur(10_000)), LATER, deposit=deposit)
    assert (refused.value.code, (refused.value.field or "").split("/")[1]) == (code, "deposit")


# Reports


def test_a_z_report_adds_up_by_category_person_and_vat_rate() -> None:
    first, last = (
        replace(cash("payment", eur(amount), name), category="payment", receipt_number=f"B-{name}")
        for amount, name in ((5_000, "1"), (3_000, "2"))
    )
    given = replace(cash("refund", eur(1_000)), category="refund", by=MANAGER)
    bought = replace(cash("pay_out", eur(700)), category="purchase", voucher=Voucher("19", "V-1"))
    back = replace(cash("pay_in", eur(700), "b"), category="purchase", voucher=Voucher("19", "V-1"), counters="mov_x")
    day = close(
        with_cash(opened(eur(10_000)), first, last, given, bought, back),
        Count(eur(17_000)),
        LATER,
        CloseTerms(z_number=7, turnover_before=eur(100_000)),
    ).state
    report = day.z_report
    assert report is not None
    assert (report.number, report.grand_total, report.totals.turnover) == (7, eur(107_000), eur(7_000))
    assert (report.totals.first_receipt, report.totals.last_receipt) == ("B-1", "B-2")
    assert report.totals.by_category == (
        CategoryTotal(category="payment", count=2, cash_in=eur(8_000), cash_out=eur(0)),
        CategoryTotal(category="refund", count=1, cash_in=eur(0), cash_out=eur(1_000)),
        CategoryTotal(category="purchase", count=2, cash_in=eur(700), cash_out=eur(700)),
    )
    assert report.totals.by_person == (
        PersonTotal(person=DESK, count=4, cash_in=eur(8_700), cash_out=eur(700)),
        PersonTotal(person=MANAGER, count=1, cash_in=eur(0), cash_out=eur(1_000)),
    )
    assert report.totals.by_vat_rate == (VatRateTotal(vat_rate="19", count=2, cash_in=eur(700), cash_out=eur(700)),)
    assert report.totals.counter_entries == Total(count=1, cash_in=eur(700), cash_out=eur(0))
    assert report.totals.rounding == eur(0)


def test_what_was_rounded_is_on_the_z_report() -> None:
    paid = replace(cash("payment", eur(1_235)), rounding=eur(-2))
    given = replace(cash("refund", eur(40)), rounding=eur(1))
    totals = totals_of(tally_of(movements_of(paid, given)), "EUR")
    assert (totals.turnover, totals.rounding) == (eur(1_195), eur(-1))


def test_what_nobody_did_is_one_line_of_a_report() -> None:
    by_itself = [replace(cash("payment", eur(1), str(n)), by=system(f"pay_{n}")) for n in range(3)]
    totals = totals_of(tally_of(movements_of(*by_itself)), "EUR")
    assert [(line.person.actor_id, line.count) for line in totals.by_person] == [("system", 3)]


def test_movements_from_before_there_were_categories_are_counted_by_their_kind() -> None:
    tally = tally_of(movements_of(cash("payment", eur(5)), cash("pay_out", eur(2))))
    assert [(line.category, line.in_minor, line.out_minor) for line in tally.by_category] == [
        ("payment", 5, 0),
        ("other", 0, 2),
    ]


def test_a_day_that_was_open_before_there_were_tallies_is_added_up_once_more() -> None:
    movements = movements_of(*(cash("payment", eur(5), str(n)) for n in range(3)))
    before = replace(opened(), cash_in=eur(15), movement_count=3, tally=None)
    day = close(before, Count(eur(10_015)), LATER, CloseTerms(tally=tally_of(movements))).state
    assert day.z_report is not None
    assert day.z_report.totals.turnover == eur(15)


def test_the_numbers_and_the_grand_totals_of_a_register_go_on_for_each_currency() -> None:
    register = begin_day(Register("front", "clinic-berlin"), "day_1").state
    for number, (currency, amount) in enumerate([("EUR", 500), ("CHF", 300), ("EUR", 200)], start=1):
        day = opened(Money(1_000, currency))
        day = record(day, cash("payment", Money(amount, currency)), LATER).state
        terms = CloseTerms(z_number=register.z_number + 1, turnover_before=register.turnover(currency))
        register = end_day(register, close(day, Count(day.expected), LATER, terms).state.z_report).state
        assert register.z_number == number
    assert (register.turnover("EUR"), register.turnover("CHF")) == (eur(700), Money(300, "CHF"))
    assert end_day(register).state.z_number == 3
