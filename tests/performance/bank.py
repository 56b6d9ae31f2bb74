"""A camt.053 of many entries parsed, stored and matched against many open invoices, each beside its floor.

As a process of its own: python -m tests.performance.bank FILE …, which prints what each part took.
"""

import argparse
import asyncio
import hashlib
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog
from invoicing.domain.invoice.payment_reference import payment_reference
from lxml import etree
from payments.adapters import bank_files
from payments.domain.bank.statement import check
from payments.replicas import InvoiceReplica
from payments.store import INDEXES, Store
from payments.store.bank import queue
from payments.usecases.bank import match
from payments.usecases.bank.take_statement import AT_ONCE, TakeStatement, take_statement
from payments.usecases.intake.ledger import PaymentLedger
from pymongo import ReplaceOne

from chassis.database.mongo import Document, Mongo
from chassis.messaging.outbox import Outbox
from chassis.service import OWN_INDEXES
from contracts.envelope import Message
from dev.parts.databases import embedded_mongo
from kernel.actor import Actor
from kernel.clock import utc_now
from tests.parts.statements import Moved, camt
from tests.performance import load
from tests.performance.peak import peak_mb
from tests.performance.report import Result

DATABASE = "payments"
FILLED_AT_ONCE = 5_000
MOST_GROWTH = 1.5
"""Time an entry takes in the large file / in the small one: 1 is linear."""
MEMORY_MB = 250
OWED_MINOR = 10_000
FLOORS = ("bank_transactions", "payments")
FLOOR_ROWS = 5_000
"""So many stand for all: a floor for 100,000 would take as long as what it is for."""
NAMED = 9
"""Of ten entries so many name their invoice, by reference or number; the rest waits for a person."""
CLERK = Actor("bench", None, "front_desk")


@dataclass(frozen=True)
class Part:
    """Seconds for all entries: ours, and the same bytes and writes without any logic."""

    ours_s: float
    floor_s: float


@dataclass(frozen=True)
class Measured:
    """What one process took for one file."""

    entries: int
    matched: int
    parsed: Part
    stored: Part
    settled: Part
    rss_mb: float

    def us(self, part: str) -> float:
        """Microseconds an entry."""
        seconds: float = getattr(self, part).ours_s
        return seconds / self.entries * 1e6


def bank(small: int, large: int, invoices: int) -> list[Result]:
    """Both sizes against the same number of open invoices, each with a database of its own."""
    less, two = (_measure(entries, invoices) for entries in (small, large))
    results = [_growth(less, two, part) for part in ("parsed", "stored", "settled")]
    results += [
        Result(
            f"bank {part} at {two.entries:,}",
            two.entries / getattr(two, part).ours_s,
            "entries/s",
            two.entries / getattr(two, part).floor_s,
            getattr(two, part).floor_s / getattr(two, part).ours_s,
            "shown, not asked",
        )
        for part in ("parsed", "stored", "settled")
    ]
    grown = two.rss_mb / less.rss_mb
    results += [
        Result(f"bank memory at {m.entries:,}", m.rss_mb, "MB", None, None, f"< {MEMORY_MB} MB", m.rss_mb < MEMORY_MB)
        for m in (less, two)
    ]
    return [*results, Result("bank memory: growth", grown, "times", None, None, "shown, not asked")]


def _growth(less: Measured, two: Measured, part: str) -> Result:
    growth = two.us(part) / less.us(part)
    return Result(
        f"bank {part}: us an entry, {two.entries:,} beside {less.entries:,}",
        two.us(part),
        "us",
        less.us(part),
        growth,
        f"<= {MOST_GROWTH} times",
        growth <= MOST_GROWTH,
    )


