"""Registers with their settings, and the day that is open."""

from collections.abc import Sequence
from dataclasses import dataclass

from cash_register.domain.days.day import Day
from cash_register.domain.registers.register import Register
from cash_register.domain.registers.settings import RegisterSettings
from cash_register.store import Store
from chassis.database.paging import Page, PageRequest
from kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class RegisterShown:
    """`day` is the one that is open."""

    settings: RegisterSettings
    day: Day | None


async def show_register(store: Store, clinic_id: str, register_id: str) -> RegisterShown:
    """Raises NotFound for one that nobody configured or used."""
    register = await store.registers.get(None, clinic_id, register_id)
    if register.version == 0:
        raise NotFound("register-not-found", "this clinic has no such register")
    [shown] = await _shown(store, [register])
    return shown


async def list_registers(store: Store, clinic_id: str, request: PageRequest) -> Page[RegisterShown]:
    """Of a clinic, by their ids, also those that were used without being configured."""
    page = await store.registers.page(clinic_id, request)
    return Page(items=await _shown(store, page.items), next_cursor=page.next_cursor)


async def _shown(store: Store, registers: Sequence[Register]) -> list[RegisterShown]:
    """Of one clinic."""
    if not registers:
        return []
    settings = await store.settings.of_each(None, registers[0].clinic_id, [r.register_id for r in registers])
    days = await store.days.of(None, [r.open_day_id for r in registers if r.open_day_id is not None])
    return [
        RegisterShown(decided, days.get(register.open_day_id or ""))
        for register, decided in zip(registers, settings, strict=True)
    ]
