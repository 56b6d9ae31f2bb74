"""What is known of a closed day's receipts: what they were paid for, and what they give back.

What is told later changes nothing: who reads the day again reads the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cash_register.domain.days.cash import Movement, payment_movement_id
from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import Reference
from cash_register.domain.exports.receipts import Origin, claimed_minor, returned_id
from cash_register.domain.registers.takings import Allocated, Taking
from cash_register.store import Store
from chassis.database.mongo import Session


@dataclass(frozen=True, slots=True)
class Known:
    """`origins` by payment, `references` by the movement or taking that is given back."""

    origins: Mapping[str, Origin]
    references: Mapping[str, Reference]

    def origin(self, one: Movement | Taking) -> Origin | None:
        return None if one.payment_id is None else self.origins.get(one.payment_id)

    def reference(self, one: Movement | Taking) -> Reference | None:
        """Of a payment that is not on the books nothing is known but its id."""
        id_ = returned_id(one)
        return None if id_ is None else self.references.get(id_, Reference(id_, one.register_id))


async def look_up(store: Store, day: Day, movements: Sequence[Movement], zone: ZoneInfo) -> Known:
    """Of some of a closed day's, in the order of its books."""
    returned = await store.movements.of({id_ for movement in movements if (id_ := returned_id(movement)) is not None})
    if not movements:
        return Known({}, {})
    if day.reckoned:
        first, last = movements[0].version, movements[-1].version
        origins = await store.reckonings.origins(day.day_id, "movements", first, last)
    else:
        assert day.closed_at is not None, "only closed days are read"
        origins = await origins_of_movements(store, movements, day.closed_at)
    return Known(origins, await _references(store, day, returned, zone))


async def look_up_takings(store: Store, day: Day, takings: Sequence[Taking], zone: ZoneInfo) -> Known:
    """As `look_up`; a day that has takings was reckoned."""
    ids = {id_ for one in takings if (id_ := returned_id(one)) is not None}
    returned, moved = await store.takings.of(None, ids), await store.movements.of(ids)
    origins = await store.reckonings.origins(day.day_id, "takings", takings[0].number, takings[-1].number)
    in_cash = await _references(store, day, moved, zone)
    return Known(origins, {**in_cash, **await _taking_references(store, day, returned, zone)})


async def closing_number(store: Store, day: Day) -> int:
    """Days from before there were Z reports are counted backwards from 0: no number is given twice, or ever changes."""
    return day.z_report.number if day.z_report else -(await store.days.closed_without_report_after(day))


async def origins_of_movements(
    store: Store, movements: Sequence[Movement], until: datetime, session: Session | None = None
) -> dict[str, Origin]:
    """By payment, as invoices told until then."""
    paid_ids = {payment_movement_id(one.payment_id) for one in movements if one.payment_id is not None}
    own = {one.movement_id: one for one in movements}
    paid = own | await store.movements.of(paid_ids - own.keys(), session)
    minor = {one.payment_id: claimed_minor(one) for id_, one in paid.items() if one.payment_id and id_ in paid_ids}
    payments = {one.payment_id for one in movements if one.payment_id is not None}
    return await _origins(store, payments, minor, until, session)


async def origins_of_takings(
    store: Store, takings: Sequence[Taking], until: datetime, session: Session | None = None
) -> dict[str, Origin]:
    """As `origins_of_movements`."""
    own = {one.taking_id: one for one in takings}
    paid_ids = {payment_movement_id(one.payment_id) for one in takings}
    paid = own | await store.takings.of(session, paid_ids - own.keys())
    minor = {one.payment_id: one.amount.amount_minor for id_, one in paid.items() if id_ in paid_ids}
    return await _origins(store, {one.payment_id for one in takings}, minor, until, session)


async def _origins(
    store: Store, payment_ids: Collection[str], paid_minor: Mapping[str, int], until: datetime, session: Session | None
) -> dict[str, Origin]:
    accounts = await store.payments.accounts(session, payment_ids)
    allocated = await store.allocations.of(payment_ids, session)
    return {
        id_: Origin(
            paid_minor=paid_minor.get(id_, 0),
            patient_id=accounts[id_][1] if id_ in accounts else None,
            allocated=tuple(
                Allocated(one.invoice_number, one.amount_minor, one.taxed)
                for one in allocated.get(id_, ())
                if one.at <= until
            ),
        )
        for id_ in payment_ids
    }


async def _references(
    store: Store, day: Day, returned: Mapping[str, Movement], zone: ZoneInfo
) -> Mapping[str, Reference]:
    """With the closing that each is in, if it was closed by then."""
    days = await store.days.of(None, sorted({movement.day_id for movement in returned.values()}))
    closings = {id_: await _closing(store, other, day, zone) for id_, other in days.items()}
    nothing = None, None
    return {id_: Reference(id_, one.register_id, *closings.get(one.day_id, nothing)) for id_, one in returned.items()}


async def _taking_references(
    store: Store, day: Day, returned: Mapping[str, Taking], zone: ZoneInfo
) -> Mapping[str, Reference]:
    found: dict[str, Reference] = {}
    for id_, one in returned.items():
        other = await store.days.with_taking(one)
        closing = (None, None) if other is None else await _closing(store, other, day, zone)
        found[id_] = Reference(id_, one.register_id, *closing)
    return found


async def _closing(store: Store, other: Day, day: Day, zone: ZoneInfo) -> tuple[int, datetime] | tuple[None, None]:
    """Number and time of another closing, as this one knows it."""
    assert day.closed_at is not None, "only closed days are read"
    if other.closed_at is None or other.closed_at > day.closed_at:
        return None, None
    return await closing_number(store, other), other.closed_at.astimezone(zone)
