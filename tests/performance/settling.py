"""Drafts finalized over HTTP, payments applied from their topic, each beside its floor, and the history verified.

As a process of its own: python -m tests.performance.settling WAY …, which prints what each part took.
"""

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, cast

import bson
import httpx2
import structlog
from invoicing.app import build
from invoicing.domain.receivables.account import account_id_of
from invoicing.store import Store
from pymongo import ReplaceOne

from chassis.database.mongo import Document, Mongo, Session
from chassis.journal.seals import Sealer
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Unit, pack, unpack
from contracts.envelope import Message
from contracts.payments import PaymentReceived
from contracts.topics import INVOICES, PAYMENTS
from contracts.values import ActorRef
from dev.parts.tokens import TokenIssuer
from dev.parts.unhurried import unhurry_consumers
from kernel.clock import utc_now
from kernel.money import Money
from tests.performance import load
from tests.performance.cpu import cpu_with_database_s
from tests.performance.finalizing import MANY, called, invoice_id, one_by_one, with_one_request
from tests.performance.report import Result
from tests.performance.stage import PUBLISHED_AT_ONCE, Stage, fresh
from tests.performance.subject import BATCH, POLL_S, Took, Watch, consume, published, tools

SHARE_OF_FLOOR = 0.5
SHARE_OF_READING = 0.6
TURNS = 3
COUNTED = 10
"""The floor finalizes one of so many: each by itself takes long."""
STEPS = ("apply", "finalize", "prepare")
"""What the floor does with its rows, from the last to the first."""
Parts = dict[str, Took]


def settling(count: int) -> list[Result]:
    """Ours, and then the floor with documents and events of the same size; each on a stage of its own."""
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.bson"
        with fresh(count) as stage:
            ours = _measure("ours", stage, count, sample)
        with fresh(0) as stage:
            floor = _measure("floor", stage, count, sample)
    applied, finalized, together = ours["applied"], ours["finalized"], ours["together"]
    verified, read = ours["verified"], ours["read"]
    to_floor, share = applied.rate / floor["applied"].rate, verified.rate / read.rate
    singly = floor["finalized"].rate
    return [
        Result(
            "payments applied",
            applied.rate,
            "payments/s",
            floor["applied"].rate,
            to_floor,
            f">= {SHARE_OF_FLOOR:.0%} of the floor",
            to_floor >= SHARE_OF_FLOOR,
        ),
        Result("payments applied: CPU", applied.cpu_us, "us/payment", None, None, "shown, not asked"),
        Result(
            "finalized over HTTP", finalized.rate, "invoices/s", singly, finalized.rate / singly, "shown, not asked"
        ),
        Result(
            f"finalized {MANY} at once over HTTP",
            together.rate,
            "invoices/s",
            finalized.rate,
            together.rate / finalized.rate,
            "shown, not asked",
        ),
        Result(
            f"finalized {MANY} at once: CPU",
            together.cpu_us,
            "us/invoice",
            finalized.cpu_us,
            together.cpu_us / finalized.cpu_us,
            "shown, not asked",
        ),
        Result(
            "revisions verified",
            verified.rate,
            "rows/CPU s",
            read.rate,
            share,
            f">= {SHARE_OF_READING:.0%} of plain reading",
            share >= SHARE_OF_READING,
        ),
    ]


