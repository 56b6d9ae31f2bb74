"""A day of the register is a date at the clinic, also in the night in which its clocks are turned back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Count
from cash_register.domain.days.closing import CloseTerms, close
from cash_register.domain.days.day import Day
from cash_register.domain.days.local_time import LocalTime
from cash_register.domain.days.opening import DayTerms, OpenDay, open_day

from kernel.change import Change
from kernel.errors import BusinessError
from tests.unit.cash_register.drawer import DESK, cash, eur

BERLIN = "Europe/Berlin"
SUNDAY = date(2026, 10, 25)
FIRST, SECOND = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
"""It is 02:30 at both of them."""


def opened(at: datetime, on: date = SUNDAY) -> Day:
    command = OpenDay("clinic-berlin", "front", on, "EUR", Count(eur(1_000)))
    return open_day(command, Change(at, DESK), DayTerms(zone=BERLIN)).state


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), SUNDAY),
        (FIRST, SUNDAY),
        (SECOND, SUNDAY),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), SUNDAY),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
    ],
)
def test_a_date_of_23_or_25_hours_begins_and_ends_at_the_clinics_midnight(at: datetime, on: date) -> None:
    assert opened(at, on).date == on
    for other in (on - timedelta(days=1), on + timedelta(days=1)):
        with pytest.raises(BusinessError) as refused:
            opened(at, other)
        assert refused.value.code == "date-not-today"


def test_what_moves_at_half_past_two_of_the_clock_is_in_the_order_in_which_it_moved() -> None:
    first = opened(FIRST)
    moved = record(first, cash("pay_in", eur(100)), Change(SECOND, DESK)).state
    day = close(moved, Count(eur(1_100)), Change(SECOND, DESK), CloseTerms(zone=BERLIN)).state
    assert LocalTime(FIRST, BERLIN).at < LocalTime(SECOND, BERLIN).at
    assert day.closed_at is not None
    assert (day.closed_at - day.opened_at, day.closed_late) == (timedelta(hours=1), False)


def test_a_day_of_25_hours_is_late_only_after_all_of_them() -> None:
    day = opened(datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    last, over = (datetime(2026, 10, 25, hour, minute, tzinfo=UTC) for hour, minute in ((22, 59), (23, 0)))
    assert not day.is_forgotten(LocalTime(last, BERLIN))
    assert day.is_forgotten(LocalTime(over, BERLIN))
    assert day.is_long(last)
