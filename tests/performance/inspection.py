"""A year of a register exported for a tax inspector: memory of the process, and rows a second beside a package's.

As a process of its own: python -m tests.performance.inspection --mongo URI, which prints what it took.
"""

import argparse
import asyncio
import csv
import io
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import structlog
from cash_register.adapters.dsfinvk.export import DsfinvkExport
from cash_register.adapters.dsfinvk.index import Supplier
from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Cash, Count, Movement, payment_movement_id, refund_movement_id
from cash_register.domain.days.closing import CloseTerms, close
from cash_register.domain.days.day import Day
from cash_register.domain.days.opening import OpenDay, open_day
from cash_register.domain.exports.closings import Closing, Receipt
from cash_register.domain.exports.heard import CashAllocation
from cash_register.domain.exports.vat import Taxed
from cash_register.store import INDEXES, Store
from cash_register.usecases.exports.ports import Export
from cash_register.usecases.exports.write_closings import ReadClosings, list_closings, write_closings
from pydantic import TypeAdapter

from chassis.database.mongo import Mongo
from chassis.service import OWN_INDEXES
from dev.parts.databases import embedded_mongo
from kernel.actor import Actor
from kernel.change import Change
from kernel.money import Money
from tests.performance import load
from tests.performance.cpu import cpu_s
from tests.performance.peak import peak_mb
from tests.performance.report import Result

DATABASE, REGISTER = "cash-register", "front"
BERLIN = ZoneInfo("Europe/Berlin")
FIRST, DAYS = date(2025, 1, 1), 365
MEMORY_MB, TIMES = 100, 5
TURNS = 3
FLOOR_DAYS = 20
"""So many stand for all: the package keeps every row in memory."""
REFUNDED, AT_THE_DESK = 20, 30
"""One movement in so many."""
DESK = Actor("usr-desk", "Front Desk", "front_desk")
TAXED = (Taxed("S", "19", 2_000, 380), Taxed("E", "0", 2_620, 0))
PAID_MINOR = 5_000
_DAY, _MOVEMENT, _ALLOCATION = TypeAdapter(Day), TypeAdapter(Movement), TypeAdapter(CashAllocation)
MADE_AT = datetime(2026, 1, 2, tzinfo=BERLIN)


@dataclass(frozen=True)
class Measured:
    """What one process took: `rows` of all tables, `seconds` to read and write them, and both ways of writing some.

    `before_mb` is the process with all that it imports, `rss_mb` its peak while it exported.
    """

    movements: int
    rows: int
    seconds: float
    before_mb: float
    rss_mb: float
    ours_rows_s: float
    theirs_rows_s: float


def inspection(movements: int) -> list[Result]:
    """The year as the service exports it out of its store, and the same rows written by both."""
    with tempfile.TemporaryDirectory() as name, embedded_mongo(Path(name) / "mongodb") as mongo:
        asyncio.run(_fill(mongo.uri, movements))
        command = [sys.executable, "-m", "tests.performance.inspection", "--mongo", mongo.uri]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    measured = Measured(**json.loads(ended.stdout.splitlines()[-1]))
    if measured.movements != movements:
        raise RuntimeError(f"{measured.movements} of {movements} were exported")
    times = measured.ours_rows_s / measured.theirs_rows_s
    added_mb, whole_s = measured.rss_mb - measured.before_mb, measured.rows / measured.seconds
    return [
        Result(
            f"register: export memory at {movements:,} movements, beside the process before it",
            added_mb,
            "MB",
            measured.before_mb,
            added_mb / measured.before_mb,
            f"< {MEMORY_MB} MB",
            added_mb < MEMORY_MB,
        ),
        Result(
            "register: export written, beside dsfinvk",
            measured.ours_rows_s,
            "rows/s",
            measured.theirs_rows_s,
            times,
            f">= {TIMES} times",
            times >= TIMES,
        ),
        Result(
            f"register: export of {movements:,} movements, read and written",
            whole_s,
            "rows/s",
            measured.theirs_rows_s,
            whole_s / measured.theirs_rows_s,
            "shown, not asked",
        ),
    ]


