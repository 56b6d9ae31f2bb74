"""The clinic's clock: which date it is there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from kernel.errors import BusinessError

_FIRST_TO_TURN, _LAST_TO_TURN = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
"""Where a date begins first, and where it ends last."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment in the clinic's time zone (IANA); None for a clinic whose profile was not heard yet."""

    at: datetime
    zone: str | None

    @property
    def earliest(self) -> date:
        """The date there; where the zone is not known, the earliest that it is anywhere."""
        return self.at.astimezone(_LAST_TO_TURN if self.zone is None else ZoneInfo(self.zone)).date()

    @property
    def latest(self) -> date:
        """As `earliest`, the latest."""
        return self.at.astimezone(_FIRST_TO_TURN if self.zone is None else ZoneInfo(self.zone)).date()

    def demand_today(self, on: date) -> None:
        """Raises BusinessError for another date than that of the clock."""
        if not self.earliest <= on <= self.latest:
            place = "nowhere" if self.zone is None else f"not in {self.zone}"
            raise BusinessError("date-not-today", f"{on.isoformat()} is {place} the date of today", field="/date")

    def is_after(self, on: date) -> bool:
        """Whether the date is over there."""
        return self.earliest > on
