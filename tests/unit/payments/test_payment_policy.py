"""A clinic's calendar, and what one person may give back alone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

from hypothesis import given
from hypothesis import strategies as st
from payments.domain.intake.payment_policy import Calendar, RefundLimit, exceeds
from payments.domain.intake.refunds import refund

from kernel.money import Money
from tests.unit.payments.examples import BY_DESK, eur, refund_command, transfer_payment

LIMITS = (RefundLimit("billing_manager", eur(3_000)), RefundLimit("billing_manager", Money(900, "JPY")))


def test_up_to_the_limit_one_person_gives_back_alone() -> None:
    payment = transfer_payment()
    assert not exceeds(LIMITS, "billing_manager", payment, eur(3_000))
    assert exceeds(LIMITS, "billing_manager", payment, eur(3_001))
    assert not exceeds((), "billing_manager", payment, eur(10_000))
    assert not exceeds(LIMITS, "billing_manager", payment, Money(10_000, "CHF"))


def test_nobody_stays_below_the_limit_by_giving_back_in_pieces() -> None:
    once = refund(transfer_payment(), refund_command(amount=eur(2_000)), "ref-1", BY_DESK).state
    assert not exceeds(LIMITS, "billing_manager", once, eur(1_000))
    assert exceeds(LIMITS, "billing_manager", once, eur(1_001))


def test_a_day_of_the_clinic_is_shorter_or_longer_where_clocks_change() -> None:
    berlin = Calendar("Europe/Berlin")
    lengths = [end - begin for begin, end in map(berlin.day, (date(2026, 3, 29), date(2026, 10, 25)))]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]
    assert berlin.day(date(2026, 11, 20))[0] == datetime(2026, 11, 19, 23, tzinfo=UTC)


@given(st.dates(date(1971, 1, 1), date(2100, 1, 1)), st.sampled_from(sorted(available_timezones())))
def test_each_moment_is_in_the_day_that_its_local_date_names_and_days_follow_without_a_gap(on: date, zone: str) -> None:
    calendar = Calendar(zone)
    begin, end = calendar.day(on)
    assert calendar.day(on + timedelta(days=1))[0] == end
    if begin < end:  # a zone that jumped over the date line left a day out
        assert calendar.local_date(begin) == on
        assert calendar.local_date(end - timedelta(microseconds=1)) == on
