"""Who counts a drawer does not know what should be in it, or they would count that."""

from cash_register.api.dependencies import Dependencies
from cash_register.api.schemas.days import DayView
from cash_register.domain.days.day import Day
from chassis.http.auth import Principal
from kernel.errors import Forbidden


def counts_blind(caller: Principal, day: Day) -> bool:
    """Whether the caller runs the drawer of an open day: at the desk, or as a billing manager who counted it before."""
    if day.status != "open" or not caller.may("front_desk"):
        return False
    return not caller.may("billing_manager") or day.is_run_by(caller.actor().actor_id)


async def day_view(deps: Dependencies, day: Day, caller: Principal) -> DayView:
    """The day as it is now at the clinic, as far as who reads it may know it: what they are told is noted."""
    return DayView.of(day, await deps.now(day.clinic_id), blind=not await sees_expected(deps, day, caller))


async def command_view(deps: Dependencies, day: Day) -> DayView:
    """The day after what somebody did to it: nobody has to know what should be in the drawer for that."""
    return DayView.of(day, await deps.now(day.clinic_id), blind=True)


async def sees_expected(deps: Dependencies, day: Day, caller: Principal) -> bool:
    """Whether the caller is told what should be in the drawer. It is noted of who may count it later."""
    if counts_blind(caller, day):
        return False
    if day.status == "open" and caller.may("front_desk"):
        await deps.store.looks.note(day, caller.actor().actor_id, deps.clock())
    return True


async def demand_not_blind(deps: Dependencies, day: Day, caller: Principal) -> None:
    """As `sees_expected`. Raises Forbidden for who counts blind."""
    if not await sees_expected(deps, day, caller):
        raise Forbidden("count-is-blind", "who opened or counted this drawer is told what is expected at the close")
