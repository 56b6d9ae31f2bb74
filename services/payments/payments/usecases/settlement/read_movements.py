"""What moved between two moments, read off the journal."""

from datetime import date, datetime

from payments.domain.intake.payment_policy import Calendar
from payments.domain.settlement.movements import Movement, movements
from payments.store import Store
from payments.store.payments import payment_at

PAYMENTS = "pay_"


async def moved_between(store: Store, clinic_id: str, begin: datetime, end: datetime) -> list[Movement]:
    """From `begin` until before `end`, in the order of time. Raises DriverError."""
    moved: list[Movement] = []
    async for after, before in store.revisions.changes(clinic_id, begin, end, PAYMENTS):
        moved += movements(None if before is None else payment_at(before), payment_at(after))
    return sorted(moved, key=lambda movement: (movement.at, movement.payment_id, movement.kind))


async def moved_on(store: Store, clinic_id: str, calendar: Calendar, first: date, last: date) -> list[Movement]:
    """On the clinic's days from `first` to `last`. Raises DriverError."""
    return await moved_between(store, clinic_id, calendar.day(first)[0], calendar.day(last)[1])
