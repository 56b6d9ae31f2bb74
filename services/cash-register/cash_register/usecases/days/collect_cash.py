"""Books the cash of payments and refunds: a whole batch with a handful of writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cash_register.domain.days.cash import Cash
from cash_register.domain.registers import register as registers
from cash_register.domain.registers.register import Collected, register_key
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.actor import system
from kernel.change import Change

WAITING = system("cash-register")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Cash that was heard of, and the trace of the event that named it."""

    cash: Cash
    traceparent: str | None = None


async def collect_cash(unit: Unit, store: Store, arrivals: Sequence[Arrival], at: datetime) -> Collected:
    """Known movements are passed over; cash for a register without an open day in its currency waits for one."""
    known = await store.movements.known(unit.session, {arrival.cash.movement_id for arrival in arrivals})
    known |= await store.waiting.known(unit.session, {arrival.cash.movement_id for arrival in arrivals})
    news = [arrival.cash for arrival in arrivals if arrival.cash.movement_id not in known]
    found = await store.registers.of(unit.session, {(cash.clinic_id, cash.register_id) for cash in news})
    open_ids = [register.open_day_id for register in found.values() if register.open_day_id is not None]
    before = await store.days.of(unit.session, open_ids)
    collected = registers.collect(news, before.values(), known, at)
    waiting = collected.state.waiting
    awaited = sorted({register_key(cash.clinic_id, cash.register_id) for cash in waiting})

    await store.days.save(unit, collected.events)
    await store.movements.add(unit, collected.events)
    await store.waiting.begin(unit, waiting)
    await store.registers.save(
        unit, [registers.begin_waiting(found[key]).state for key in awaited], Change(at, WAITING)
    )
    causes = {arrival.cash.movement_id: arrival.traceparent for arrival in reversed(arrivals)}
    for recorded in collected.events:
        publish(unit, [recorded], causes[recorded.movement.movement_id])
    return collected.state
