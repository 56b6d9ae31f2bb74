"""A day ends with a count; a second person agrees to what is missing or too much."""

from dataclasses import replace

from cash_register.domain.days.cash import Count
from cash_register.domain.days.day import Day, DayApproved, DayClosed, DayEvent, demand_currency, next_state
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden
from kernel.outcome import Outcome


def close(day: Day, count: Count, change: Change) -> Outcome[Day, DayEvent]:
    """The change's reason explains a variance; without one it is not kept.

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
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (DayClosed(after),))


def approve(day: Day, change: Change) -> Outcome[Day, DayEvent]:
    """The checker is not the maker.

    Raises IllegalTransition unless the day is closed and not yet approved, Conflict for a variance within tolerance,
    and Forbidden for the person who closed it.
    """
    state = next_state(day, "approve")
    if day.tolerates(day.variance):
        raise Conflict("nothing-to-approve", f"{day.day_id} was closed without a variance that anybody has to approve")
    if day.closed_by is not None and day.closed_by.actor_id == change.by.actor_id:
        raise Forbidden("maker-is-checker", "who closed a day cannot approve its variance")
    after = replace(
        day,
        state=state,
        version=day.version + 1,
        approved_at=change.at,
        approved_by=change.by,
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (DayApproved(after),))
