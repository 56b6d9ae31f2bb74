"""Cash that moved goes on the books of the open day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from cash_register.domain.days.cash import MAX_DRAWER_MINOR, Cash, Movement
from cash_register.domain.days.day import CashRecorded, Day, demand_currency, next_state
from kernel.change import Change
from kernel.errors import BusinessError
from kernel.money import Money, written
from kernel.outcome import Outcome


def record(day: Day, cash: Cash, change: Change, *, late: bool = False) -> Outcome[Day, CashRecorded]:
    """Raises IllegalTransition for a day that is not open, BusinessError for cash that it does not take.

    What was paid and refunded has happened, and is booked whatever there should be in the drawer. It is late when it
    moved before the day was opened, and where the caller says so.
    """
    state = next_state(day, "record cash")
    demand_currency(cash.amount, day.currency, "/amount/currency")
    if not day.takes(cash):
        most = written(Money(MAX_DRAWER_MINOR, day.currency))
        raise BusinessError("amount-out-of-range", f"a day moves at most {most}", field="/amount")
    late = late or cash.at < day.opened_at
    into = cash.amount.amount_minor > 0
    movement = _booked(cash, day, late)
    after = replace(
        day,
        state=state,
        version=movement.version,
        cash_in=day.cash_in + cash.amount if into else day.cash_in,
        cash_out=day.cash_out if into else day.cash_out - cash.amount,
        movement_count=day.movement_count + 1,
        late_count=day.late_count + late,
        tally=None if day.tally is None else day.tally.plus(movement),
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (CashRecorded(after, movement),))


def record_waiting(day: Day, waiting: Iterable[Cash], at: datetime) -> Outcome[Day, CashRecorded]:
    """What waited and the day takes, one after the other. Raises IllegalTransition for a day that is not open."""
    outcome: Outcome[Day, CashRecorded] = Outcome(day)
    for cash in waiting:
        if outcome.state.takes(cash):
            outcome = outcome.then(partial(record, cash=cash, change=Change(at, cash.by), late=True))
    return outcome


def _booked(cash: Cash, day: Day, late: bool) -> Movement:
    """As the change that makes the day's next version."""
    return Movement(
        movement_id=cash.movement_id,
        clinic_id=cash.clinic_id,
        register_id=cash.register_id,
        kind=cash.kind,
        category=cash.category,
        amount=cash.amount,
        payment_id=cash.payment_id,
        receipt_number=cash.receipt_number,
        invoice_id=cash.invoice_id,
        tendered=cash.tendered,
        change=cash.change,
        rounding=cash.rounding,
        voucher=cash.voucher,
        vat_rate=cash.vat_rate,
        counters=cash.counters,
        reason=cash.reason,
        at=cash.at,
        by=cash.by,
        day_id=day.day_id,
        version=day.version + 1,
        late=late,
    )
