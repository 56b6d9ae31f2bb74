"""Closings of a clinic, read day by day and page by page, written as they are read."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import Closing, Receipt
from cash_register.domain.exports.heard import business_at
from cash_register.domain.exports.receipts import (
    FIRST_NUMBER,
    closing_receipts,
    movement_receipt,
    opening_receipt,
    taking_receipt,
)
from cash_register.store import Store
from cash_register.usecases.exports.add_signatures import with_signatures
from cash_register.usecases.exports.look_up import closing_number, look_up, look_up_takings
from cash_register.usecases.exports.ports import Export
from chassis.tasks import in_thread


@dataclass(frozen=True, slots=True)
class ReadClosings:
    """Of the days from `first` to `last`, both included, that are closed; of one register, or of all."""

    clinic_id: str
    first: date
    last: date
    register_id: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A day that was closed when it was asked for; `reckoned` as in `Day`."""

    day_id: str
    currency: str
    reckoned: bool


async def list_closings(store: Store, command: ReadClosings) -> list[Listed]:
    """By date and register."""
    found = await store.days.closed(command.clinic_id, command.first, command.last, command.register_id)
    return [Listed(*one) for one in found]


async def write_closings(
    store: Store, listed: Sequence[Listed], export: Export, zone: ZoneInfo, software_version: str
) -> AsyncIterator[bytes]:
    """The pieces of the file. A closed day never changes, so it is the same whenever it is read.

    Raises what the export raises, BusinessError for a closing that the file has no room for.
    """
    with export:
        yield await in_thread(export.begin)
        for one in listed:
            day = await store.days.find(None, one.day_id)
            assert day is not None, "no day is ever deleted"
            yield export.open(await _closing(store, day, zone, software_version))
            async for receipts in _receipts(store, day, zone):
                yield await in_thread(export.receipts, receipts)
            yield await in_thread(export.close)
        pieces = export.end()
        while (piece := await in_thread(next, pieces, None)) is not None:
            yield piece


async def _closing(store: Store, day: Day, zone: ZoneInfo, software_version: str) -> Closing:
    assert day.closed_at is not None, "only closed days are listed"
    businesses = await store.businesses.of(None, day.clinic_id)
    return Closing(
        clinic_id=day.clinic_id,
        register_id=day.register_id,
        number=await closing_number(store, day),
        on=day.date,
        closed_at=day.closed_at.astimezone(zone),
        currency=day.currency,
        business=business_at(businesses, day.clinic_id, day.closed_at),
        software_version=software_version,
    )


async def _receipts(store: Store, day: Day, zone: ZoneInfo) -> AsyncIterator[Sequence[Receipt]]:
    """The float, what moved, what was paid beside cash, what the count found otherwise, and what went to the bank.

    A day that was opened in another currency by mistake has movements in it, which come to nothing, and are not of
    this closing.
    """
    yield await with_signatures(store, day, [opening_receipt(day, zone)], "opening")
    number = FIRST_NUMBER
    async for page in store.movements.whole(day.day_id):
        movements = [movement for movement in page if movement.amount.currency == day.currency]
        known = await look_up(store, day, movements, zone)
        moved = [
            movement_receipt(movement, number + place, known.origin(movement), zone, known.reference(movement))
            for place, movement in enumerate(movements)
        ]
        yield await with_signatures(store, day, moved, "movements")
        number += len(movements)
    if day.takings is not None:
        books = day.clinic_id, day.register_id, day.currency
        async for takings in store.takings.whole(None, *books, day.takings):
            known = await look_up_takings(store, day, takings, zone)
            paid = [
                taking_receipt(taking, number + place, known.origin(taking), zone, known.reference(taking))
                for place, taking in enumerate(takings)
            ]
            yield await with_signatures(store, day, paid, "takings")
            number += len(takings)
    yield await with_signatures(store, day, closing_receipts(day, number, zone), "closing")
