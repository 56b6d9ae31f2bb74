"""What is known of movements when their day is closed: what they were paid for, and what they give back.

What is told later changes nothing: who reads the day again reads the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cash_register.domain.days.cash import Movement, payment_movement_id
from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import Reference
from cash_register.domain.exports.receipts import Allocated, Origin, claimed_minor, returned_id
from cash_register.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """`origins` by payment, `references` by the movement that is given back."""

    origins: Mapping[str, Origin]
    references: Mapping[str, Reference]

    def origin(self, movement: Movement) -> Origin | None:
        return None if movement.payment_id is None else self.origins[movement.payment_id]

    def reference(self, movement: Movement) -> Reference | None:
        """Of a payment that is not on the books nothing is known but its id."""
        id_ = returned_id(movement)
        return None if id_ is None else self.references.get(id_, Reference(id_, movement.register_id))


async def look_up(store: Store, day: Day, movements: Sequence[Movement], zone: ZoneInfo) -> Known:
    """Of some of a closed day's."""
    returned = await store.movements.of({id_ for movement in movements if (id_ := returned_id(movement)) is not None})
    by_id = returned | {movement.movement_id: movement for movement in movements}
    payments = {movement.payment_id for movement in movements if movement.payment_id is not None}
    return Known(await _origins(store, day, payments, by_id), await _references(store, day, returned, zone))


async def closing_number(store: Store, day: Day) -> int:
    """Days from before there were Z reports are counted backwards from 0: no number is given twice, or ever changes."""
    return day.z_report.number if day.z_report else -(await store.days.closed_without_report_after(day))


async def _origins(
    store: Store, day: Day, payment_ids: set[str], by_id: Mapping[str, Movement]
) -> Mapping[str, Origin]:
    assert day.closed_at is not None, "only closed days are read"
    accounts = await store.payments.accounts(None, payment_ids)
    allocated = await store.allocations.of(payment_ids)
    origins: dict[str, Origin] = {}
    for id_ in payment_ids:
        paid = by_id.get(payment_movement_id(id_))
        origins[id_] = Origin(
            paid_minor=claimed_minor(paid) if paid else 0,
            patient_id=accounts[id_][1] if id_ in accounts else None,
            allocated=tuple(
                Allocated(one.invoice_number, one.amount_minor, one.taxed)
                for one in allocated.get(id_, ())
                if one.at <= day.closed_at
            ),
        )
    return origins


async def _references(
    store: Store, day: Day, returned: Mapping[str, Movement], zone: ZoneInfo
) -> Mapping[str, Reference]:
    """With the closing that each is in, if it was closed by then."""
    assert day.closed_at is not None, "only closed days are read"
    days = await store.days.of(None, sorted({movement.day_id for movement in returned.values()}))
    closed_at = {
        id_: other.closed_at.astimezone(zone)
        for id_, other in days.items()
        if other.closed_at is not None and other.closed_at <= day.closed_at
    }
    numbers = {id_: await closing_number(store, days[id_]) for id_ in closed_at}
    return {
        id_: Reference(id_, one.register_id, numbers.get(one.day_id), closed_at.get(one.day_id))
        for id_, one in returned.items()
    }
