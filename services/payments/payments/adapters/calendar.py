"""Which days a clinic works, by its country's calendar."""

from datetime import date
from functools import lru_cache

import holidays

from payments.domain.cards_on_file.schedule import IsWorkingDay
from payments.domain.intake.payment_policy import Calendar


def working_days(calendar: Calendar) -> IsWorkingDay:
    """No weekend of the country and no public holiday of the place; without a country every day."""
    if calendar.country is None:
        return _every_day
    return _of(calendar.country, calendar.subdivision)


@lru_cache(maxsize=256)
def _of(country: str, subdivision: str | None) -> IsWorkingDay:
    known = holidays.country_holidays(country, subdiv=subdivision)
    return lambda day: bool(known.is_working_day(day))


def _every_day(_: date) -> bool:
    return True