async def _fill(uri: str, movements: int) -> None:
    """A year of days that were opened, moved on and closed, and what invoices told of them, as it is stored."""
    mongo = Mongo(uri, DATABASE)
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    for number in range(DAYS):
        day, booked = _day(number, range(movements * number // DAYS, movements * (number + 1) // DAYS))
        paid = [one.payment_id for one in booked if one.kind == "payment" and one.payment_id is not None]
        allocated = [_allocation(id_, day) for id_ in paid]
        rows = {
            "days": [{"_id": day.day_id, **_DAY.dump_python(day)}],
            "movements": [{"_id": one.movement_id, **_MOVEMENT.dump_python(one)} for one in booked],
            "payments": [{"_id": id_, "clinic_id": load.CLINIC, "patient_id": f"pat-{id_[-5:]}"} for id_ in paid],
            "allocations": [{"_id": one.key, **_ALLOCATION.dump_python(one)} for one in allocated],
        }
        for name, several in rows.items():
            await mongo.collection(name).insert_many(several)
    await mongo.close()


def _day(number: int, several: range) -> tuple[Day, list[Movement]]:
    on = FIRST + timedelta(days=number)
    opened = Change(datetime(on.year, on.month, on.day, 8, tzinfo=BERLIN), DESK)
    command = OpenDay(load.CLINIC, REGISTER, on, "EUR", Count(Money(10_000, "EUR")))
    day, booked = open_day(command, opened).state, list[Movement]()
    for one in several:
        outcome = record(day, _cash(one, opened.at), opened)
        day = outcome.state
        booked += [event.movement for event in outcome.events]
    closed = Change(opened.at + timedelta(hours=10), DESK, "miscounted")
    return close(day, Count(day.expected), closed, CloseTerms(z_number=number + 1)).state, booked


def _cash(number: int, opened_at: datetime) -> Cash:
    """Mostly payments; some go back, and some cash is moved at the desk."""
    at = opened_at + timedelta(seconds=number % 30_000)
    payment_id = f"pay_{number:032x}"
    common: dict[str, Any] = {"clinic_id": load.CLINIC, "register_id": REGISTER, "at": at, "by": DESK}
    if number % AT_THE_DESK == 1:
        amount = Money(PAID_MINOR // 2, "EUR")
        return Cash(movement_id=f"mov_{number}", kind="pay_in", category="float_change", amount=amount, **common)
    if number % REFUNDED == 2:
        before = f"pay_{number - 2:032x}"
        return Cash(
            movement_id=refund_movement_id(before, f"ref_{number}"),
            kind="refund",
            category="refund",
            amount=Money(-PAID_MINOR // 5, "EUR"),
            payment_id=before,
            **common,
        )
    return Cash(
        movement_id=payment_movement_id(payment_id),
        kind="payment",
        category="payment",
        amount=Money(PAID_MINOR, "EUR"),
        payment_id=payment_id,
        receipt_number=f"{load.CLINIC}-{number:08d}",
        **common,
    )


def _allocation(payment_id: str, day: Day) -> CashAllocation:
    return CashAllocation(
        payment_id=payment_id,
        invoice_id=f"inv_{payment_id[4:]}",
        invoice_version=3,
        at=day.opened_at,
        clinic_id=load.CLINIC,
        invoice_number=f"{load.CLINIC}-2025-{payment_id[-6:]}",
        amount_minor=PAID_MINOR,
        taxed=TAXED,
    )


class Seen:
    """An export that counts the movements which go through it, and keeps their receipts if it is asked to."""

    def __init__(self, export: Export, *, keeps: bool) -> None:
        self._export = export
        self._keeps = keeps
        self.movements = 0
        self.kept: list[tuple[Closing, list[Receipt]]] = []

    def __enter__(self) -> "Seen":
        self._export.__enter__()
        return self

    def __exit__(self, *_: Any) -> None:
        self._export.__exit__(None, None, None)

    def begin(self) -> bytes:
        return self._export.begin()

    def open(self, closing: Closing) -> bytes:
        if self._keeps:
            self.kept.append((closing, []))
        return self._export.open(closing)

    def receipts(self, receipts: Sequence[Receipt]) -> bytes:
        self.movements += sum(receipt.lines[0].case != "Anfangsbestand" for receipt in receipts)
        if self._keeps:
            self.kept[-1][1].extend(receipts)
        return self._export.receipts(receipts)

    def close(self) -> bytes:
        return self._export.close()

    def end(self) -> Iterator[bytes]:
        return self._export.end()


def _export() -> DsfinvkExport:
    return DsfinvkExport(Supplier("bench", "Berlin", "bench"), MADE_AT)


async def ours(uri: str, folder: Path) -> Measured:
    """The whole year first, since what the package holds would count as our memory."""
    mongo = Mongo(uri, DATABASE)
    store, year = Store.of(mongo), folder / "year.zip"
    before_mb, begun = peak_mb(), perf_counter()
    whole = await _exported(store, DAYS, year)
    seconds, rss_mb = perf_counter() - begun, peak_mb()
    part = await _exported(store, FLOOR_DAYS, folder / "part.zip", keeps=True)
    await mongo.close()
    kept_rows, ours_s, theirs_s = _both(part.kept, folder)
    return Measured(
        movements=whole.movements,
        rows=_rows(year),
        seconds=seconds,
        before_mb=before_mb,
        rss_mb=rss_mb,
        ours_rows_s=kept_rows / ours_s,
        theirs_rows_s=kept_rows / theirs_s,
    )


async def _exported(store: Store, days: int, file: Path, *, keeps: bool = False) -> Seen:
    seen = Seen(_export(), keeps=keeps)
    listed = await list_closings(store, ReadClosings(load.CLINIC, FIRST, FIRST + timedelta(days=days - 1)))
    with file.open("wb") as out:
        async for piece in write_closings(store, listed, seen, BERLIN, "bench"):
            out.write(piece)
    return seen


def _both(kept: Sequence[tuple[Closing, Sequence[Receipt]]], folder: Path) -> tuple[int, float, float]:
    """How many rows there are, and the processor seconds that each way takes to write them: the least of some turns."""
    mine, theirs = folder / "ours.zip", folder / "theirs.zip"
    _ours(kept, mine)
    for name in ("index.xml", "gdpdu-01-09-2004.dtd"):
        (folder / name).write_bytes(ZipFile(mine).read(name))
    values = _ready(mine)
    turns = [(cpu_s(partial(_ours, kept, mine)), cpu_s(partial(_theirs, values, theirs))) for _ in range(TURNS)]
    if not _rows(mine) == _rows(theirs) == len(values):
        raise RuntimeError("the package wrote other rows")
    return len(values), min(ours_s for ours_s, _ in turns), min(theirs_s for _, theirs_s in turns)


def _ours(kept: Sequence[tuple[Closing, Sequence[Receipt]]], archive: Path) -> None:
    with archive.open("wb") as file, _export() as export:
        file.write(export.begin())
        for closing, receipts in kept:
            file.write(export.open(closing))
            file.write(export.receipts(receipts))
            file.write(export.close())
        for piece in export.end():
            file.write(piece)


def _ready(archive: Path) -> list[tuple[Any, dict[str, Any]]]:
    """The same values, made ready for the package beforehand."""
    from dsfinvk import models

    known = {model._filename: model for model in models.Model.__subclasses__()}
    return [(known[file], _values(known[file], row)) for file, row in _read(archive)]


def _theirs(values: Sequence[tuple[Any, dict[str, Any]]], archive: Path) -> None:
    """As records of its tables, in an archive."""
    from dsfinvk.collection import Collection

    collection = Collection()
    for model, cells in values:
        collection.add(model(**cells))
    collection.write(archive, archive.parent / "index.xml", archive.parent / "gdpdu-01-09-2004.dtd")


def _values(model: Any, row: dict[str, str]) -> dict[str, Any]:
    """As the package wants them."""
    from dsfinvk import fields

    def value(field: object, text: str) -> Any:
        match field:
            case fields.NumericField():
                return Decimal(text.replace(",", "."))
            case fields.BooleanField():
                return text == "1"
            case fields.LocalDateTimeField() | fields.ISODateTimeField():
                return datetime.fromisoformat(text)
            case fields.DateField():
                return date.fromisoformat(text)
            case _:
                return text

    return {field.name: value(field, row[field.name]) for field in model._fields if row.get(field.name)}


def _read(archive: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with ZipFile(archive) as whole:
        for name in whole.namelist():
            if name.endswith(".csv"):
                with whole.open(name) as file:
                    text = io.TextIOWrapper(file, "utf-8", newline="")
                    yield from ((name, row) for row in csv.DictReader(text, delimiter=";"))


def _rows(archive: Path) -> int:
    return sum(1 for _ in _read(archive))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mongo", required=True)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asdict(asyncio.run(ours(asked.mongo, Path(folder))))))


if __name__ == "__main__":
    main()
