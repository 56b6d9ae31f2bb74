"""Which days are holidays, by country."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from documents.domain.deliveries.quiet_hours import IsHoliday


@lru_cache(maxsize=256)
def holidays_of(country: str | None, subdivision: str | None) -> IsHoliday:
    """Public holidays of a country (ISO 3166-1 alpha-2), and of a part of it; none where none are known."""
    if country is None:
        return _none
    return _known(country, subdivision) or _known(country, None) or _none


def _known(country: str, subdivision: str | None) -> Callable[[date], bool] | None:
    import holidays  # two hundred countries, loaded with the first clinic that asks

    try:
        known = holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError:
        return None
    return lambda day: day in known


def _none(_: date) -> bool:
    return False
