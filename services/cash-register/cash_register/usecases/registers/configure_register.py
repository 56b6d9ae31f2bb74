"""Decides what a register holds, how exactly it has to agree, and who runs it."""

from cash_register.domain.registers import settings as register_settings
from cash_register.domain.registers.register import begin_settings
from cash_register.domain.registers.settings import RegisterSettings
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change


async def configure_register(unit: Unit, store: Store, wanted: RegisterSettings, change: Change) -> RegisterSettings:
    """All of the settings at once; a day that is open keeps those that it was opened with.

    Raises BusinessError for amounts that do not fit, Conflict for another currency than the open day's.
    """
    before = await store.settings.of(unit.session, wanted.clinic_id, wanted.register_id)
    register = await store.registers.get(unit.session, wanted.clinic_id, wanted.register_id)
    day = await store.days.find(unit.session, register.open_day_id) if register.open_day_id else None
    configured = register_settings.configure(before, wanted, None if day is None else day.currency, change)

    await store.registers.save(unit, [begin_settings(register).state], change)
    await store.settings.save(unit, configured.state, change)
    return configured.state
