"""The clinic's calendar: the day of an instant is that of the clinic, whatever offset it is written with."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from cli.fhir import Period

_PARTIAL = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


class Unreadable(Exception):
    """Why a time cannot be used."""


def instant(text: str) -> datetime:
    """A FHIR dateTime with a time of day. Raises Unreadable."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("is not a time") from None
    if moment.tzinfo is None:
        raise Unreadable("has no offset")
    return moment


def has_time_of_day(text: str) -> bool:
    return "T" in text


class ClinicCalendar:
    """Days of one clinic. Its zone is asked for only when a day depends on it, and once."""

    def __init__(self, zone_name: Callable[[], str | None] = lambda: None) -> None:
        self._zone_name = zone_name

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """None where nobody says it."""
        name = self._zone_name()
        return None if name is None else ZoneInfo(name)

    def day(self, text: str) -> date:
        """A date alone is the clinic's already. Raises Unreadable.

        Where nobody says the zone, an offset is taken for the clinic's own, but for that of UTC, which says nothing of
        where it was.
        """
        if not has_time_of_day(text):
            return _date(text)
        moment = instant(text)
        if self.zone is not None:
            return moment.astimezone(self.zone).date()
        if not moment.utcoffset():
            raise Unreadable("which day that is at the clinic is not known: give the clinic's --time-zone")
        return moment.date()

    def moment(self, text: str) -> datetime:
        """A date alone is noon at the clinic; that of UTC, which is the same date nearly everywhere, without a zone.

        Raises Unreadable.
        """
        if has_time_of_day(text):
            return instant(text)
        return datetime.combine(_date(text), time(12), self.zone or UTC)

    def is_in(self, period: Period | None, at: datetime) -> bool:
        """Whether the period holds the moment: it is open where it tells no end, and a part of a date is all of that.

        Raises Unreadable.
        """
        if period is None:
            return True
        return self._place(period.start, at) >= 0 >= self._place(period.end, at)

    def _place(self, text: str | None, at: datetime) -> int:
        """-1 where the moment is before that time, 0 where it is in it or there is none, 1 where it is after it."""
        if text is None:
            return 0
        if has_time_of_day(text):
            other = instant(text)
            return (at > other) - (at < other)
        if not _PARTIAL.fullmatch(text):
            raise Unreadable("is not a date")
        part = at.astimezone(self.zone or UTC).date().isoformat()[: len(text)]
        return (part > text) - (part < text)


def _date(text: str) -> date:
    try:
        if len(text) == len("2026-11-20"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Unreadable("is not a whole date")
