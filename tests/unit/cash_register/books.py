"""Closings to export in tests, and how an inspector's program reads them."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from cash_register.adapters.dsfinvk.export import DsfinvkExport
from cash_register.adapters.dsfinvk.index import Supplier
from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Cash, Count, Movement, MovementKind
from cash_register.domain.days.closing import FIRST, CloseTerms, close
from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import Business, Closing, Receipt, Reference
from cash_register.domain.exports.receipts import (
    Origin,
    closing_receipts,
    movement_receipt,
    opening_receipt,
    returned_id,
    taking_receipt,
)
from cash_register.domain.registers.takings import Taking
from cash_register.usecases.exports.ports import Export

from kernel.change import Change
from kernel.money import Money
from tests.unit.cash_register.drawer import AT, DESK, cash, opened

BERLIN = ZoneInfo("Europe/Berlin")
BUSINESS = Business("Zahnarztpraxis Dr. Weiß", "Hauptstr. 1", "10115", "Berlin", "DE", vat_id="DE123456789")
SUPPLIER = Supplier(BUSINESS.name, "Berlin", "Test")
MADE_AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
Rows = dict[str, list[dict[str, str]]]
"""By file."""


def closing(day: Day, number: int | None = None) -> Closing:
    """Under the number of its Z report, if not otherwise."""
    assert day.closed_at is not None
    assert day.z_report is not None
    return Closing(
        clinic_id=day.clinic_id,
        register_id=day.register_id,
        number=day.z_report.number if number is None else number,
        on=day.date,
        closed_at=day.closed_at.astimezone(BERLIN),
        currency=day.currency,
        business=BUSINESS,
        software_version="1.2",
    )


def moved(
    movements: Sequence[tuple[MovementKind, int] | Cash],
    counted_minor: int | None = None,
    opening_minor: int = 10_000,
    on: date = date(2026, 11, 20),
    register: str = "front",
    currency: str = "EUR",
    deposit_minor: int | None = None,
) -> tuple[Day, list[Movement]]:
    """A closed day: what moved is kind and amount, or cash; it is counted as expected, if not otherwise.

    What is refunded is the first payment.
    """
    day = opened(Money(opening_minor, currency), register=register, on=on)
    booked: list[Movement] = []
    paid = next(
        (f"pay_{on}-{name}" for name, one in enumerate(movements) if not isinstance(one, Cash) and one[0] == "payment"),
        "pay_before",
    )
    for name, one in enumerate(movements):
        moving = one if isinstance(one, Cash) else _moving(*one, f"{on}-{name}", paid, register, currency)
        outcome = record(day, moving, Change(AT, DESK))
        day = outcome.state
        booked += [event.movement for event in outcome.events]
    return closed(day, counted_minor, deposit_minor), booked


def _moving(kind: MovementKind, minor: int, name: str, paid: str, register: str, currency: str) -> Cash:
    moving = cash(kind, Money(minor, currency), name, register=register)
    if kind in ("payment", "refund"):
        return replace(moving, payment_id=f"pay_{name}" if kind == "payment" else paid)
    return moving


def closed(
    day: Day, counted_minor: int | None = None, deposit_minor: int | None = None, terms: CloseTerms = FIRST
) -> Day:
    count = Count(day.expected if counted_minor is None else Money(counted_minor, day.currency))
    deposit = None if deposit_minor is None else Money(deposit_minor, day.currency)
    change = Change(day.opened_at + timedelta(hours=9), DESK, "miscounted")
    return close(day, count, change, terms, deposit).state


def receipts(
    day: Day,
    movements: Iterable[Movement],
    origins: Sequence[Origin | None] = (),
    takings: Sequence[Taking] = (),
    origin_of: Callable[[Taking], Origin | None] = lambda _: None,
) -> list[Receipt]:
    """As the use case puts them together; `origins` are those of the movements, as far as they go."""
    known = dict(enumerate(origins))
    booked = [movement_receipt(m, 2 + n, known.get(n), BERLIN, _earlier(m)) for n, m in enumerate(movements)]
    after = 2 + len(booked)
    paid = [taking_receipt(t, after + n, origin_of(t), BERLIN, _earlier(t)) for n, t in enumerate(takings)]
    return [opening_receipt(day, BERLIN), *booked, *paid, *closing_receipts(day, after + len(paid), BERLIN)]


def _earlier(movement: Movement | Taking) -> Reference | None:
    id_ = returned_id(movement)
    return None if id_ is None else Reference(id_, movement.register_id, 40, MADE_AT.astimezone(BERLIN))


def written(export: Export, closings: Iterable[tuple[Closing, Sequence[Receipt]]], at_once: int = 2) -> bytes:
    """The whole file."""
    pieces: list[bytes] = []
    with export:
        pieces.append(export.begin())
        for one, several in closings:
            pieces.append(export.open(one))
            pieces += [export.receipts(several[n : n + at_once]) for n in range(0, len(several), at_once)]
            pieces.append(export.close())
        pieces += export.end()
    return b"".join(pieces)


def exported(*closings: tuple[Closing, Sequence[Receipt]]) -> bytes:
    return written(DsfinvkExport(SUPPLIER, MADE_AT), closings)


@contextmanager
def unzipped(content: bytes) -> Iterator[ZipFile]:
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        yield archive


def tables(content: bytes) -> Rows:
    """Every table, as its bytes say."""
    with unzipped(content) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline=""), delimiter=";"))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


def minor(text: str) -> int:
    """Minor units of a currency of two places; whatever is beyond them is nothing."""
    whole, _, part = text.partition(",")
    assert part[2:].strip("0") == ""
    return int(whole + part[:2])