def _measure(entries: int, invoices: int) -> Measured:
    with tempfile.TemporaryDirectory() as name, embedded_mongo(Path(name) / "mongodb") as mongo:
        file = Path(name) / "statement.xml"
        file.write_bytes(_statement(entries, invoices))
        asyncio.run(_fill(mongo.uri, invoices))
        command = [sys.executable, "-m", "tests.performance.bank", str(file), "--mongo", mongo.uri]
        ended = subprocess.run([*command, "--entries", str(entries)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    measured: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    measured |= {part: Part(**measured[part]) for part in ("parsed", "stored", "settled")}
    return Measured(**measured)


def _statement(entries: int, invoices: int) -> bytes:
    """Transfers in no order of the invoices; half of those that name one do it in words."""
    return camt([_transfer(number, number * 7_919 % invoices) for number in range(entries)])


def _transfer(number: int, invoice: int) -> Moved:
    common: dict[str, Any] = {"end_to_end": f"E2E-{number}", "bank_reference": f"BR{number}", "iban": _iban(invoice)}
    if number % 10 >= NAMED:
        return Moved(OWED_MINOR + number, f"Zahnbehandlung {number}", **common)
    if number % 2:
        return Moved(OWED_MINOR, f"Rechnung {_number(invoice)} vom 1.11. Danke", **common)
    return Moved(OWED_MINOR, "Danke", reference=payment_reference(load.CLINIC, _number(invoice)), **common)


def _iban(invoice: int) -> str:
    return f"DE{invoice % 90 + 10}37040044{invoice:010d}"


def _number(invoice: int) -> str:
    return f"{load.CLINIC}-2026-{invoice:06d}"


async def _fill(uri: str, invoices: int) -> None:
    """Open invoices as payments keeps them, written straight into the store."""
    mongo = Mongo(uri, DATABASE)
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    rows = mongo.collection("invoices")
    for first in range(0, invoices, FILLED_AT_ONCE):
        last = min(first + FILLED_AT_ONCE, invoices)
        await rows.insert_many([_invoice(number) for number in range(first, last)], ordered=False)
    await mongo.close()


def _invoice(invoice: int) -> Document:
    owed = {"amount_minor": OWED_MINOR, "currency": "EUR"}
    copy = InvoiceReplica.model_validate(
        {
            "invoice_id": f"inv_{invoice:032x}",
            "clinic_id": load.CLINIC,
            "patient_id": f"pat-{invoice // 4}",
            "version": 2,
            "status": "finalized",
            "currency": "EUR",
            "totals": {"due": owed},
            "allocations": (),
            "number": _number(invoice),
            "payment_reference": payment_reference(load.CLINIC, _number(invoice)),
            "finalized_at": utc_now(),
            "insurance": None,
            "instalments": (),
            "due_on": None,
        }
    )
    return {"_id": copy.invoice_id, **copy.model_dump()}


class _Unsent:
    """What a transaction says stays in its outbox row, as it does until the relay comes."""

    async def publish(self, messages: Sequence[Message]) -> None: ...


async def ours(uri: str, path: Path, entries: int) -> Measured:
    """Parse, then parse and store, then match: each after the other, as a clinic's upload does it."""
    mongo = Mongo(uri, DATABASE)
    store = Store(mongo)
    ledger = PaymentLedger(store, Outbox(mongo, _Unsent(), "/bench"), timedelta(seconds=10))
    parse_floor_s = _timed(lambda: _bare(path))
    parse_s = _timed(lambda: check(bank_files.read("camt.053", path)))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    command = TakeStatement(load.CLINIC, "camt.053", sha256, path, lambda: bank_files.read("camt.053", path))
    begun = perf_counter()
    taken, _ = await take_statement(ledger, command, ledger.change(CLERK))
    store_s, begun = perf_counter() - begun, perf_counter()
    if taken.new_transactions != entries:
        raise RuntimeError(f"{taken.new_transactions} of {entries} were stored")
    while await match.work_off(ledger):
        pass
    settle_s = perf_counter() - begun
    rss_mb = peak_mb()
    matched = await mongo.collection("payments").count_documents({})
    if matched < entries * NAMED // 10:
        raise RuntimeError(f"{matched} of {entries} found their invoice")
    store_floor_s, settle_floor_s = await _floors(mongo, entries)
    await mongo.close()
    return Measured(
        entries,
        matched,
        Part(parse_s, parse_floor_s),
        Part(store_s, store_floor_s),
        Part(settle_s, settle_floor_s),
        rss_mb,
    )


def _timed(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _bare(path: Path) -> None:
    """The parser alone, which lets each entry go."""
    for _, element in etree.iterparse(str(path), tag="{*}Ntry"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


async def _floors(mongo: Mongo, entries: int) -> tuple[float, float]:
    """The same documents written with the same indexes in transactions of the same size, and nothing decided."""
    await mongo.ensure_indexes({f"floor_{name}": INDEXES[name] for name in FLOORS})
    rows, payments = [await mongo.collection(name).find_one({}) or {} for name in FLOORS]
    transactions, paid = (mongo.collection(f"floor_{name}") for name in FLOORS)

    async def insert(session: Any, numbers: Sequence[int]) -> None:
        copies = [{**rows, "_id": f"btx_{number:032x}", "status": "new"} for number in numbers]
        await transactions.insert_many(copies, session=session)

    async def settle(session: Any, numbers: Sequence[int]) -> None:
        ids = [f"btx_{number:032x}" for number in numbers]
        await transactions.find({"_id": {"$in": ids}}, session=session).to_list(None)
        await transactions.bulk_write([ReplaceOne({"_id": id_}, {**rows, "_id": id_}) for id_ in ids], session=session)
        await paid.insert_many([{**payments, "_id": f"pay_{number:032x}"} for number in numbers], session=session)

    scale = entries / FLOOR_ROWS
    return scale * await _written(mongo, insert, AT_ONCE), scale * await _written(mongo, settle, queue.AT_ONCE)


async def _written(mongo: Mongo, write: Callable[[Any, Sequence[int]], Awaitable[None]], at_once: int) -> float:
    """Seconds for the floor's rows."""
    begun = perf_counter()
    for first in range(0, FLOOR_ROWS, at_once):
        numbers = range(first, min(first + at_once, FLOOR_ROWS))
        await mongo.transaction(lambda session, some=numbers: write(session, some))  # type: ignore[misc]
    return perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--mongo", required=True)
    parser.add_argument("--entries", type=int, required=True)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(json.dumps(asdict(asyncio.run(ours(asked.mongo, asked.file, asked.entries)))))


if __name__ == "__main__":
    main()
