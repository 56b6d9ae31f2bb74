"""A day ends with a count and its Z report; a second person agrees to what is missing or too much."""

from dataclasses import dataclass, field, replace

from cash_register.domain.days.cash import Count
from cash_register.domain.days.day import (
    Approval,
    Day,
    DayApproved,
    DayClosed,
    DayEvent,
    DayReckoned,
    demand_currency,
    next_state,
)
from cash_register.domain.days.local_time import LocalTime
from cash_register.domain.days.tally import Tally
from cash_register.domain.days.totals import TakenUnderVat, ZReport, totals_of
from cash_register.domain.registers.takings import Takings
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden, IllegalTransition
from kernel.money import Money
from kernel.outcome import Outcome


@dataclass(frozen=True, slots=True)
class CloseTerms:
    """What a day is closed by: the clinic's time zone, and where the register's Z reports stand.

    `turnover_before` is the register's in the day's currency, None for nothing. `tally` is that of the movements, for a
    day that did not add them up itself. `takings` are what was taken at the register beside cash, in the day's
    currency. `taken_under_vat` is None where that is reckoned after the close. `counted_blind` as of a `Day`.
    """

    zone: str | None = None
    z_number: int = 1
    turnover_before: Money | None = None
    tally: Tally = field(default_factory=Tally)
    takings: Takings | None = None
    taken_under_vat: tuple[TakenUnderVat, ...] | None = None
    counted_blind: bool | None = None


FIRST = CloseTerms()
"""Of the first day of a register."""


def close(
    day: Day, count: Count, change: Change, terms: CloseTerms = FIRST, deposit: Money | None = None
) -> Outcome[Day, DayEvent]:
    """`deposit` is what of the count goes to the bank; the rest stays as the next day's float.

    The change's reason explains a variance; without one it is not kept. A day that is closed when its date is over
    says so. Raises IllegalTransition for a day that is not open, BusinessError for a variance that nobody explains, and
    for a deposit of more than was counted.
    """
    state = next_state(day, "close")
    demand_currency(count.total, day.currency, "/counted/currency")
    _demand_deposit(deposit, count, day.currency)
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
        deposit=deposit,
        takings=None if terms.takings is None else terms.takings.unreported,
        z_report=_z_report(day, terms),
        reckoned=terms.taken_under_vat is not None,
        variance_reason=change.reason if count.total != day.expected else None,
        closed_at=change.at,
        closed_by=change.by,
        counted_blind=terms.counted_blind,
        closed_late=LocalTime(change.at, terms.zone).is_after(day.date),
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (DayClosed(after),))


def _demand_deposit(deposit: Money | None, count: Count, currency: str) -> None:
    if deposit is None:
        return
    demand_currency(deposit, currency, "/deposit/currency")
    if not 0 <= deposit.amount_minor <= count.total.amount_minor:
        raise BusinessError(
            "not-enough-cash", "a deposit is nothing, or at most what was counted", field="/deposit/amount_minor"
        )


def _z_report(day: Day, terms: CloseTerms) -> ZReport:
    tally, others = day.tally or terms.tally, () if terms.takings is None else terms.takings.by_method
    totals = totals_of(tally, day.currency, others, terms.taken_under_vat)
    before = Money(0, day.currency) if terms.turnover_before is None else terms.turnover_before
    return ZReport(number=terms.z_number, totals=totals, grand_total=before + totals.turnover)


def reckon(day: Day, taken_under_vat: tuple[TakenUnderVat, ...], change: Change) -> Outcome[Day, DayEvent]:
    """The Z report of a day that was closed without it tells the VAT of what was taken. Nothing else changes."""
    assert day.z_report is not None, "only what was closed with a report is reckoned"
    totals = replace(day.z_report.totals, taken_under_vat=taken_under_vat)
    after = replace(
        day,
        version=day.version + 1,
        z_report=replace(day.z_report, totals=totals),
        reckoned=True,
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (DayReckoned(after),))


def approve(day: Day, change: Change) -> Outcome[Day, DayEvent]:
    """All that waits and that somebody else did: the checker is not the maker. The change's reason is why they agree.

    Raises Conflict for a closed day with nothing that waits, IllegalTransition for any other, and Forbidden for who did
    all of it.
    """
    if not day.awaits:
        if day.state != "closed":
            raise IllegalTransition(day.day_id, day.state, "approve")
        raise Conflict("nothing-to-approve", f"{day.day_id} was closed without a variance that anybody has to approve")
    agreed = [a for a in day.awaits if a.maker is None or a.maker.actor_id != change.by.actor_id]
    if not agreed:
        raise Forbidden("maker-is-checker", "who counted a drawer cannot approve its variance")
    after = replace(day, version=day.version + 1, changed_at=change.at, changed_by=change.by)
    for approval in agreed:
        after = _agreed(replace(after, state=next_state(after, approval.command)), approval, change)
    return Outcome(after, (DayApproved(after, change.reason),))


def _agreed(day: Day, approval: Approval, change: Change) -> Day:
    match approval.command:
        case "approve the opening":
            return replace(day, opening_approved_at=change.at, opening_approved_by=change.by)
        case "approve a handover":
            handovers = tuple(
                replace(h, approved_at=change.at, approved_by=change.by) if h.number == approval.handover else h
                for h in day.handovers
            )
            return replace(day, handovers=handovers)
        case "approve the close":
            return replace(day, approved_at=change.at, approved_by=change.by)
