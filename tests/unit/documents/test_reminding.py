"""When patients are reminded, and when nobody is written to."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from documents.adapters.calendar import holidays_of
from documents.domain.deliveries.quiet_hours import QuietHours, next_allowed
from documents.domain.deliveries.reminders import Overdue, Reminded, next_step
from documents.usecases.deliveries.overdue import overdue_now
from hypothesis import given
from hypothesis import strategies as st

from contracts.invoicing import Instalment, Invoice, PayerShare
from kernel.money import Money
from tests.unit.documents.samples import invoice

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = (7, 21, 35)
DUE = date(2026, 12, 20)


def euro(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def share(open_: int, part: str = "patient") -> PayerShare:
    sums = dict.fromkeys(("paid", "credited", "written_off"), euro(0))
    named = {"payer_id": "aok"} if part == "insurer" else {}
    return PayerShare(part=part, amount=euro(open_), open=euro(open_), **sums, **named)


def local(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def german(day: date) -> bool:
    return holidays_of("DE", "BE")(day)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (local(15, 8), local(15, 8)),
        (local(15, 19, 59), local(15, 19, 59)),
        (local(15, 7, 59), local(15, 8)),
        (local(15, 20), local(16, 8)),
        (local(19, 21), local(21, 8)),  # Saturday night: Sunday is quiet
        (local(20, 12), local(21, 8)),
        (local(24, 22), local(28, 8)),  # two days of Christmas, a Saturday that is one, a Sunday
    ],
)
def test_nobody_is_written_to_at_night_on_sundays_and_on_holidays(now: datetime, then: datetime) -> None:
    assert next_allowed(QuietHours(), now, german) == then


def test_holidays_are_those_of_the_place() -> None:
    womens_day = local(9, 12, month=3).replace(year=2027, day=8)
    assert next_allowed(QuietHours(), womens_day, german) == womens_day + timedelta(hours=20)
    assert next_allowed(QuietHours(), womens_day, holidays_of("DE", "BY")) == womens_day
    assert next_allowed(QuietHours(), womens_day, holidays_of("XX", None)) == womens_day
    assert next_allowed(QuietHours(holidays=False), womens_day, german) == womens_day


def test_hours_may_be_of_the_day_and_none_at_all() -> None:
    assert next_allowed(QuietHours("12:00", "14:00"), local(15, 13), german) == local(15, 14)
    assert next_allowed(QuietHours("00:00", "00:00", sundays=False), local(20, 3), german) == local(20, 3)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)),
    st.integers(0, 47),
    st.integers(0, 47),
    st.booleans(),
)
def test_the_next_free_moment_is_free_and_not_before(moment: datetime, begins: int, ends: int, sundays: bool) -> None:
    begun, ended = (f"{half // 2:02}:{half % 2 * 30:02}" for half in (begins, ends))
    quiet = QuietHours(begun, ended, sundays=sundays)
    now = moment.replace(microsecond=0, tzinfo=BERLIN)
    then = next_allowed(quiet, now, german)
    assert then.replace(tzinfo=None) >= now.replace(tzinfo=None)
    assert next_allowed(quiet, then, german) == then


@pytest.mark.parametrize(
    ("open_", "day", "overdue"),
    [
        (30000, 5, None),
        (20000, 35, None),  # the first instalment is paid, the second not due yet
        (24000, 45, Overdue(euro(14000), date(2026, 12, 10))),
        (15000, 45, Overdue(euro(5000), date(2027, 1, 10))),
        (10000, 45, None),
    ],
)
def test_a_plan_that_is_kept_is_not_overdue(open_: int, day: int, overdue: Overdue | None) -> None:
    dues = enumerate((date(2026, 12, 10), date(2027, 1, 10), date(2027, 2, 10)), 1)
    plan = tuple(Instalment(number=number, due_on=due, amount=euro(10000)) for number, due in dues)
    planned = invoice(instalments=plan, payers=(share(open_),))
    assert overdue_now(planned, date(2026, 12, 1) + timedelta(days=day)) == overdue


def test_each_step_is_taken_once_and_in_its_order() -> None:
    assert next_step(DUE, DUE + timedelta(days=6), DAYS, None) is None
    assert next_step(DUE, DUE + timedelta(days=7), DAYS, None) == 1
    first = Reminded(1, DUE + timedelta(days=7))
    assert next_step(DUE, DUE + timedelta(days=20), DAYS, first) is None
    assert next_step(DUE, DUE + timedelta(days=21), DAYS, first) == 2
    assert next_step(DUE, DUE + timedelta(days=400), DAYS, Reminded(3, DUE)) is None
    assert next_step(DUE, DUE + timedelta(days=400), (), None) is None


def test_after_a_pause_nobody_gets_the_last_word_first() -> None:
    """A service that was away for a year, or a setting that is new, begins with the friendly one."""
    late = DUE + timedelta(days=365)
    assert next_step(DUE, late, DAYS, None) == 1
    assert next_step(DUE, late, DAYS, Reminded(1, late)) is None
    assert next_step(DUE, late + timedelta(days=14), DAYS, Reminded(1, late)) == 2


@pytest.mark.parametrize(
    "snapshot",
    [
        invoice(payers=(share(25000, "insurer"), share(0))),
        invoice(status="void"),
        invoice(status="paid"),
        invoice(status="written_off"),
        invoice(problems=("session-voided",)),
        invoice(due_on=None),
        invoice(instalments=(Instalment(number=1, due_on=date(2027, 12, 1), amount=euro(25000)),)),
    ],
)
def test_nobody_is_reminded_of_what_is_not_theirs_or_not_asked_for(snapshot: Invoice) -> None:
    assert overdue_now(snapshot, date(2027, 2, 1)) is None


def test_only_the_patients_part_is_overdue() -> None:
    both = invoice(payers=(share(20000, "insurer"), share(5000)))
    assert overdue_now(both, date(2027, 2, 1)) == Overdue(euro(5000), DUE)
