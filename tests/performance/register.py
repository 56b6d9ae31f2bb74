"""A register: cash that payments took, booked on the books of a day; the day closed; the history verified.

In CPU time of the service and its database, as the median of rounds in turn with those of the floor: the machine may be
shared. As a process of its own: python -m tests.performance.register --kafka … --mongo …, which prints its figures.
"""

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any

import structlog
from cash_register.domain.days.cash import Cash, Count, payment_movement_id
from cash_register.domain.days.opening import OpenDay
from cash_register.store import INDEXES, Store
from cash_register.usecases.days.close_day import CloseDay, close_day
from cash_register.usecases.days.collect_cash import Arrival, collect_cash
from cash_register.usecases.days.open_day import open_day
from pymongo import ReplaceOne

from chassis.database.mongo import Document, Mongo
from chassis.journal.revisions import row_id
from chassis.journal.seals import Sealer
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox, Unit, pack
from chassis.service import OWN_INDEXES, collect_garbage_seldom
from contracts.envelope import Message
from kernel.actor import Actor
from kernel.change import Change
from kernel.clock import utc_now
from kernel.money import Money
from tests.performance import load
from tests.performance.cpu import cpu_with_database_s
from tests.performance.report import Result
from tests.performance.stage import Stage, fresh

BATCH = 500
A_ROUND = 1_000
TURNS = 3
SHARE_OF_FLOOR = 0.7
SHARE_OF_READING = 0.6
FINDS = 20
DESK = Actor("bench", None, "front_desk")
FLOOR_INDEXES = {f"floor_{name}": INDEXES.get(name, []) for name in ("days", "movements", "revisions", "outbox")}
MOST_GROWTH = 1.5
"""Of the peak of memory, while the history is four times as long."""


def register(count: int) -> list[Result]:
    """`count` movements on one day."""
    with fresh(0) as stage:
        return _measured(stage, count)


def _measured(stage: Stage, count: int) -> list[Result]:
    command = [sys.executable, "-m", "tests.performance.register", "--kafka", stage.kafka, "--mongo", stage.mongo]
    ended = subprocess.run([*command, "--count", str(count)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    return [Result(**result) for result in json.loads(ended.stdout.splitlines()[-1])]


async def measure(stage: Stage, count: int) -> list[Result]:
    """Ours and its floor in turns, then the day's end and its history, in a process that is set up as a service is."""
    collect_garbage_seldom()
    mongo = Mongo(stage.mongo, "cash-register")
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES, **FLOOR_INDEXES})
    producer = Producer(stage.kafka, "bench")
    await producer.start()
    bench = _Bench(mongo, Store.of(mongo), Outbox(mongo, producer, "/bench"), producer)
    await bench.open("front")
    await bench.book("front", range(A_ROUND))
    short = await bench.verified_mb()
    booked_s, floor_s = await bench.rounds("front", range(A_ROUND, count))
    closed = await bench.close("front", count)
    verified_s, read_s, whole = await bench.verify()
    await producer.stop()
    await mongo.close()
    ratio, share, growth = floor_s / booked_s, read_s / verified_s, whole / short
    return [
        Result(
            "movements booked",
            1 / booked_s,
            "movements/CPU s",
            1 / floor_s,
            ratio,
            f">= {SHARE_OF_FLOOR:.0%} of the floor",
            ratio >= SHARE_OF_FLOOR,
        ),
        Result(
            f"a day of {count:,} movements closed",
            closed,
            "finds by id",
            FINDS,
            closed / FINDS,
            f"at most {FINDS} finds by id",
            closed <= FINDS,
        ),
        Result(
            "register revisions verified",
            1 / verified_s,
            "rows/CPU s",
            1 / read_s,
            share,
            f">= {SHARE_OF_READING:.0%} of plain reading",
            share >= SHARE_OF_READING,
        ),
        Result(
            "verification: memory",
            whole,
            "MB at its peak",
            short,
            growth,
            f"at most {MOST_GROWTH:g} times that of a short history",
            growth <= MOST_GROWTH,
        ),
    ]


