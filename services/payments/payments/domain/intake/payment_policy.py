"""What a clinic decides about its payments."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, Self
from zoneinfo import ZoneInfo

from kernel.money import Money
from payments.domain.accounting.accounts import Accounting
from payments.domain.intake.payment import Payment

Role = Literal["billing_manager"]
"""Who may give money back, and so has a limit."""


@dataclass(frozen=True, slots=True)
class RefundLimit:
    """What one person of the role gives back of one payment without a second one; each currency has its own."""

    role: Role
    amount: Money


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the clinic is: its days begin by its `time_zone`, and its holidays are those of the place.

    `country` is ISO 3166-1 alpha-2, `subdivision` the part of ISO 3166-2 after it; without a country no day is a
    holiday. `sets` are further sets of its holidays, as `catholic`; `own_days` are the clinic's, `2026-12-24` or, each
    year, `12-24`.
    """

    time_zone: str = "UTC"
    country: str | None = None
    subdivision: str | None = None
    sets: tuple[str, ...] = ()
    own_days: tuple[str, ...] = ()

    def is_own(self, day: date) -> bool:
        """Whether the clinic named this day, of one year or of every year."""
        return day.isoformat() in self.own_days or day.strftime("%m-%d") in self.own_days

    def local_date(self, moment: datetime) -> date:
        """The clinic's date at this moment."""
        return self.local_time(moment).date()

    def local_time(self, moment: datetime) -> datetime:
        """This moment by the clinic's clocks."""
        return moment.astimezone(_zone(self.time_zone))

    def day(self, on: date) -> tuple[datetime, datetime]:
        """The first moment of a day of the clinic, and that of the next; where clocks change, of 23 or 25 hours."""
        begin, end = (datetime.combine(d, time(), _zone(self.time_zone)) for d in (on, on + timedelta(days=1)))
        return begin.astimezone(UTC), end.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class PaymentSettings:
    """Version 0 are the defaults, where nobody set any: no limit, no holidays; UTC until the clinic's profile is heard.

    `retry_days`: how many days after the due date a card on file that was declined is charged again. `round_euro_cash`:
    whether euros that are paid in cash are rounded to 5 cents.
    """

    clinic_id: str
    version: int = 0
    refund_limits: tuple[RefundLimit, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    retry_days: tuple[int, ...] = (3, 7)
    accounting: Accounting = field(default_factory=Accounting)
    round_euro_cash: bool = False

    def within(self, time_zone: str) -> Self:
        """The same in this time zone."""
        return replace(self, calendar=replace(self.calendar, time_zone=time_zone))


def exceeds(limits: Iterable[RefundLimit], role: str, payment: Payment, amount: Money) -> bool:
    """Whether this much more is given back only when a second person agrees.

    All that went back of the payment without one counts: nobody stays below the limit by giving back in pieces.
    """
    went = [r for r in payment.refunds if r.status in ("pending", "settled") and r.decided_by is None]
    alone = amount.amount_minor + sum(r.amount.amount_minor for r in went)
    return any(
        alone > limit.amount.amount_minor
        for limit in limits
        if limit.role == role and limit.amount.currency == amount.currency
    )


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
