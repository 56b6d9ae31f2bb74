"""How cards on file are charged: what the operator sets, and which days a clinic works."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from payments.domain.intake.payment_policy import Calendar
from payments.usecases.ports import WorkingDays


@dataclass(frozen=True, slots=True)
class ChargeTerms:
    """`notice`: how long before a charge it is announced to the patient, in whole days; `hour`: of the clinic's day.

    `plan_every`: how often it is looked what falls due.
    """

    working_days: WorkingDays
    notice: timedelta
    hour: int
    plan_every: timedelta

    def moment(self, calendar: Calendar, on: date) -> datetime:
        """When cards are charged on a day of the clinic."""
        begin, _ = calendar.day(on)
        return begin + timedelta(hours=self.hour)
