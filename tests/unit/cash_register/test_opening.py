"""A day begins with what the last close left: what else is found is booked, explained, and agreed to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cash_register.domain.days.booking import record
from cash_register.domain.days.cancellation import cancel
from cash_register.domain.days.cash import Count, Denomination
from cash_register.domain.days.closing import CloseTerms, approve, close
from cash_register.domain.days.day import CashRecorded, Day, DayApproved, DayCancelled, DayEvent, DayOpened
from cash_register.domain.days.local_time import LocalTime
from cash_register.domain.days.opening import DayTerms, OpenDay, demand_free, open_day

from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden, IllegalTransition
from kernel.money import Money
from kernel.outcome import Outcome
from tests.unit.cash_register.drawer import AT, DESK, MANAGER, cash, eur

TODAY = date(2026, 11, 20)
BERLIN = CloseTerms(zone="Europe/Berlin")
LATER = AT + timedelta(hours=1)
BY_MANAGER = Change(LATER, MANAGER)
BY_DESK = Change(LATER, DESK, "meant the other till")


def begun(
    found: Money, left: Money | None, reason: str | None = "50 fetched for stamps", tolerance: Money | None = None
) -> Outcome[Day, DayEvent]:
    command = OpenDay("clinic-berlin", "front", TODAY, found.currency, Count(found))
    return open_day(command, Change(AT, DESK, reason), DayTerms(left=left, tolerance=tolerance))


def test_a_day_that_begins_with_what_was_left_books_nothing_and_keeps_no_reason() -> None:
    day = begun(eur(10_000), eur(10_000)).state
    assert (day.opening, day.opening_counted, day.opening_reason) == (eur(10_000), eur(10_000), None)
    assert (day.version, day.movement_count, day.awaiting_approval) == (1, 0, False)


def test_the_first_day_of_a_register_begins_with_what_is_in_it() -> None:
    day = begun(eur(7_500), None, None).state
    assert (day.opening, day.opening_variance, day.movement_count) == (eur(7_500), eur(0), 0)


@pytest.mark.parametrize(("found", "kind"), [(5_000, "pay_out"), (12_000, "pay_in")])
def test_another_float_than_was_left_is_a_booked_difference(found: int, kind: str) -> None:
    opened, recorded = begun(eur(found), eur(10_000)).events
    assert isinstance(opened, DayOpened)
    assert isinstance(recorded, CashRecorded)
    assert (opened.day.opening, opened.day.opening_counted, opened.day.version) == (eur(10_000), eur(found), 1)
    movement = recorded.movement
    assert (movement.kind, movement.category, movement.amount) == (kind, "difference", eur(found - 10_000))
    assert (movement.reason, movement.by, movement.version) == ("50 fetched for stamps", DESK, 2)
    assert (recorded.day.expected, recorded.day.opening_variance) == (eur(found), eur(found - 10_000))


def test_another_float_than_was_left_takes_a_reason_and_does_not_say_what_was_left() -> None:
    with pytest.raises(BusinessError) as refused:
        begun(eur(5_000), eur(10_000), None)
    assert (refused.value.code, refused.value.field) == ("variance-unexplained", "/reason")
    assert "100" not in refused.value.message


@pytest.mark.parametrize("found", [9_799, 10_201, 0])
def test_a_float_that_differs_by_more_than_the_tolerance_waits_for_a_second_person(found: int) -> None:
    day = begun(eur(found), eur(10_000), tolerance=eur(200)).state
    assert day.awaiting_approval
    with pytest.raises(Forbidden) as refused:
        approve(day, Change(LATER, DESK))
    assert refused.value.code == "maker-is-checker"
    [approved] = approve(day, BY_MANAGER).events
    assert isinstance(approved, DayApproved)
    after = approved.day
    assert (after.state, after.opening_approved_by, after.awaiting_approval) == ("open", MANAGER, False)
    with pytest.raises(IllegalTransition):
        approve(after, BY_MANAGER)


def test_a_float_within_the_tolerance_waits_for_nobody() -> None:
    day = begun(eur(9_800), eur(10_000), tolerance=eur(200)).state
    assert not day.awaiting_approval
    with pytest.raises(IllegalTransition):
        approve(day, BY_MANAGER)


def test_a_day_that_waits_is_closed_all_the_same_and_one_person_approves_both_counts() -> None:
    day = close(begun(eur(5_000), eur(10_000)).state, Count(eur(4_000)), Change(LATER, DESK, "short again")).state
    after = approve(day, BY_MANAGER).state
    assert (after.state, after.opening_approved_by, after.approved_by) == ("approved", MANAGER, MANAGER)
    assert not after.awaiting_approval


def test_who_closed_approves_the_opening_of_somebody_else_and_the_close_waits_for_a_third() -> None:
    day = close(begun(eur(5_000), eur(10_000)).state, Count(eur(4_000)), replace(BY_MANAGER, reason="short")).state
    after = approve(day, BY_MANAGER).state
    assert (after.state, after.opening_approved_by, after.approved_by) == ("closed", MANAGER, None)
    assert after.awaiting_approval
    with pytest.raises(Forbidden):
        approve(after, BY_MANAGER)
    assert approve(after, Change(LATER, DESK)).state.state == "approved"


def test_an_opening_is_approved_also_when_the_day_was_closed_without_a_variance() -> None:
    day = close(begun(eur(5_000), eur(10_000)).state, Count(eur(5_000)), Change(LATER, DESK)).state
    after = approve(day, BY_MANAGER).state
    assert (after.state, after.awaiting_approval) == ("closed", False)


def test_a_day_from_before_floats_were_a_chain_began_with_what_was_counted() -> None:
    day = replace(begun(eur(5_000), None).state, opening_counted=None, opened_by=None)
    assert (day.opening_variance, day.awaiting_approval, day.is_empty) == (eur(0), False, True)


def test_a_float_is_counted_coin_by_coin() -> None:
    count = Count(eur(10_037), (Denomination(5_000, 2), Denomination(1, 37)))
    day = open_day(OpenDay("clinic-berlin", "front", TODAY, "EUR", count), Change(AT, DESK)).state
    assert (day.opening_counted, day.opening_denominations) == (eur(10_037), count.denominations)


# The date


@pytest.mark.parametrize(
    ("at", "zone", "today"),
    [
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 11, 21)),
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), "America/New_York", date(2026, 11, 20)),
        # Clocks go back at 01:00 UTC on 25 October 2026: 02:30 is there twice, on one date.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 24)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 26)),
    ],
)
def test_a_day_is_the_date_of_the_clock_at_the_clinic_and_no_other(at: datetime, zone: str, today: date) -> None:
    def open_on(on: date) -> Day:
        command = OpenDay("clinic-berlin", "front", on, "EUR", Count(eur(100)))
        return open_day(command, Change(at, DESK), DayTerms(zone=zone)).state

    assert open_on(today).date == today
    for off in (-1, 1, -9_999, 1_500):
        with pytest.raises(BusinessError) as refused:
            open_on(today + timedelta(days=off))
        assert (refused.value.code, refused.value.field) == ("date-not-today", "/date")


def test_a_clinic_whose_profile_was_not_heard_opens_a_date_that_it_is_somewhere() -> None:
    now = LocalTime(datetime(2026, 11, 20, 11, 0, tzinfo=UTC), None)
    for on in (date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)):
        now.demand_today(on)
    for on in (date(2026, 11, 18), date(2026, 11, 22)):
        with pytest.raises(BusinessError):
            now.demand_today(on)


def test_a_day_is_long_after_24_hours_of_the_clock_also_when_the_clocks_change() -> None:
    opened_at = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # 00:30 of a day with 25 hours
    command = OpenDay("clinic-berlin", "front", date(2026, 10, 25), "EUR", Count(eur(100)))
    day = open_day(command, Change(opened_at, DESK), DayTerms(zone="Europe/Berlin")).state
    assert not day.is_long(opened_at + timedelta(hours=24))
    assert day.is_long(opened_at + timedelta(hours=24, seconds=1))
    assert not day.is_forgotten(LocalTime(opened_at + timedelta(hours=24, minutes=29), "Europe/Berlin"))
    assert day.is_forgotten(LocalTime(opened_at + timedelta(hours=24, minutes=30), "Europe/Berlin"))


def test_a_forgotten_day_is_closed_late_and_says_so() -> None:
    day = begun(eur(100), None).state
    in_time = close(day, Count(eur(100)), Change(datetime(2026, 11, 20, 22, 59, tzinfo=UTC), DESK), BERLIN)
    late = close(day, Count(eur(100)), Change(datetime(2026, 11, 23, 7, 0, tzinfo=UTC), DESK), BERLIN)
    assert (in_time.state.closed_late, late.state.closed_late) == (False, True)
    assert not late.state.is_forgotten(LocalTime(AT + timedelta(days=9), "Europe/Berlin"))


# Cancelling


def test_an_empty_day_is_cancelled_and_takes_no_more_cash() -> None:
    [cancelled] = cancel(begun(eur(100), eur(100)).state, BY_DESK).events
    assert isinstance(cancelled, DayCancelled)
    day = cancelled.day
    assert (day.status, day.counted, day.left, day.cancel_reason) == ("closed", None, None, "meant the other till")
    for attempt in (lambda: record(day, cash("pay_in", eur(1)), BY_DESK), lambda: cancel(day, BY_DESK)):
        with pytest.raises(IllegalTransition):
            attempt()


def test_a_cancelled_day_books_back_what_its_opening_booked() -> None:
    day = begun(eur(5_000), eur(10_000)).state
    booked_back, cancelled = cancel(day, BY_DESK).events
    assert isinstance(booked_back, CashRecorded)
    assert (booked_back.movement.amount, booked_back.movement.reason) == (eur(5_000), "meant the other till")
    assert cancelled.day.expected == eur(10_000)
    assert not cancelled.day.awaiting_approval


def test_a_day_that_cash_has_moved_on_is_not_cancelled() -> None:
    day = begun(eur(100), None).state
    moved = record(record(day, cash("pay_in", eur(5)), BY_DESK).state, cash("pay_out", eur(5)), BY_DESK).state
    with pytest.raises(Conflict) as refused:
        cancel(moved, BY_DESK)
    assert refused.value.code == "day-not-empty"


def test_a_date_is_free_again_after_its_day_was_cancelled_and_its_books_go_on() -> None:
    first = begun(eur(5_000), eur(10_000)).state
    with pytest.raises(Conflict):
        demand_free(first, TODAY)
    cancelled = cancel(first, BY_DESK).state
    demand_free(cancelled, TODAY)
    command = OpenDay("clinic-berlin", "front", TODAY, "EUR", Count(eur(9_000)))
    again = open_day(command, Change(LATER, DESK, "recounted"), DayTerms(left=eur(10_000), cancelled=cancelled))
    opened, recorded = again.events
    assert isinstance(recorded, CashRecorded)
    assert (opened.day.day_id, opened.day.version) == (first.day_id, cancelled.version + 1)
    assert (again.state.expected, again.state.movement_count, again.state.is_empty) == (eur(9_000), 3, True)
    ids = {
        e.movement.movement_id
        for o in (begun(eur(5_000), eur(10_000)), cancel(first, BY_DESK), again)
        for e in o.events
        if isinstance(e, CashRecorded)
    }
    assert len(ids) == 3
    assert cancel(again.state, BY_DESK).state.expected == eur(10_000)


def test_a_date_that_is_opened_again_in_another_currency_adds_up_in_that_one() -> None:
    found = {"EUR": eur(5_000), "CHF": Money(3_000, "CHF")}
    left, day = {"EUR": eur(10_000), "CHF": Money(4_000, "CHF")}, None
    for currency in ("EUR", "CHF", "CHF", "EUR"):
        command = OpenDay("clinic-berlin", "front", TODAY, currency, Count(found[currency]))
        terms = DayTerms(left=left[currency], cancelled=day)
        reopened = open_day(command, Change(LATER, DESK, "recounted"), terms).state
        assert (reopened.expected, reopened.is_empty) == (found[currency], True)
        day = cancel(reopened, BY_DESK).state
    report = close(reopened, Count(eur(5_000)), BY_DESK).state.z_report
    assert report is not None
    [differences] = report.totals.by_category
    assert (differences.count, differences.cash_out) == (1, eur(5_000))
