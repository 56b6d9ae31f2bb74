"""A long history of a register verified: its memory beside a short one's, and its CPU beside plain reading's.

As a process of its own: python -m tests.performance.history --mongo URI --clinic ID, which prints what it took.
"""

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import cast

import structlog
from cash_register.domain.days.cash import Cash, Count, payment_movement_id
from cash_register.domain.days.opening import OpenDay
from cash_register.store import INDEXES, Store
from cash_register.usecases.days.close_day import CloseDay, close_day
from cash_register.usecases.days.collect_cash import Arrival, collect_cash
from cash_register.usecases.days.open_day import open_day

from chassis.database.mongo import Mongo, Session
from chassis.journal.seals import Sealer
from chassis.messaging.outbox import Unit
from chassis.service import OWN_INDEXES, collect_garbage_seldom
from dev.parts.databases import embedded_mongo
from kernel.actor import Actor
from kernel.change import Change
from kernel.money import Money
from tests.performance.cpu import cpu_with_database_s
from tests.performance.peak import peak_mb
from tests.performance.report import Result

DATABASE, REGISTER = "cash-register", "front"
SHORT, LONG = "clinic-short", "clinic-long"
TIMES = 10
"""How much longer the long history is."""
A_DAY = 5_000
TURNS = 3
BATCH = 500
FIRST = datetime(2024, 1, 1, 8, tzinfo=UTC)
DESK = Actor("usr-desk", "Front Desk", "front_desk")
SHARE_OF_READING = 0.6
MOST_GROWTH = 1.5


@dataclass(frozen=True)
class Verified:
    """`added_mb` is the peak while it was verified beyond that of the process with all that it imports."""

    revisions: int
    documents: int
    read_s: float
    verified_s: float
    before_mb: float
    peak_mb: float

    @property
    def added_mb(self) -> float:
        return self.peak_mb - self.before_mb


def history(movements: int) -> list[Result]:
    """Of so many movements, and of a tenth of them."""
    with tempfile.TemporaryDirectory() as name, embedded_mongo(Path(name) / "mongodb") as mongo:
        asyncio.run(_fill(mongo.uri, movements))
        short, long = (_verified(mongo.uri, clinic) for clinic in (SHORT, LONG))
    if long.documents <= movements:
        raise RuntimeError(f"{long.documents} documents were verified")
    share, growth = long.read_s / long.verified_s, long.added_mb / short.added_mb
    return [
        Result(
            f"register: history of {movements:,} movements verified",
            long.revisions / long.verified_s,
            "rows/CPU s",
            long.revisions / long.read_s,
            share,
            f">= {SHARE_OF_READING:.0%} of plain reading",
            share >= SHARE_OF_READING,
        ),
        Result(
            f"register: memory of that, beside {1 / TIMES:.0%} of it",
            long.added_mb,
            "MB",
            short.added_mb,
            growth,
            f"at most {MOST_GROWTH:g} times",
            growth <= MOST_GROWTH,
        ),
    ]


def _verified(uri: str, clinic: str) -> Verified:
    command = [sys.executable, "-m", "tests.performance.history", "--mongo", uri, "--clinic", clinic]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    return Verified(**json.loads(ended.stdout.splitlines()[-1]))


async def _fill(uri: str, movements: int) -> None:
    mongo = Mongo(uri, DATABASE)
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    store = Store.of(mongo)
    for clinic, count in ((SHORT, movements // TIMES), (LONG, movements)):
        for number, first in enumerate(range(0, count, A_DAY)):
            await _day(store, clinic, FIRST + timedelta(days=number), range(first, min(first + A_DAY, count)))
    sealer = Sealer(store.seals)
    while await sealer():
        pass
    await mongo.close()


async def _day(store: Store, clinic: str, at: datetime, numbers: range) -> None:
    """Opened, moved on and closed as the service does it, but outside of a transaction, and told to nobody."""
    change = Change(at, DESK, "bench")
    unit = Unit(cast(Session, None), "/bench")
    before = await store.days.last_closed(None, clinic, REGISTER, "EUR")
    left = Money(0, "EUR") if before is None or before.left is None else before.left
    await open_day(unit, store, OpenDay(clinic, REGISTER, at.date(), "EUR", Count(left)), change)
    for first in range(numbers.start, numbers.stop, BATCH):
        some = range(first, min(first + BATCH, numbers.stop))
        moment = at + timedelta(milliseconds=first)
        unit = Unit(cast(Session, None), "/bench")
        await collect_cash(unit, store, [Arrival(_cash(clinic, number, moment)) for number in some], moment)
    counted = Count(left + Money(1_000 * len(numbers), "EUR"))
    await close_day(unit, store, CloseDay(clinic, REGISTER, at.date(), counted), _at_the_end(change))


def _at_the_end(change: Change) -> Change:
    """At the end of its day."""
    return replace(change, at=change.at + timedelta(hours=10))


def _cash(clinic: str, number: int, at: datetime) -> Cash:
    payment_id = f"pay_{clinic}_{number}"
    return Cash(
        movement_id=payment_movement_id(payment_id),
        clinic_id=clinic,
        register_id=REGISTER,
        kind="payment",
        category="payment",
        amount=Money(1_000, "EUR"),
        payment_id=payment_id,
        receipt_number=f"R-{number:07d}",
        at=at,
        by=DESK,
    )


async def verify(uri: str, clinic: str) -> Verified:
    """In a process that did nothing before, and is set up as a service is."""
    collect_garbage_seldom()
    mongo = Mongo(uri, DATABASE)
    store, rows = Store.of(mongo), mongo.collection("revisions")

    async def read() -> None:
        async for _ in rows.find({"clinic_id": clinic}):
            pass

    async def verified() -> None:
        report = await store.verifier.verify(clinic)
        if report.findings or report.unsealed:
            raise RuntimeError(f"an honest history is broken: {report.findings[:3]}")
        found.update(revisions=report.revisions, documents=report.documents)

    found: dict[str, int] = {}
    await store.verifier.verify("nobody")
    before_mb = peak_mb()
    await verified()
    peak = peak_mb()
    turns = [[await cpu_with_database_s(mongo, work) for work in (read, verified)] for _ in range(TURNS)]
    read_s, verified_s = (median(several) for several in zip(*turns, strict=True))
    await mongo.close()
    return Verified(found["revisions"], found["documents"], read_s, verified_s, before_mb, peak)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mongo", required=True)
    parser.add_argument("--clinic", required=True)
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(json.dumps(asdict(asyncio.run(verify(asked.mongo, asked.clinic)))))


if __name__ == "__main__":
    main()
