"""Tells of deposits that are used, as soon as it is known that the Z report of their payment does not.

A payment and its invoices come over different topics, in any order, and neither can wait for the other: so each
allocation is looked at until the Z report of its payment is out.
"""

from collections import defaultdict
from collections.abc import Collection
from functools import partial

from cash_register.domain.days.cash import payment_movement_id
from cash_register.domain.exports.heard import CashAllocation
from cash_register.domain.exports.reckoning import Books
from cash_register.domain.registers import register as registers
from cash_register.domain.registers.deposits import ReportedPayment, use_id
from cash_register.store import Store
from cash_register.usecases.registers.collect_takings import HEARD
from chassis.messaging.outbox import Outbox, Unit
from kernel.change import Change
from kernel.clock import Clock

AT_ONCE = 500


class DepositUser:
    """Work for a `LeasedWorker`: allocations of which it is not known yet whether a Z report tells of them."""

    def __init__(self, outbox: Outbox, store: Store, clock: Clock) -> None:
        self._outbox, self._store, self._clock = outbox, store, clock

    async def __call__(self) -> bool:
        """Whether there was something to look at; what is not known yet is looked at later, and ever less often."""
        now = self._clock()
        due = await self._store.allocations.due(now, AT_ONCE)
        if not due:
            return False
        reported = await _reported(self._store, {one.allocation.payment_id for one in due})
        await self._store.allocations.put_off([one for one in due if one.allocation.payment_id not in reported], now)
        settled: list[CashAllocation] = []
        for one in (one.allocation for one in due if one.allocation.payment_id in reported):
            payment = reported[one.payment_id]
            if payment.tells_of(one):
                settled.append(one)
            else:
                await self._outbox.transact(partial(self._use, one=one, payment=payment))
        if settled:
            await self._outbox.transact(partial(self._store.allocations.settle, settled=settled))
        return True

    async def _use(self, unit: Unit, one: CashAllocation, payment: ReportedPayment) -> None:
        allocated = await self._store.allocations.of([one.payment_id], unit.session)
        before = await self._store.takings.of(unit.session, [use_id(other) for other in allocated[one.payment_id]])
        used = payment.use(one, before.values(), HEARD)
        await self._store.allocations.settle(unit, [one])
        if used is None:
            return
        change = Change(self._clock(), HEARD)
        register = await self._store.registers.get(unit.session, used.clinic_id, used.register_id)
        after, numbered = registers.take(register, [used])
        await self._store.registers.save(unit, [after], change)
        await self._store.takings.add(unit, numbered, change)


async def _reported(store: Store, payment_ids: Collection[str]) -> dict[str, ReportedPayment]:
    """By payment: none whose day is open or not reckoned, and none that is on the books of no register."""
    ids = {payment_movement_id(id_) for id_ in payment_ids}
    movements = await store.movements.of(ids)
    takings = await store.takings.of(None, ids - movements.keys())
    days = await store.days.of(None, sorted({one.day_id for one in movements.values()}))
    places: defaultdict[tuple[str, Books], dict[str, tuple[int, str, str]]] = defaultdict(dict)
    for moved in movements.values():
        if moved.payment_id is not None and days[moved.day_id].reckoned:
            at = moved.version, moved.register_id, moved.amount.currency
            places[moved.day_id, "movements"][moved.payment_id] = at
    for taken in takings.values():
        day = await store.days.with_taking(taken)
        if day is not None and day.reckoned:
            places[day.day_id, "takings"][taken.payment_id] = taken.number, taken.register_id, taken.amount.currency
    found: dict[str, ReportedPayment] = {}
    for (day_id, books), own in places.items():
        numbers = [number for number, _, _ in own.values()]
        origins = await store.reckonings.origins(day_id, books, min(numbers), max(numbers))
        found |= {
            id_: ReportedPayment(register_id, currency, origins[id_])
            for id_, (_, register_id, currency) in own.items()
            if id_ in origins
        }
    return found