class _Bench:
    def __init__(self, mongo: Mongo, store: Store, outbox: Outbox, producer: Producer) -> None:
        self._mongo = mongo
        self._store = store
        self._outbox = outbox
        self._producer = producer
        self._today = utc_now().date()
        self._said: list[Message] = []

    async def open(self, name: str) -> None:
        command = OpenDay(load.CLINIC, name, self._today, "EUR", Count(Money(10_000, "EUR")))
        change = Change(utc_now(), DESK)
        await self._outbox.transact(lambda unit: open_day(unit, self._store, command, change))

    async def rounds(self, name: str, numbers: range) -> tuple[float, float]:
        """CPU seconds a movement: ours, and those of the floor."""
        ours, floors = [], []
        for first in range(numbers.start, numbers.stop, A_ROUND):
            some = range(first, min(first + A_ROUND, numbers.stop))
            ours.append(await cpu_with_database_s(self._mongo, partial(self.book, name, some)) / len(some))
            floors.append(await cpu_with_database_s(self._mongo, partial(self.floor, some)) / len(some))
        return median(ours), median(floors)

    async def book(self, name: str, numbers: range) -> None:
        """From what was heard of to what the broker acknowledged."""
        for some in _batches(numbers):
            arrivals = [Arrival(_cash(name, number)) for number in some]

            async def work(unit: Unit, arrivals: Sequence[Arrival] = arrivals) -> None:
                await collect_cash(unit, self._store, arrivals, utc_now())
                self._said = unit.messages

            await self._outbox.transact(work, confirm=True)

    async def floor(self, numbers: range) -> None:
        """The same documents under the same indexes, in the same batches, and their events: nothing read or decided."""
        day, movement, of_day, of_movement = await self._samples()
        for some in _batches(numbers):
            ids = [f"mov_{number:032x}" for number in some]
            rows: dict[str, list[Document]] = {
                "floor_movements": [{**movement, "_id": id_, "version": n} for n, id_ in zip(some, ids, strict=True)],
                "floor_revisions": [
                    *({**of_day, "_id": f"{day['_id']}:{number:08d}"} for number in some),
                    *({**of_movement, "_id": f"{id_}:00000001"} for id_ in ids),
                ],
                "floor_outbox": [{"_id": some.start, "messages": [pack(message) for message in self._said]}],
            }

            async def write(session: Any, rows: dict[str, list[Document]] = rows, last: int = some.stop) -> None:
                fresh: list[Any] = [ReplaceOne({"_id": day["_id"]}, {**day, "version": last}, upsert=True)]
                await self._mongo.collection("floor_days").bulk_write(fresh, session=session)
                for name, several in rows.items():
                    await self._mongo.collection(name).insert_many(several, session=session)

            await self._mongo.transaction(write)
            await self._producer.publish(self._said)
            await self._mongo.collection("floor_outbox").delete_many({"_id": some.start})

    async def _samples(self) -> tuple[Document, Document, Document, Document]:
        """A day and a movement as they are stored, and the newest revision of each."""
        day = await self._mongo.collection("days").find_one({}) or {}
        movement = await self._mongo.collection("movements").find_one({"day_id": day["_id"]}) or {}
        revisions = self._mongo.collection("revisions")
        of_day = await revisions.find_one({"_id": row_id(day["_id"], day["version"])}) or {}
        return day, movement, of_day, await revisions.find_one({"_id": row_id(movement["_id"], 1)}) or {}

    async def close(self, name: str, count: int) -> float:
        """How many finds of a movement by its id it takes as long as."""
        ids = [payment_movement_id(f"pay_{name}_{number}") for number in range(FINDS)]
        counted = Count(Money(10_000 + 1_000 * count, "EUR"))
        command, change = CloseDay(load.CLINIC, name, self._today, counted), Change(utc_now(), DESK)

        async def find() -> None:
            for movement_id in ids:
                await self._store.movements.find(None, movement_id)

        async def close() -> None:
            day = await self._outbox.transact(lambda unit: close_day(unit, self._store, command, change))
            if day.variance != Money(0, "EUR"):
                raise RuntimeError(f"the day has a variance of {day.variance}")

        await find()
        find_s = median([await cpu_with_database_s(self._mongo, find) for _ in range(TURNS)]) / FINDS
        return await cpu_with_database_s(self._mongo, close) / find_s

    async def verified_mb(self) -> float:
        """The peak of what Python holds while all that there is is verified."""
        tracemalloc.start()
        report = await self._store.verifier.verify(load.CLINIC)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        if report.findings:
            raise RuntimeError(f"an honest history is broken: {report.findings[:3]}")
        return peak

    async def verify(self) -> tuple[float, float, float]:
        """CPU seconds a row with its seals and documents, those of a row that is only read, and the peak of memory."""
        sealer = Sealer(self._store.seals, clock=lambda: utc_now() + timedelta(days=2))
        while await sealer():
            pass
        revisions, rows = self._mongo.collection("revisions"), 0

        async def read() -> None:
            nonlocal rows
            rows = len([row["_id"] async for row in revisions.find({"clinic_id": load.CLINIC})])

        async def verify() -> None:
            await self._store.verifier.verify(load.CLINIC)

        turns = [[await cpu_with_database_s(self._mongo, work) for work in (read, verify)] for _ in range(TURNS)]
        read_s, verified_s = (median(several) for several in zip(*turns, strict=True))
        return verified_s / rows, read_s / rows, await self.verified_mb()


def _batches(numbers: range) -> Iterator[range]:
    return (numbers[first : first + BATCH] for first in range(0, len(numbers), BATCH))


def _cash(name: str, number: int) -> Cash:
    payment_id, at = f"pay_{name}_{number}", utc_now()
    return Cash(
        movement_id=payment_movement_id(payment_id),
        clinic_id=load.CLINIC,
        register_id=name,
        kind="payment",
        category="payment",
        amount=Money(1_000, "EUR"),
        payment_id=payment_id,
        receipt_number=f"R-{number:06d}",
        at=at,
        by=DESK,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--mongo", required=True)
    parser.add_argument("--count", type=int, required=True)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    results = asyncio.run(measure(Stage(asked.kafka, asked.mongo), asked.count))
    print(json.dumps([asdict(result) for result in results]))


if __name__ == "__main__":
    main()
