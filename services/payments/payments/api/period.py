"""The days that a report is of, as the routes take them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends, Query

from kernel.errors import BusinessError

FIRST, LAST = date(2000, 1, 1), date(9998, 12, 31)
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included."""

    first: date
    last: date


def _period(
    first: Annotated[date, Query(alias="from", ge=FIRST, le=LAST, description="from this day of the clinic")],
    last: Annotated[date, Query(alias="to", ge=FIRST, le=LAST, description="until this one, at most a year later")],
) -> Period:
    """Raises BusinessError for days that are none, or too many."""
    if not timedelta(0) <= last - first < LONGEST:
        raise BusinessError("period", "ends before it begins, or is longer than 366 days", field="to")
    return Period(first, last)


Days = Annotated[Period, Depends(_period)]
