"""Cash into or out of an open drawer at the desk: change fetched from the bank, a courier paid."""

from dataclasses import dataclass
from datetime import date, datetime

from cash_register.domain.days import day as days
from cash_register.domain.days.cash import Cash, Desk, signed
from cash_register.domain.days.day import Recorded
from cash_register.publishing import said
from cash_register.store.days import Store
from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.ids import new_id
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class MoveCash:
    """`amount` is positive, whichever way it goes."""

    clinic_id: str
    register_id: str
    date: date
    kind: Desk
    amount: Money
    reason: str


async def move_cash(unit: Unit, store: Store, command: MoveCash, at: datetime, by: Actor) -> Recorded:
    """Raises NotFound, IllegalTransition for a day that is not open, BusinessError for a bad amount or currency."""
    day = await store.day(unit.session, command.clinic_id, command.register_id, command.date)
    cash = Cash(
        movement_id=new_id("mov"),
        clinic_id=day.clinic_id,
        register_id=day.register_id,
        kind=command.kind,
        amount=signed(command.kind, command.amount, "/amount/amount_minor"),
        reason=command.reason,
        at=at,
        by=by,
    )
    recorded = days.record(day, cash, at)
    await store.save_days(unit.session, [(day.version, recorded.day)])
    await store.add_movements(unit.session, [recorded.movement])
    unit.say(said(recorded), at=at)
    return recorded
