"""Patients of one large clinic, found by what is typed at its desk, as ratios to a plain find by id in the same run."""

import asyncio
import logging
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx2
import structlog
from fastapi import FastAPI
from invoicing.app import build
from invoicing.domain.patients.patient import Patient, latest, source_of
from invoicing.store.patients import COLLECTION, INDEXES, Patients

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox
from dev.parts.tokens import TokenIssuer
from dev.parts.unhurried import unhurry_consumers
from tests.performance import load
from tests.performance.listing import keep_workers_out, p95
from tests.performance.report import Result
from tests.performance.stage import Stage, fresh

P95_MS = 50
AT_ONCE = 2_000
ASKED = 40
FIRST = "Anna Lena Łucja Jörg Mehmet Zoë Søren Amélie Max Paul Emma Mia Noah Ivan Olga Fatma Ali Nguyễn Lars Ines"
STEMS = "Mü Schmi Schnei Fi We Mey Wag Be Schu Ho Schä Ko Ba Ri Kle Wo Schrö Neu Schwa Zi Brau Krü Hof Har Lan"
ENDS = "ller dt der scher ber er ner cker lz ffmann fer ch uer chter in lf de mann rz mmer n ger meister tung ge"
TYPED: dict[str, Callable[[str], str]] = {
    "three letters that many have": lambda name: name.split()[-1][:3],
    "the name": lambda name: name,
    "parts of both names": lambda name: " ".join(word[1:5] for word in reversed(name.split())),
    "two letters": lambda name: name[:2],
    "common letters that nobody has together": lambda name: "anna mehmet",
}


def patients(count: int) -> list[Result]:
    """The first page of each search, over HTTP; the ratio to a find by id tells the search from the machine.

    The service was asked for others before, as at any desk: it remembers which parts many have.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with (
        fresh(0, only_read=True) as stage,
        tempfile.TemporaryDirectory() as folder,
        TokenIssuer(Path(folder)) as issuer,
    ):
        return asyncio.run(_patients(stage, issuer, count))


async def _patients(stage: Stage, issuer: TokenIssuer, count: int) -> list[Result]:
    mongo = Mongo(stage.mongo, "invoicing")
    await _fill(mongo, count)
    some = random.Random(1).sample(list(_people(count)), ASKED)
    rows = mongo.collection(COLLECTION)
    ids = [f"{one.clinic_id} {one.patient_id}" for one in some]
    by_id_ms = await p95([partial(rows.find_one, {"_id": id_}) for id_ in ids])
    await keep_workers_out(mongo)
    await mongo.close()
    unhurry_consumers()
    app = build(stage.settings(issuer=issuer))
    typed = {what: [form(one.name) for one in some] for what, form in TYPED.items()}
    typed["the birth date"] = [str(one.birth_date) for one in some]
    before = [one.name for one in random.Random(2).sample(list(_people(count)), ASKED)]
    async with app.router.lifespan_context(app):
        await _asked(app, issuer, before)
        found = {what: await _asked(app, issuer, questions) for what, questions in typed.items()}
    return [
        Result(f"find p95 at {count:,}: {what}", ms, "ms", by_id_ms, ms / by_id_ms, f"< {P95_MS} ms", ms < P95_MS)
        for what, ms in found.items()
    ]


async def _asked(app: FastAPI, issuer: TokenIssuer, questions: list[str]) -> float:
    token = {"Authorization": f"Bearer {issuer.mint('front_desk', load.CLINIC)}"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://bench", headers=token, timeout=300) as http:
        asked = [{"clinic_id": load.CLINIC, "q": question} for question in questions]
        (await http.get("/patients", params=asked[0])).raise_for_status()
        return await p95([partial(http.get, "/patients", params=params) for params in asked])


async def _fill(mongo: Mongo, count: int) -> None:
    outbox, store, everybody = (
        Outbox(mongo, Producer("127.0.0.1:1", "bench"), "/bench"),
        Patients(mongo),
        _people(count),
    )
    await mongo.collection(COLLECTION).drop_indexes()
    for _ in range(0, count, AT_ONCE):
        some = [one for _, one in zip(range(AT_ONCE), everybody, strict=False)]
        await outbox.transact(partial(store.learn, heard=latest(some)))
    await mongo.ensure_indexes({COLLECTION: INDEXES})


def _people(count: int) -> Iterator[Patient]:
    """The same each time: twenty first names, some surnames of many and most of few, and some with two."""
    dice, at = random.Random(0), datetime(2026, 11, 20, tzinfo=UTC)
    firsts, stems, ends = FIRST.split(), STEMS.split(), ENDS.split()
    for number in range(count):
        name = f"{dice.choice(firsts)} {stems[int(dice.random() ** 1.3 * len(stems))]}{dice.choice(ends)}"
        if dice.random() < 0.2:
            name += f"-{dice.choice(stems)}{dice.choice(ends)}"
        born = date(1930, 1, 1) + timedelta(days=dice.randrange(35_000))
        yield Patient(load.CLINIC, f"pat-{number}", name, born, source_of(at, 1, "ses-0"))