def _measure(way: str, stage: Stage, count: int, sample: Path) -> Parts:
    command = [sys.executable, "-m", "tests.performance.settling", way, "--kafka", stage.kafka, "--mongo", stage.mongo]
    ended = subprocess.run(
        [*command, "--count", str(count), "--sample", str(sample)], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    return {name: Took(**took) for name, took in json.loads(ended.stdout.splitlines()[-1]).items()}


async def ours(stage: Stage, count: int, sample: Path) -> Parts:
    """The invoicing service itself."""
    with tempfile.TemporaryDirectory() as folder, TokenIssuer(Path(folder)) as issuer:
        app = build(stage.settings(issuer=issuer))
        async with app.router.lifespan_context(app):
            await _until_published(count)
            async with called(app, issuer.mint("billing_manager", load.CLINIC)) as http:
                finalized = await _finalize(http, range(count // 2))
                together = await _finalize_together(http, range(count // 2, count))
            await _until_published(2 * count)
            applied = await _apply(stage, count)
    mongo = Mongo(stage.mongo, "invoicing")
    read, verified = await _verify(mongo)
    await _keep_sample(mongo, sample)
    await mongo.close()
    return {"finalized": finalized, "together": together, "applied": applied, "read": read, "verified": verified}


async def _until_published(count: int) -> None:
    while published(INVOICES.name) < count:
        await asyncio.sleep(POLL_S)


async def _finalize(http: httpx2.AsyncClient, numbers: range) -> Took:
    """One after the other, as they share their series of numbers."""
    watch = Watch()
    for done, number in enumerate(numbers, 1):
        await one_by_one(http, [number])
        watch.at(done)
    return watch.took()


async def _finalize_together(http: httpx2.AsyncClient, numbers: range) -> Took:
    """As many with each request as it takes."""
    watch = Watch()
    for first in range(0, len(numbers), MANY):
        await with_one_request(http, some := numbers[first : first + MANY])
        watch.at(first + len(some))
    return watch.took()


async def _apply(stage: Stage, count: int) -> Took:
    watch, before = Watch(), published(INVOICES.name)
    await _publish(stage, count)
    while watch.done < count:
        await asyncio.sleep(POLL_S)
        watch.at(published(INVOICES.name) - before)
    return watch.took()


async def _verify(mongo: Mongo) -> tuple[Took, Took]:
    """CPU to read all rows of the history, and to verify them with their seals and documents."""
    store = Store(mongo)
    sealer = Sealer(store.seals, clock=lambda: utc_now() + timedelta(days=2))
    while await sealer():
        pass
    rows = mongo.collection("revisions")

    async def read() -> int:
        return len([row["_id"] async for row in rows.find({"clinic_id": load.CLINIC})])

    async def verify() -> None:
        report = await store.verifier.verify(load.CLINIC)
        if report.findings or report.revisions != count:
            raise RuntimeError(f"an honest history is broken: {report.findings[:3]}")

    count = await read()
    turns = [[await cpu_with_database_s(mongo, work) for work in (read, verify)] for _ in range(TURNS)]
    read_s, verified_s = (median(several) for several in zip(*turns, strict=True))
    return Took(count, read_s, 0, 0), Took(count, verified_s, 0, 0)


async def _keep_sample(mongo: Mongo, file: Path) -> None:
    """What one payment left in each collection, and what was said of it."""
    id_ = invoice_id(0)
    at = {
        "payments": {"_id": _payment_id(0)},
        "invoices": {"_id": id_},
        "revisions": {"subject": id_, "version": 3},
        "accounts": {"_id": account_id_of(load.CLINIC, "pat-0")},
    }
    documents = {name: await mongo.collection(name).find_one(where) or {} for name, where in at.items()}
    unit = Unit(cast(Session, None), "/bench")
    unit.say(_payment(0))
    published_as = {"topic": INVOICES.name, "value": documents["invoices"]["snapshot"]}
    file.write_bytes(bson.encode({"documents": documents, "message": pack(unit.messages[0]), "said": published_as}))


async def floor(stage: Stage, count: int, sample: Path) -> Parts:
    """The same writes and events, without reading, deciding or HTTP: payments in batches, finalizations one by one."""
    known = bson.decode(sample.read_bytes())
    like = unpack(known["message"])
    message = Message(known["said"]["topic"], like.key, known["said"]["value"], like.headers)
    await _publish(stage, count)
    async with tools(stage, PAYMENTS.name) as (consumer, producer, mongo):
        writes = _Writes(mongo, known["documents"])
        await writes.prepare(count)
        finalized, applied = Watch(), Watch()
        for number in range(0, count, COUNTED):
            await mongo.transaction(lambda session, number=number: writes.finalize(session, number))  # type: ignore[misc]
            await producer.publish([message] * 2)
            finalized.at(number // COUNTED + 1)
        finalizing = finalized.took()

        async def batch(records: list[Any]) -> None:
            await mongo.transaction(lambda session: writes.apply(session, applied.done, len(records)))
            await producer.publish([message] * 2 * len(records))

        await consume(consumer, count, BATCH, applied, batch)
        return {"finalized": finalizing, "applied": applied.took()}


class _Writes:
    """What ours leaves in the database: inserted where it is new, replaced by its id where it was there before."""

    def __init__(self, mongo: Mongo, documents: dict[str, Document]) -> None:
        self._mongo = mongo
        self._documents = documents

    async def prepare(self, count: int) -> None:
        """The invoices and accounts, as if they had been drafted."""
        for name in ("invoices", "accounts"):
            rows = self._rows(name, range(count), "prepare")
            for first in range(0, count, BATCH):
                await self._mongo.collection(name).insert_many(rows[first : first + BATCH])

    async def finalize(self, session: Any, number: int) -> None:
        """One invoice, with a number of its series."""
        await self._mongo.collection("counters").find_one_and_update(
            {"_id": "series"}, {"$inc": {"last": 1}}, upsert=True, session=session
        )
        await self._write(session, range(number, number + 1), "finalize", ())

    async def apply(self, session: Any, first: int, count: int) -> None:
        """So many payments, each of another invoice."""
        await self._write(session, range(first, first + count), "apply", ("payments",))

    async def _write(self, session: Any, numbers: range, step: str, more: Sequence[str]) -> None:
        for name in ("invoices", "accounts"):
            changed: list[Any] = [ReplaceOne({"_id": row["_id"]}, row) for row in self._rows(name, numbers, step)]
            await self._mongo.collection(name).bulk_write(changed, session=session)
        for name in ("revisions", *more):
            fresh = [{**row, "_id": f"{step} {row['_id']}"} for row in self._rows(name, numbers, step)]
            await self._mongo.collection(name).insert_many(fresh, session=session)

    def _rows(self, name: str, numbers: range, step: str) -> list[Document]:
        """Each time of another version: a database writes nothing where nothing changes."""
        document = self._documents[name]
        version = document["version"] - STEPS.index(step)
        return [{**document, "_id": f"{name} {number}", "version": version} for number in numbers]


async def _publish(stage: Stage, count: int) -> None:
    producer = Producer(stage.kafka, "bench")
    await producer.start()
    for first in range(0, count, PUBLISHED_AT_ONCE):
        unit = Unit(cast(Session, None), "/bench")
        for number in range(first, min(first + PUBLISHED_AT_ONCE, count)):
            unit.say(_payment(number))
        await producer.publish(unit.messages)
    await producer.stop()


def _payment(number: int) -> PaymentReceived:
    """A part payment by card, of the invoice of that session."""
    at, amount = utc_now(), Money(1_000, "EUR")
    return PaymentReceived(
        payment_id=_payment_id(number),
        clinic_id=load.CLINIC,
        patient_id=f"pat-{number % load.PATIENTS}",
        invoice_id=invoice_id(number),
        version=1,
        method="card",
        status="settled",
        currency="EUR",
        amount=amount,
        refunded=Money(0, "EUR"),
        settled=amount,
        received_at=at,
        settled_at=at,
        changed_at=at,
        changed_by=ActorRef(actor_id="bench", role="front_desk"),
    )


def _payment_id(number: int) -> str:
    return f"pay_{number:032x}"


WAYS = {"ours": ours, "floor": floor}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--mongo", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--sample", type=Path, required=True)
    asked = parser.parse_args(arguments)
    unhurry_consumers()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    parts = asyncio.run(WAYS[asked.way](Stage(asked.kafka, asked.mongo), asked.count, asked.sample))
    print(json.dumps({name: asdict(took) for name, took in parts.items()}))


if __name__ == "__main__":
    main()
