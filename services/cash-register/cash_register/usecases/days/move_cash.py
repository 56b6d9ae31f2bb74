"""Cash into or out of an open drawer at the desk: change fetched from the bank, a courier paid."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days import desk
from cash_register.domain.days.cash import Cash, DeskMovementKind, Voucher, signed
from cash_register.domain.days.categories import DeskCategory, demand_category
from cash_register.domain.days.day import CashRecorded
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.ids import new_id
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class MoveCash:
    """`amount` is positive, whichever way it goes."""

    clinic_id: str
    register_id: str
    date: date
    kind: DeskMovementKind
    amount: Money
    category: DeskCategory = "other"
    voucher: Voucher | None = None
    vat_rate: str | None = None


async def move_cash(unit: Unit, store: Store, command: MoveCash, change: Change) -> CashRecorded:
    """The day and the movement. The change's reason is the movement's.

    Raises NotFound, IllegalTransition for a day that is not open, BusinessError for a bad amount or currency, a
    category that does not fit, and more than there is in the drawer; Forbidden for who does not run the register.
    """
    demand_category(command.kind, command.category, command.voucher, command.vat_rate)
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    day = await store.days.get(unit.session, command.clinic_id, command.register_id, command.date)
    cash = Cash(
        movement_id=new_id("mov"),
        clinic_id=day.clinic_id,
        register_id=day.register_id,
        kind=command.kind,
        category=command.category,
        amount=signed(command.kind, command.amount, "/amount/amount_minor"),
        voucher=command.voucher,
        vat_rate=command.vat_rate,
        reason=change.reason,
        at=change.at,
        by=change.by,
    )
    outcome = desk.move(day, cash, change)
    [recorded] = outcome.events

    await store.days.save(unit, outcome.events)
    await store.movements.add(unit, outcome.events)
    publish(unit, outcome.events)
    return recorded
