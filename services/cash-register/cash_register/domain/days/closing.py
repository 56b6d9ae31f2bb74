"""A day ends with a count; a second person agrees to what is missing or too much."""

from dataclasses import replace

from cash_register.domain.days.cash import Count
from cash_register.domain.days.day import (
    Day,
    DayApproved,
    DayClosed,
    DayCommand,
    DayEvent,
    demand_currency,
    next_state,
)
from cash_register.domain.days.local_time import LocalTime
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden, IllegalTransition
from kernel.outcome import Outcome


def close(day: Day, count: Count, change: Change, zone: str | None = None) -> Outcome[Day, DayEvent]:
    """The change's reason explains a variance; without one it is not kept. `zone` is the clinic's time zone.

    A day that is closed when its date is over says so.

    Raises IllegalTransition for a day that is not open, BusinessError for a variance that nobody explains.
    """
    state = next_state(day, "close")
    demand_currency(count.total, day.currency, "/counted/currency")
    if count.total != day.expected and change.reason is None:
        raise BusinessError(
            "variance-unexplained", "what was counted is not what is expected: a reason is required", field="/reason"
        )
    after = replace(
        day,
        state=state,
        version=day.version + 1,
        counted=count.total,
        denominations=count.denominations,
        variance_reason=change.reason if count.total != day.expected else None,
        closed_at=change.at,
        closed_by=change.by,
        closed_late=LocalTime(change.at, zone).is_after(day.date),
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (DayClosed(after),))


def approve(day: Day, change: Change) -> Outcome[Day, DayEvent]:
    """All that waits and that somebody else did: the checker is not the maker.

    Raises Conflict for a closed day with nothing that waits, IllegalTransition for any other, and Forbidden for who did
    all of it.
    """
    if not day.awaits:
        if day.state != "closed":
            raise IllegalTransition(day.day_id, day.state, "approve")
        raise Conflict("nothing-to-approve", f"{day.day_id} was closed without a variance that anybody has to approve")
    agreed = [a.command for a in day.awaits if a.maker is None or a.maker.actor_id != change.by.actor_id]
    if not agreed:
        raise Forbidden("maker-is-checker", "who counted a drawer cannot approve its variance")
    after = replace(day, version=day.version + 1, changed_at=change.at, changed_by=change.by)
    for command in agreed:
        after = _agreed(replace(after, state=next_state(after, command)), command, change)
    return Outcome(after, (DayApproved(after),))


def _agreed(day: Day, command: DayCommand, change: Change) -> Day:
    if command == "approve the opening":
        return replace(day, opening_approved_at=change.at, opening_approved_by=change.by)
    return replace(day, approved_at=change.at, approved_by=change.by)
