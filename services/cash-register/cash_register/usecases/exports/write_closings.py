"""Closings of a clinic, read day by day and page by page, written as they are read."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from cash_register.domain.days.cash import Movement, payment_movement_id
from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import Closing, Receipt
from cash_register.domain.exports.heard import business_at
from cash_register.domain.exports.receipts import Allocated, Origin, closing_receipt, movement_receipt, opening_receipt
from cash_register.store import Store
from cash_register.usecases.exports.ports import Export
from chassis.tasks import in_thread

FIRST_MOVEMENT = 2
"""Receipt 1 is the float."""


@dataclass(frozen=True, slots=True)
class ReadClosings:
    """Of the days from `first` to `last`, both included, that are closed; of one register, or of all."""

    clinic_id: str
    first: date
    last: date
    register_id: str | None = None


async def write_closings(
    store: Store, command: ReadClosings, export: Export, zone: ZoneInfo, software_version: str
) -> AsyncIterator[bytes]:
    """The pieces of the file. A closed day never changes, so it is the same whenever it is read.

    Raises what the export raises, BusinessError for a closing that the file has no room for.
    """
    with export:
        yield await in_thread(export.begin)
        async for day, number in store.days.closed(command.clinic_id, command.first, command.last, command.register_id):
            yield export.open(await _closing(store, day, number, zone, software_version))
            async for receipts in _receipts(store, day, zone):
                yield await in_thread(export.receipts, receipts)
            yield await in_thread(export.close)
        pieces = export.end()
        while (piece := await in_thread(next, pieces, None)) is not None:
            yield piece


async def _closing(store: Store, day: Day, number: int, zone: ZoneInfo, software_version: str) -> Closing:
    assert day.closed_at is not None, "only closed days are read"
    businesses = await store.businesses.of(None, day.clinic_id)
    return Closing(
        clinic_id=day.clinic_id,
        register_id=day.register_id,
        number=number,
        on=day.date,
        closed_at=day.closed_at.astimezone(zone),
        currency=day.currency,
        business=business_at(businesses, day.clinic_id, day.closed_at),
        software_version=software_version,
    )


async def _receipts(store: Store, day: Day, zone: ZoneInfo) -> AsyncIterator[Sequence[Receipt]]:
    """The float, what moved, and what the count found otherwise."""
    yield [opening_receipt(day, zone)]
    number = FIRST_MOVEMENT
    async for movements in store.movements.whole(day.day_id):
        origins = await _origins(store, day, movements)
        yield [
            movement_receipt(movement, number + place, origins.get(movement.payment_id or ""), zone)
            for place, movement in enumerate(movements)
        ]
        number += len(movements)
    found = closing_receipt(day, zone)
    if found is not None:
        yield [found]


async def _origins(store: Store, day: Day, movements: Iterable[Movement]) -> Mapping[str, Origin]:
    """Of the payments that the movements are of: what was known of them when the day was closed.

    What is told later changes nothing: who reads the day again reads the same.
    """
    paid = {m.payment_id: m.amount.amount_minor for m in movements if m.payment_id is not None and m.kind == "payment"}
    ids = {m.payment_id for m in movements if m.payment_id is not None}
    elsewhere = {payment_movement_id(id_): id_ for id_ in ids - paid.keys()}
    amounts = await store.movements.amounts_minor(elsewhere)
    paid |= {elsewhere[movement_id]: amount_minor for movement_id, amount_minor in amounts.items()}
    accounts = await store.payments.accounts(None, ids)
    allocated = await store.allocations.of(ids)
    return {
        id_: Origin(
            paid_minor=paid.get(id_, 0),
            patient_id=accounts[id_][1] if id_ in accounts else None,
            allocated=tuple(
                Allocated(one.invoice_number, one.amount_minor, one.taxed)
                for one in allocated.get(id_, ())
                if day.closed_at is not None and one.at <= day.closed_at
            ),
        )
        for id_ in ids
    }
