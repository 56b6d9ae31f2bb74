"""Opens a register's day with what the last close left, and books what waited for one."""

from cash_register.domain.days import booking, opening
from cash_register.domain.days.day import Day, day_id_of
from cash_register.domain.days.opening import DayTerms, OpenDay
from cash_register.domain.registers import register as registers
from cash_register.domain.registers.settings import RegisterSettings
from cash_register.domain.signing.progress import SigningProgress
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change


async def open_day(unit: Unit, store: Store, command: OpenDay, change: Change, *, signed: bool = False) -> Day:
    """The change's reason explains a float that is not what was left. `signed`: a device signs what is booked.

    Raises Conflict while a day of the register is open, or for a date that had its; BusinessError for another date than
    today's, for bad money or coins, and for a difference without a reason; Forbidden for who does not run the register.
    """
    settings = await _settings(unit, store, command, change)
    register = await store.registers.get(unit.session, command.clinic_id, command.register_id)
    before = await store.days.find(unit.session, day_id_of(command.clinic_id, command.register_id, command.date))
    opening.demand_free(before, command.date)
    opened = opening.open_day(command, change, await _terms(unit, store, settings, command, before))
    begun = registers.begin_day(register, opened.state.day_id)
    waiting = await store.waiting.of(unit.session, command.clinic_id, command.register_id, command.currency)
    recorded = booking.record_waiting(opened.state, waiting, change.at)
    events = [*opened.events, *recorded.events]

    await store.registers.save(unit, [begun.state], change)
    await store.days.save(unit, events)
    await store.movements.add(unit, events)
    await store.waiting.end(unit, [event.movement.movement_id for event in recorded.events])
    if signed:
        await _begin_signing(unit, store, recorded.state)
    publish(unit, events)
    return recorded.state


async def _begin_signing(unit: Unit, store: Store, day: Day) -> None:
    before = await store.signing.of(unit.session, day.day_id)
    fresh = SigningProgress(
        day_id=day.day_id, clinic_id=day.clinic_id, register_id=day.register_id, currency=day.currency
    )
    await store.signing.save(unit, fresh if before is None else before.reopened(day.currency))


async def _settings(unit: Unit, store: Store, command: OpenDay, change: Change) -> RegisterSettings:
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    settings.demand_currency(command.currency)
    settings.demand_denominations(command.count)
    return settings


async def _terms(
    unit: Unit, store: Store, settings: RegisterSettings, command: OpenDay, cancelled: Day | None
) -> DayTerms:
    last = await store.days.last_closed(unit.session, command.clinic_id, command.register_id, command.currency)
    return DayTerms(
        zone=await store.clinics.zone_of(unit.session, command.clinic_id),
        tolerance=settings.tolerance,
        most_cash=settings.most_cash,
        left=None if last is None else last.left,
        cancelled=cancelled,
    )
