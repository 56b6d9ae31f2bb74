"""What happened to a day, as cash-register says it on `cash-register.days`."""

from typing import assert_never

from cash_register.domain.days.day import Approved, Closed, DayEvent, Opened, Recorded
from contracts.cash_register import CashRecorded, DayClosed, DayOpened, Movement, RegisterDay


def said(event: DayEvent) -> RegisterDay:
    """The event for everybody: the whole day after the change."""
    match event:
        case Opened(day):
            return DayOpened.model_validate(day, from_attributes=True)
        case Recorded(day, movement):
            snapshot = RegisterDay.model_validate(day, from_attributes=True)
            return CashRecorded(**dict(snapshot), movement=Movement.model_validate(movement, from_attributes=True))
        case Closed(day) | Approved(day):
            return DayClosed.model_validate(day, from_attributes=True)
        case _:
            assert_never(event)
