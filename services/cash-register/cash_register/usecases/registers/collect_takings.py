"""Books what was taken at registers beside cash: it is in the next Z report of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cash_register.domain.days.cash import payment_movement_id
from cash_register.domain.registers import register as registers
from cash_register.domain.registers.register import register_key
from cash_register.domain.registers.takings import Taking
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.actor import system
from kernel.change import Change

HEARD = system("cash-register")


async def collect_takings(unit: Unit, store: Store, heard: Sequence[Taking], at: datetime) -> None:
    """Each once. Where no register is named (empty), it is the payment's, or the only one that the clinic has.

    At a clinic with several, what names none is of no register, and in no Z report.
    """
    if not heard:
        return
    paid_ids = {payment_movement_id(one.payment_id) for one in heard}
    booked = await store.takings.of(unit.session, paid_ids | {one.taking_id for one in heard})
    news = {one.taking_id: one for one in heard if one.taking_id not in booked}
    only = await store.registers.only_of(unit.session, {one.clinic_id for one in news.values() if not one.register_id})
    placed = list(_placed(news.values(), booked, only))
    found = await store.registers.of(unit.session, {(one.clinic_id, one.register_id) for one in placed})
    change = Change(at, HEARD)
    for key, register in found.items():
        own = [one for one in placed if register_key(one.clinic_id, one.register_id) == key]
        after, numbered = registers.take(register, own)
        await store.registers.save(unit, [after], change)
        await store.takings.add(unit, numbered, change)


def _placed(news: Iterable[Taking], booked: Mapping[str, Taking], only: Mapping[str, str]) -> Iterable[Taking]:
    """With their registers. What is given back is so where it was paid, if not otherwise."""
    places = {id_: taking.register_id for id_, taking in booked.items()}
    for taking in news:
        paid_at = places.get(payment_movement_id(taking.payment_id))
        register_id = taking.register_id or paid_at or only.get(taking.clinic_id)
        if register_id is not None:
            places[taking.taking_id] = register_id
            yield replace(taking, register_id=register_id)
