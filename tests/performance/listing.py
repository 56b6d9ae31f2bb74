"""Lists of invoices in a full store, as ratios to a plain find by id in the same run."""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import httpx2
import structlog
from fastapi import FastAPI
from invoicing.app import build
from invoicing.store import INDEXES

from chassis.database.lease import Lease
from chassis.database.mongo import Document, Mongo
from dev.parts.tokens import TokenIssuer
from dev.parts.unhurried import unhurry_consumers
from tests.performance import load
from tests.performance.report import Result
from tests.performance.stage import Stage, fresh
from tests.performance.subject import samples

P95_MS = 50
AT_ONCE = 5_000
CLINICS = 20
ROUNDS = 40
RARE = 1_000
"""One invoice in so many is a draft: the list of these must not read the others."""
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "of a clinic": (load.CLINIC, {}),
    "of a clinic's patient": (load.CLINIC, {"patient_id": "pat-20"}),
    "of a clinic's drafts": (load.CLINIC, {"status": "draft"}),
    "of what waits for a clinic's manager": (load.CLINIC, {"problem": "awaits-approval"}),
    "of all clinics": ("*", {}),
    "of all clinics' drafts": ("*", {"status": "draft"}),
}
Asking = Callable[[], Awaitable[Any]]


def listing(count: int) -> list[Result]:
    """The first two pages of each list, over HTTP; the ratio to a find by id tells the list from the machine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with (
        fresh(0, only_read=True) as stage,
        tempfile.TemporaryDirectory() as folder,
        TokenIssuer(Path(folder)) as issuer,
    ):
        return asyncio.run(_listing(stage, issuer, count))


async def _listing(stage: Stage, issuer: TokenIssuer, count: int) -> list[Result]:
    mongo = Mongo(stage.mongo, "invoicing")
    ids = await _fill(mongo, count)
    by_id_ms = await p95([partial(mongo.collection("invoices").find_one, {"_id": id_}) for id_ in ids])
    await keep_workers_out(mongo)
    await mongo.close()
    unhurry_consumers()
    app = build(stage.settings(issuer=issuer))
    async with app.router.lifespan_context(app):
        found = [await _list(app, issuer, *asked) for asked in LISTS.values()]
    return [
        Result(
            f"list p95 at {count:,}: {name}",
            p95_ms,
            "ms",
            by_id_ms,
            p95_ms / by_id_ms,
            f"< {P95_MS} ms",
            p95_ms < P95_MS,
        )
        for name, p95_ms in zip(LISTS, found, strict=True)
    ]


async def keep_workers_out(mongo: Mongo) -> None:
    """The nightly check reads the whole store once it starts; lists are asked for without it beside them."""
    for worker in ("seals", "completeness"):
        await Lease(mongo, worker, ttl=timedelta(days=1)).take()


async def _list(app: FastAPI, issuer: TokenIssuer, clinic: str, asked: dict[str, str]) -> float:
    token = {"Authorization": f"Bearer {issuer.mint('auditor', clinic)}"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://bench", headers=token, timeout=300) as http:
        first = (await http.get("/invoices", params=asked)).raise_for_status().json()
        pages = [asked, {**asked, "cursor": first["next_cursor"]} if first["next_cursor"] else asked]
        return await p95([partial(http.get, "/invoices", params=page) for page in pages * (ROUNDS // 2)])


async def p95(questions: list[Asking]) -> float:
    took_ms = []
    for ask in questions:
        begun = perf_counter()
        await ask()
        took_ms.append((perf_counter() - begun) * 1e3)
    return quantiles(took_ms, n=20)[-1]


async def _fill(mongo: Mongo, count: int) -> list[str]:
    """Copies of one invoice, of other patients, clinics, days and states; some of their ids.

    Its indexes are made at the end: to keep ten of them up to date at each insert takes several times as long.
    """
    kept, _ = await samples(mongo)
    await mongo.collection("invoices").drop_indexes()
    for first in range(0, count, AT_ONCE):
        rows = list(_rows(kept["invoices"], first, min(first + AT_ONCE, count)))
        await mongo.collection("invoices").insert_many(rows)
    await mongo.ensure_indexes({"invoices": INDEXES["invoices"]})
    return [f"inv_{number:032x}" for number in range(0, count, max(count // ROUNDS, 1))]


def _rows(one: Document, first: int, last: int) -> Iterator[Document]:
    for number in range(first, last):
        clinic = number % CLINICS
        yield {
            **one,
            "_id": f"inv_{number:032x}",
            "clinic_id": load.CLINIC if clinic == 0 else f"clinic-{clinic}",
            "patient_id": f"pat-{number % 10_000}",
            "status": "finalized" if number % RARE else "draft",
            "marked": number % RARE == 0,
            "problems": [] if number % RARE else ["awaits-approval"],
            "drafted_at": one["drafted_at"] - timedelta(seconds=number),
        }
