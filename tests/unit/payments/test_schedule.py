"""On which days a card on file is charged."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from payments.adapters.calendar import holiday_sets, working_days
from payments.domain.cards_on_file.schedule import first_day, next_day, working_day_from
from payments.domain.intake.payment_policy import Calendar

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
retries = st.lists(st.integers(1, 90), max_size=10, unique=True).map(sorted)
weekdays = st.sets(st.integers(0, 6), min_size=1).map(lambda open_: lambda day: day.weekday() in open_)
places = st.sampled_from([("DE", "BE"), ("DE", "BY"), ("US", "CA"), ("GB", "SCT"), ("AE", None), ("JP", None)])
countries = places.map(lambda place: working_days(Calendar("UTC", *place)))
calendars = st.one_of(weekdays, countries, st.just(working_days(Calendar())))


def attempts(due_on: date, today: date, notice: int, retry_days: list[int], calendar: object) -> list[date]:
    """Every day on which it is tried, when it is declined on each."""
    assert callable(calendar)
    first = first_day(due_on, today, notice, calendar)
    tried = [first]
    while (following := next_day(first, tried[-1], len(tried), retry_days, calendar)) is not None:
        tried.append(following)
    return tried


@given(days, days, st.integers(0, 60), retries, calendars)
def test_it_is_tried_on_working_days_each_later_than_the_one_before_and_then_no_more(
    due_on: date, today: date, notice: int, retry_days: list[int], calendar: object
) -> None:
    tried = attempts(due_on, today, notice, retry_days, calendar)
    assert callable(calendar)
    assert all(calendar(day) for day in tried)
    assert tried == sorted(set(tried))
    assert len(tried) == 1 + len(retry_days)


@given(days, days, st.integers(0, 60), retries, calendars)
def test_never_before_it_is_due_and_never_without_notice(
    due_on: date, today: date, notice: int, retry_days: list[int], calendar: object
) -> None:
    tried = attempts(due_on, today, notice, retry_days, calendar)
    assert tried[0] >= due_on
    assert tried[0] - today >= timedelta(days=notice)
    assert all(day - tried[0] >= timedelta(days=wait) for day, wait in zip(tried[1:], retry_days, strict=True))


@given(days, calendars)
def test_no_working_day_is_passed_over(day: date, calendar: object) -> None:
    assert callable(calendar)
    found = working_day_from(day, calendar)
    assert calendar(found)
    assert not any(calendar(day + timedelta(days=n)) for n in range((found - day).days))


def test_berlin_is_closed_at_easter_and_america_on_thanksgiving() -> None:
    berlin, america = working_days(Calendar("UTC", "DE", "BE")), working_days(Calendar("UTC", "US"))
    assert working_day_from(date(2027, 3, 26), berlin) == date(2027, 3, 30)
    assert working_day_from(date(2026, 11, 26), america) == date(2026, 11, 27)
    assert working_day_from(date(2026, 11, 26), berlin) == date(2026, 11, 26)


def test_a_clinic_without_a_country_charges_every_day() -> None:
    assert working_day_from(date(2026, 12, 25), working_days(Calendar())) == date(2026, 12, 25)


def test_a_calendar_without_working_days_ends_the_search() -> None:
    assert working_day_from(date(2026, 12, 25), lambda _: False) == date(2026, 12, 25)


def closed(calendar: Calendar, *days: date) -> list[bool]:
    works = working_days(calendar)
    return [not works(day) for day in days]


def test_a_set_of_holidays_that_only_some_of_the_place_have_is_chosen_by_name() -> None:
    assumption, corpus_christi = date(2028, 8, 15), date(2028, 6, 15)
    assert closed(Calendar("UTC", "DE", "BY"), assumption, corpus_christi) == [False, True]
    assert closed(Calendar("UTC", "DE", "BY", ("catholic",)), assumption, corpus_christi) == [True, True]
    assert closed(Calendar("UTC", "DE", "TH"), corpus_christi) == [False]
    assert closed(Calendar("UTC", "DE", "TH", ("catholic",)), corpus_christi, assumption) == [True, False]
    assert closed(Calendar("UTC", "DE", "BY", ("catholic",)), date(2028, 10, 3), date(2028, 8, 16)) == [True, False]


def test_a_clinic_names_days_of_its_own_of_one_year_or_of_each() -> None:
    days = date(2026, 12, 24), date(2027, 12, 24), date(2026, 10, 30), date(2029, 10, 30), date(2028, 2, 29)
    for country, place in ((None, None), ("DE", "BE")):
        calendar = Calendar("UTC", country, place, own_days=("12-24", "2026-10-30", "02-29"))
        assert closed(calendar, *days) == [True, True, True, False, True]


@given(st.sampled_from(["AT", "CH", "DE", "ES", "GB", "IN", "IT", "PL", "US"]), st.data())
def test_no_set_of_a_country_opens_a_day_that_is_closed_without_it(country: str, data: st.DataObject) -> None:
    sets = data.draw(st.lists(st.sampled_from(sorted(holiday_sets(country)) or ["none"]), unique=True, max_size=3))
    chosen = tuple(name for name in sets if name in holiday_sets(country))
    day = data.draw(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
    assert not (closed(Calendar("UTC", country), day)[0] and not closed(Calendar("UTC", country, None, chosen), day)[0])
