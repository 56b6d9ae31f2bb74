"""Which days a clinic works, by its country's calendar and its own."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import holidays
from holidays.constants import SCHOOL, WORKDAY

from payments.domain.cards_on_file.schedule import IsWorkingDay
from payments.domain.intake.payment_policy import Calendar


def working_days(calendar: Calendar) -> IsWorkingDay:
    """No weekend of the country, no holiday of the place, and no day that the clinic named.

    Without a country every other day is one.
    """
    works = _every_day if calendar.country is None else _of(calendar.country, calendar.subdivision, calendar.sets)
    if not calendar.own_days:
        return works
    return lambda day: works(day) and not calendar.is_own(day)


def holiday_sets(country: str, subdivision: str | None = None) -> frozenset[str]:
    """The sets of holidays that a place may have beside the public ones, as `catholic`.

    Raises NotImplementedError for a place of which no holidays are known.
    """
    known = holidays.country_holidays(country, subdiv=subdivision)
    # A set of days on which people do work, and one of vacations, are no holidays of a clinic.
    return frozenset(known.supported_categories) - {str(known.default_category), WORKDAY, SCHOOL}


@lru_cache(maxsize=256)
def _of(country: str, subdivision: str | None, sets: Sequence[str]) -> IsWorkingDay:
    usual = holidays.country_holidays(country, subdiv=subdivision).default_category
    known = holidays.country_holidays(
        country, subdiv=subdivision, categories={*([usual] if usual else ()), *sets} or None
    )
    return lambda day: bool(known.is_working_day(day))


def _every_day(_: date) -> bool:
    return True
