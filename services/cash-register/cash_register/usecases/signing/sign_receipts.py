"""Signs receipts one after the other, after they were booked: a device that is slow or broken holds up no booking.

That a device is being asked is written before it is, and its answer afterwards. A receipt whose answer was lost, with
the process that waited for it, is told as one that was not signed: nobody knows whether it was, and asked a second time
the device would have two transactions for it. Its own log says which.
"""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import structlog

from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import NotSigned, Receipt, Signed
from cash_register.domain.exports.process_data import PROCESS_TYPE, process_data
from cash_register.domain.exports.receipts import closing_receipts, movement_receipt, opening_receipt, taking_receipt
from cash_register.domain.registers.register import Register, register_key
from cash_register.domain.registers.takings import TakingRange, takings_in
from cash_register.domain.signing.progress import Part, SigningProgress, ToSign
from cash_register.domain.signing.signature import signature_of
from cash_register.store import Store
from cash_register.usecases.exports.look_up import origins_of_movements, origins_of_takings
from cash_register.usecases.exports.ports import Tse
from chassis.failpoints import crossing
from chassis.messaging.outbox import Outbox, Unit
from kernel.actor import system
from kernel.change import Change
from kernel.clock import Clock
from kernel.currencies import PLACES

log = structlog.get_logger(__name__)
AT_ONCE = 20
"""Of one day, before the others have their turn."""
UNKNOWN = "Antwort der TSE unbekannt: der Vorgang wurde unterbrochen"
SIGNER = system("cash-register")
_ANYWHERE = ZoneInfo("UTC")


class Signer:
    """Work for a `LeasedWorker`: some receipts of each day that is not signed to its end."""

    def __init__(self, outbox: Outbox, store: Store, tse: Tse, clock: Clock) -> None:
        self._outbox, self._store, self._tse, self._clock = outbox, store, tse, clock
        self._seen: dict[str, tuple[int, int]] = {}

    async def __call__(self) -> bool:
        """Whether there was something to sign. Raises Conflict where another instance signs as well."""
        unfinished = await self._store.signing.unfinished()
        days = await self._store.days.of(None, [progress.day_id for progress in unfinished])
        registers = await self._store.registers.of(None, {(one.clinic_id, one.register_id) for one in unfinished})
        worked = False
        for progress in unfinished:
            day, register = days[progress.day_id], registers[register_key(progress.clinic_id, progress.register_id)]
            news = (day.version, register.version)
            if progress.asked is None and self._seen.get(day.day_id) == news:
                continue
            if await self._sign_some(day, register, progress):
                worked = True
            else:
                self._seen[day.day_id] = news
        self._seen = {id_: self._seen[id_] for id_ in days if id_ in self._seen}
        return worked

    async def _sign_some(self, day: Day, register: Register, progress: SigningProgress) -> bool:
        """Whether there may be more."""
        if progress.asked is not None:
            lost = NotSigned(UNKNOWN, PROCESS_TYPE, progress.asked.process_data)
            progress = await self._keep(day, progress, progress.asked, lost)
        count = 0
        async for one in self._next(day, register, progress):
            if count == AT_ONCE:
                return True
            progress, count = await self._sign(day, progress, one), count + 1
        if day.state != "open":
            ended = progress.ended()
            await self._outbox.transact(lambda unit: self._store.signing.save(unit, ended))
        return False

    async def _sign(self, day: Day, progress: SigningProgress, one: ToSign) -> SigningProgress:
        asking = progress.asking(one)
        await self._outbox.transact(lambda unit: self._store.signing.save(unit, asking))
        crossing("before-signing")
        client = register_key(day.clinic_id, day.register_id)
        answer = await self._tse.sign(client, PROCESS_TYPE, one.process_data)
        crossing("after-signing")
        return await self._keep(day, asking, one, answer)

    async def _keep(
        self, day: Day, progress: SigningProgress, one: ToSign, answer: Signed | NotSigned
    ) -> SigningProgress:
        if isinstance(answer, NotSigned):
            log.warning("receipt-not-signed", receipt=one.key, register=day.register_id, reason=answer.reason)
        after = progress.answered(one)

        async def work(unit: Unit) -> None:
            signature = signature_of(one.key, day.clinic_id, day.day_id, answer)
            device = answer.device if isinstance(answer, Signed) else None
            await self._store.signing.keep(unit, signature, device, Change(self._clock(), SIGNER))
            await self._store.signing.save(unit, after)

        await self._outbox.transact(work)
        return after

    async def _next(self, day: Day, register: Register, progress: SigningProgress) -> AsyncIterator[ToSign]:
        """What has no answer yet: the float, then what moved, what was taken beside cash, and what the close booked."""

        def one(receipt: Receipt, part: Part, place: int) -> ToSign:
            key = progress.key_of(receipt.receipt_id, part)
            return ToSign(key, part, place, process_data(receipt, day.currency, PLACES[day.currency]))

        if not progress.opened:
            yield one(opening_receipt(day, _ANYWHERE), "opening", 0)
        async for page in self._store.movements.whole(day.day_id, after=progress.movement):
            movements = [moved for moved in page if moved.amount.currency == day.currency]
            origins = await origins_of_movements(self._store, movements, self._clock())
            for moved in movements:
                receipt = movement_receipt(moved, 0, origins.get(moved.payment_id or ""), _ANYWHERE)
                yield one(receipt, "movements", moved.version)
        books = day.clinic_id, day.register_id, day.currency
        async for takings in self._store.takings.whole(None, *books, _unsigned_takings(day, register, progress)):
            origins = await origins_of_takings(self._store, takings, self._clock())
            for taking in takings:
                yield one(
                    taking_receipt(taking, 0, origins.get(taking.payment_id), _ANYWHERE), "takings", taking.number
                )
        for place, receipt in enumerate(closing_receipts(day, 0, _ANYWHERE), 1):
            if place > progress.closing:
                yield one(receipt, "closing", place)


def _unsigned_takings(day: Day, register: Register, progress: SigningProgress) -> TakingRange:
    """Those of the day's Z report, or that will be in it; a day that was cancelled has none."""
    if day.state == "cancelled":
        return TakingRange(0, 0)
    within = day.takings or takings_in(register.takings, day.currency).unreported
    return TakingRange(max(within.after, progress.taking), within.upto)
