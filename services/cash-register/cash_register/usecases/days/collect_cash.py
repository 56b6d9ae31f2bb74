"""Books the cash of payments and refunds: a whole batch with a handful of writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cash_register.domain.days.cash import Cash
from cash_register.domain.registers import register as registers
from cash_register.domain.registers.register import register_key
from cash_register.publishing import said
from cash_register.store.days import Store
from chassis.messaging.outbox import Unit


@dataclass(frozen=True, slots=True)
class Arrival:
    """Cash that was heard of, and the trace of who told."""

    cash: Cash
    traceparent: str | None = None


async def collect_cash(unit: Unit, store: Store, arrivals: Sequence[Arrival], at: datetime) -> None:
    """Known movements are passed over; cash for a register without an open day in its currency waits for one."""
    if not arrivals:
        return
    ids = {arrival.cash.movement_id for arrival in arrivals}
    known = await store.known_movements(unit.session, ids)
    news = [arrival for arrival in arrivals if arrival.cash.movement_id not in known]
    where = {(arrival.cash.clinic_id, arrival.cash.register_id) for arrival in news}
    found = await store.registers(unit.session, where)
    open_ids = [register.open_day_id for register in found.values() if register.open_day_id is not None]
    before = await store.days(unit.session, open_ids)
    open_days = {register_key(day.clinic_id, day.register_id): day for day in before.values()}
    collected = registers.collect([arrival.cash for arrival in news], open_days, known, at)

    after = {recorded.day.day_id: recorded.day for recorded in collected.recorded}
    await store.save_days(unit.session, [(before[day_id].version, day) for day_id, day in after.items()])
    await store.add_movements(unit.session, [recorded.movement for recorded in collected.recorded])
    await store.begin_waiting(unit.session, collected.waiting)
    awaited = {register_key(cash.clinic_id, cash.register_id) for cash in collected.waiting}
    await store.save_registers(unit.session, [registers.awaited(found[key]) for key in sorted(awaited)])

    causes = {arrival.cash.movement_id: arrival.traceparent for arrival in reversed(arrivals)}
    for recorded in collected.recorded:
        unit.say(said(recorded), at=at, traceparent=causes[recorded.movement.movement_id])
