"""Cash that somebody moves at the desk, and what takes it back: a counter-entry, since nothing is ever deleted."""

from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Cash, Movement, MovementKind
from cash_register.domain.days.categories import DESK_CATEGORIES
from cash_register.domain.days.day import CashRecorded, Day
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.ids import derived_id
from kernel.outcome import Outcome


def move(day: Day, cash: Cash, change: Change) -> Outcome[Day, CashRecorded]:
    """Raises as `record`, and BusinessError for more than there is in the drawer.

    Cash that was paid a moment ago, and not heard of yet, is not there yet.
    """
    outcome = record(day, cash, change)
    if cash.amount.amount_minor < 0 and outcome.state.expected.amount_minor < 0:
        raise BusinessError("not-enough-cash", "this is more than there is in the drawer", field="/amount/amount_minor")
    return outcome


def counter(day: Day, movement: Movement, change: Change) -> Outcome[Day, CashRecorded]:
    """The same cash the other way, on the day that is open. The change's reason says why.

    Raises Conflict for what was not moved at the desk: a payment is refunded, a difference counted again; and for a
    counter-entry. Raises as `move` as well.
    """
    if movement.category not in (None, *DESK_CATEGORIES) or movement.kind not in _OPPOSITE:
        raise Conflict("not-countered", f"{movement.movement_id} was not moved at the desk")
    if movement.counters is not None:
        raise Conflict("not-countered", f"{movement.movement_id} is a counter-entry: book the movement again")
    entry = Cash(
        movement_id=counter_entry_id(movement.movement_id),
        clinic_id=movement.clinic_id,
        register_id=movement.register_id,
        kind=_OPPOSITE[movement.kind],
        category=movement.category,
        amount=-movement.amount,
        voucher=movement.voucher,
        vat_rate=movement.vat_rate,
        counters=movement.movement_id,
        reason=change.reason,
        at=change.at,
        by=change.by,
    )
    return move(day, entry, change)


def counter_entry_id(movement_id: str) -> str:
    """A movement has one counter-entry."""
    return derived_id("mov", "counter", movement_id)


_OPPOSITE: dict[MovementKind, MovementKind] = {"pay_in": "pay_out", "pay_out": "pay_in"}
