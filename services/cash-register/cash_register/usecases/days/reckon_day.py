"""Reckons which VAT is in what was taken on a day, and keeps what was known of its payments.

A day with few receipts is reckoned as it is closed. One with thousands would keep the desk waiting: it is closed
first, and its Z report tells the VAT a moment later.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cash_register.domain.days import closing
from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import Receipt
from cash_register.domain.exports.receipts import Origin, movement_receipt, taking_receipt
from cash_register.domain.exports.reckoning import Books, OfPayment, ReckonedPage, Reckoning, shares_in, under_vat
from cash_register.domain.exports.sums import by_key
from cash_register.domain.exports.vat import VatShare
from cash_register.domain.registers.takings import TakingRange
from cash_register.publishing import publish
from cash_register.store import Store
from cash_register.usecases.exports.look_up import origins_of_movements, origins_of_takings
from chassis.database.mongo import Session
from chassis.messaging.outbox import Outbox, Unit
from kernel.actor import system
from kernel.change import Change
from kernel.clock import Clock

AT_THE_CLOSE = 500
"""As many receipts are reckoned as the day is closed."""
RECKONER = system("cash-register")
_ANYWHERE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class _Page:
    reckoned: ReckonedPage
    receipts: tuple[Receipt, ...]


async def reckon_at_close(
    session: Session, store: Store, day: Day, takings: TakingRange, until: datetime
) -> Reckoning | None:
    """None for a day that has too many receipts for it."""
    few = day.movement_count + takings.count <= AT_THE_CLOSE
    return await reckon(session, store, day, takings, until) if few else None


async def reckon_day(outbox: Outbox, store: Store, day_id: str, clock: Clock) -> None:
    """Of a day that was closed without it; whoever is second changes nothing.

    What a closed day has on its books never changes, so it is read before the transaction.
    """
    day = await store.days.find(None, day_id)
    if day is None or day.reckoned is not False:
        return
    assert day.closed_at is not None, "only closed days are reckoned"
    within = day.takings or TakingRange(0, 0)
    reckoning = await reckon(None, store, day, within, day.closed_at)

    async def work(unit: Unit) -> None:
        now = await store.days.find(unit.session, day_id)
        if now is None or now.reckoned is not False:
            return
        change = Change(clock(), RECKONER)
        reckoned = closing.reckon(now, reckoning.totals, change)
        await store.days.save(unit, reckoned.events)
        await store.reckonings.add(unit, reckoning.pages, change)
        publish(unit, reckoned.events)

    await outbox.transact(work)


class Reckoner:
    """Work for a `LeasedWorker`: one day after the other."""

    def __init__(self, outbox: Outbox, store: Store, clock: Clock) -> None:
        self._outbox, self._store, self._clock = outbox, store, clock

    async def __call__(self) -> bool:
        waiting = await self._store.days.unreckoned(1)
        for day_id in waiting:
            await reckon_day(self._outbox, self._store, day_id, self._clock)
        return bool(waiting)


async def reckon(session: Session | None, store: Store, day: Day, takings: TakingRange, until: datetime) -> Reckoning:
    """By what invoices told until then; of an open day as it stands."""
    shares: list[VatShare] = []
    pages: list[ReckonedPage] = []
    async for page in _pages(session, store, day, takings, until):
        pages.append(page.reckoned)
        shares = by_key([*shares, *shares_in(page.receipts)])
    return Reckoning(under_vat(shares, day.currency), tuple(pages))


async def _pages(
    session: Session | None, store: Store, day: Day, takings: TakingRange, until: datetime
) -> AsyncIterator[_Page]:
    async for page in store.movements.whole(day.day_id, session):
        movements = [one for one in page if one.payment_id is not None and one.amount.currency == day.currency]
        if movements:
            origins = await origins_of_movements(store, movements, until, session)
            reckoned = _page(day, "movements", movements[0].version, movements[-1].version, origins)
            found = (movement_receipt(one, 0, origins[one.payment_id or ""], _ANYWHERE) for one in movements)
            yield _Page(reckoned, tuple(found))
    async for several in store.takings.whole(session, day.clinic_id, day.register_id, day.currency, takings):
        origins = await origins_of_takings(store, several, until, session)
        reckoned = _page(day, "takings", several[0].number, several[-1].number, origins)
        yield _Page(reckoned, tuple(taking_receipt(one, 0, origins[one.payment_id], _ANYWHERE) for one in several))


def _page(day: Day, books: Books, first: int, last: int, origins: Mapping[str, Origin]) -> ReckonedPage:
    return ReckonedPage(
        day_id=day.day_id,
        clinic_id=day.clinic_id,
        books=books,
        first=first,
        last=last,
        payments=tuple(OfPayment(id_, origin) for id_, origin in sorted(origins.items())),
    )
