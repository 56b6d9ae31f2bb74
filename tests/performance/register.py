"""A register: cash that payments took, booked on the books of a day; the day closed; the history verified.

As a process of its own: python -m tests.performance.register --kafka … --mongo …, which prints its figures.
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
from time import perf_counter
from typing import Any

import structlog
from cash_register.domain.days.cash import Cash, Count, payment_movement_id
from cash_register.domain.days.opening import OpenDay
from cash_register.store import INDEXES, Store
from cash_register.usecases.days.close_day import CloseDay, close_day
from cash_register.usecases.days.collect_cash import Arrival, collect_cash
from cash_register.usecases.days.open_day import open_day
from pymongo import ReplaceOne

from chassis.database.mongo import Mongo
from chassis.journal.seals import Sealer
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox, Unit
from chassis.service import OWN_INDEXES
from contracts.envelope import Message
from kernel.actor import Actor
from kernel.change import Change
from kernel.clock import utc_now
from kernel.money import Money
from tests.performance import load
from tests.performance.report import Result
from tests.performance.stage import Stage, fresh

BATCH = 500
SHARE_OF_FLOOR = 0.7
FINDS = 20
DESK = Actor("bench", None, "front_desk")
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
    """Ours first, then the same rows and events once more without a thought."""
    mongo = Mongo(stage.mongo, "cash-register")
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    producer = Producer(stage.kafka, "bench")
    await producer.start()
    bench = _Bench(mongo, Store.of(mongo), Outbox(mongo, producer, "/bench"), producer)
    await bench.open("front")
    await bench.book("front", range(BATCH * 2))
    short = await bench.verified_mb()
    rate = await bench.book("front", range(BATCH * 2, count))
    floor = await bench.floor(count)
    closed = await bench.close("front", count)
    verified, read, whole = await bench.verify()
    await producer.stop()
    await mongo.close()
    ratio, growth = rate / floor, whole / short
    return [
        Result(
            "movements booked",
            rate,
            "movements/s",
            floor,
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
        Result("register revisions verified", verified, "rows/s", read, verified / read, "shown, not asked"),
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

    async def book(self, name: str, numbers: range) -> float:
        """Movements a second, from what was heard of to what the broker acknowledged."""
        begun = perf_counter()
        for some in _batches(numbers):
            arrivals = [Arrival(_cash(name, number)) for number in some]

            async def work(unit: Unit, arrivals: Sequence[Arrival] = arrivals) -> None:
                await collect_cash(unit, self._store, arrivals, utc_now())
                self._said = unit.messages

            await self._outbox.transact(work, confirm=True)
        return len(numbers) / (perf_counter() - begun)

    async def floor(self, count: int) -> float:
        """Documents and events of the same size, in the same batches: nothing read, nothing decided."""
        day = await self._mongo.collection("days").find_one({}) or {}
        movement = await self._mongo.collection("movements").find_one({}) or {}
        of_day = await self._mongo.collection("revisions").find_one({"subject": day["_id"], "version": BATCH}) or {}
        of_movement = await self._mongo.collection("revisions").find_one({"subject": movement["_id"]}) or {}
        await self._mongo.collection("floor_days").insert_one(day)
        message, begun = self._said[-1], perf_counter()
        for some in _batches(range(count)):

            async def write(session: Any, some: range = some) -> None:
                fresh = {**day, "version": some.stop + 1}
                replaced: list[Any] = [ReplaceOne({"_id": day["_id"]}, fresh)]
                await self._mongo.collection("floor_days").bulk_write(replaced, session=session)
                for name, row in (("movements", movement), ("day_revisions", of_day), ("revisions", of_movement)):
                    rows = [{**row, "_id": f"{name} {number}"} for number in some]
                    await self._mongo.collection(f"floor_{name}").insert_many(rows, session=session)

            await self._mongo.transaction(write)
            await self._producer.publish([message] * len(some))
        return count / (perf_counter() - begun)

    async def close(self, name: str, count: int) -> float:
        """How many finds of a movement by its id it takes as long as."""
        ids = [payment_movement_id(f"pay_{name}_{number}") for number in range(FINDS)]
        begun = perf_counter()
        for movement_id in ids:
            await self._store.movements.find(None, movement_id)
        find_s = (perf_counter() - begun) / FINDS
        counted = Count(Money(10_000 + 1_000 * count, "EUR"))
        command, change = CloseDay(load.CLINIC, name, self._today, counted), Change(utc_now(), DESK)
        begun = perf_counter()
        day = await self._outbox.transact(lambda unit: close_day(unit, self._store, command, change))
        closed_s = perf_counter() - begun
        if day.variance != Money(0, "EUR"):
            raise RuntimeError(f"the day has a variance of {day.variance}")
        return closed_s / find_s

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
        """Rows a second with their seals and documents, rows a second that are only read, and the peak of memory."""
        sealer = Sealer(self._store.seals, clock=lambda: utc_now() + timedelta(days=2))
        while await sealer():
            pass
        begun = perf_counter()
        rows = [row["_id"] async for row in self._mongo.collection("revisions").find({"clinic_id": load.CLINIC})]
        read_s, begun = perf_counter() - begun, perf_counter()
        await self._store.verifier.verify(load.CLINIC)
        verified_s = perf_counter() - begun
        return len(rows) / verified_s, len(rows) / read_s, await self.verified_mb()


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
