"""Two people on one drawer in a day: a count between them, with a variance of its own, without closing."""

from dataclasses import replace

from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Count
from cash_register.domain.days.day import (
    CashRecorded,
    Day,
    DayEvent,
    DrawerCounted,
    Handover,
    demand_currency,
    next_state,
)
from cash_register.domain.days.opening import difference
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.outcome import Outcome

MOST_HANDOVERS = 50
"""A day: beyond it somebody hands a drawer to and fro."""


def hand_over(
    day: Day, count: Count, taken_over_by: str | None, change: Change, *, blind: bool | None = None
) -> Outcome[Day, DayEvent]:
    """A count that is not what is expected is booked as a difference, which the change's reason explains.

    So the next person answers for what they were given, and not for what was missing before. `blind` is whether who
    counted had not been told what is expected. Raises IllegalTransition
    for a day that is not open, BusinessError for a difference that nobody explains, Conflict for too many handovers.
    """
    state = next_state(day, "hand over")
    demand_currency(count.total, day.currency, "/counted/currency")
    if len(day.handovers) == MOST_HANDOVERS:
        raise Conflict("too-many-handovers", f"a day has at most {MOST_HANDOVERS}")
    variance = count.total - day.expected
    if variance.amount_minor and change.reason is None:
        raise BusinessError(
            "variance-unexplained", "what was counted is not what is expected: a reason is required", field="/reason"
        )
    handover = Handover(
        number=len(day.handovers) + 1,
        at=change.at,
        by=change.by,
        taken_over_by=taken_over_by,
        expected=day.expected,
        counted=count.total,
        denominations=count.denominations,
        reason=change.reason if variance.amount_minor else None,
        counted_blind=blind,
    )
    booked: Outcome[Day, CashRecorded] = Outcome(day)
    if variance.amount_minor:
        booked = record(day, difference(day, variance, change), change)
    after = replace(
        booked.state,
        state=state,
        version=booked.state.version + 1,
        handovers=(*day.handovers, handover),
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (*booked.events, DrawerCounted(after)))
