"""Who counts a drawer does not know what should be in it, or they would count that."""

from cash_register.api.dependencies import Dependencies
from cash_register.api.schemas.days import DayView
from cash_register.domain.days.day import Day
from chassis.http.auth import Principal


def counts_blind(caller: Principal) -> bool:
    """Whether the caller is at the desk, and nobody who oversees it."""
    return not caller.may("billing_manager", "auditor")


async def day_view(deps: Dependencies, day: Day, caller: Principal) -> DayView:
    """The day as it is now at the clinic, as far as the caller may know it."""
    return DayView.of(day, await deps.now(day.clinic_id), blind=counts_blind(caller))
