"""A day that should not have been opened is cancelled while it is empty, and its date is free again."""

from dataclasses import replace

from cash_register.domain.days.booking import record
from cash_register.domain.days.day import CashRecorded, Day, DayCancelled, DayEvent, next_state
from cash_register.domain.days.opening import difference
from kernel.change import Change
from kernel.errors import Conflict
from kernel.outcome import Outcome


def cancel(day: Day, change: Change) -> Outcome[Day, DayEvent]:
    """What was booked at its opening is booked back: nothing is deleted. The change's reason says why.

    Raises IllegalTransition for a day that is not open, and Conflict for one that cash has moved on.
    """
    state = next_state(day, "cancel")
    if not day.is_empty:
        raise Conflict("day-not-empty", f"cash has moved on {day.date.isoformat()}: close the day")
    emptied: Outcome[Day, CashRecorded] = Outcome(day)
    if day.opening_variance.amount_minor:
        emptied = record(day, difference(day, -day.opening_variance, change), change)
    after = replace(
        emptied.state,
        state=state,
        version=emptied.state.version + 1,
        cancelled_at=change.at,
        cancelled_by=change.by,
        cancel_reason=change.reason,
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (*emptied.events, DayCancelled(after)))
