"""Drafts of one clinic finalized over HTTP: one after the other, twenty at once, and a day's with one request.

As a process of its own: python -m tests.performance.finalizing, which prints what each way took in each round.
"""

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import count as counted_from
from pathlib import Path
from statistics import median

import httpx2
import structlog
from fastapi import FastAPI
from invoicing.app import build
from invoicing.domain.drafts.drafting import invoice_id_of

from chassis.database.mongo import Mongo
from contracts.topics import INVOICES
from dev.parts.tokens import TokenIssuer
from dev.parts.unhurried import unhurry_consumers
from tests.performance import load
from tests.performance.cpu import cpu_with_database_s
from tests.performance.report import Result
from tests.performance.stage import Stage, fresh
from tests.performance.subject import POLL_S, published

AT_ONCE, MANY = 20, 200
"""Requests at the same time; drafts that one request names."""
SINGLY = 100
"""Drafts of a round that are finalized with a request each, one after the other, and as many `AT_ONCE`."""
A_ROUND = 2 * SINGLY + MANY
ONE_MS, MANY_MS, DEARER, BROKEN_OFF = 10, 2, 1.1, 0.05
WAYS = ("one by one", "at once", "many")
Took = dict[str, dict[str, float]]
"""Of each way the CPU of an invoice in ms, of the service, of who asks it and of the database; and how many of its
transactions were broken off, as a share of its invoices."""


def finalizing(rounds: int) -> list[Result]:
    """The ways in turn, in each of the rounds; medians, and the median of the rounds' ratios."""
    with fresh(rounds * A_ROUND) as stage:
        took = _measure(stage, rounds)
    cpu_ms = {way: median(each[way]["cpu_ms"] for each in took) for way in WAYS}
    dearer = median(each["at once"]["cpu_ms"] / each["one by one"]["cpu_ms"] for each in took)
    broken_off = median(each["at once"]["broken_off"] for each in took)
    one, at_once, many = (cpu_ms[way] for way in WAYS)
    return [
        Result("finalize: CPU", one, "ms/invoice", None, None, f"<= {ONE_MS} ms", one <= ONE_MS),
        Result(
            f"finalize, {AT_ONCE} at once: CPU",
            at_once,
            "ms/invoice",
            one,
            dearer,
            f"<= {DEARER} x one by one",
            dearer <= DEARER,
        ),
        Result(
            f"finalize, {AT_ONCE} at once: broken off",
            100 * broken_off,
            "% of them",
            None,
            None,
            f"< {BROKEN_OFF:.0%}",
            broken_off < BROKEN_OFF,
        ),
        Result(
            f"finalize {MANY} with a request: CPU",
            many,
            "ms/invoice",
            one,
            many / one,
            f"<= {MANY_MS} ms",
            many <= MANY_MS,
        ),
    ]


def _measure(stage: Stage, rounds: int) -> list[Took]:
    command = [sys.executable, "-m", "tests.performance.finalizing", "--kafka", stage.kafka, "--mongo", stage.mongo]
    ended = subprocess.run([*command, "--rounds", str(rounds)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    took: list[Took] = json.loads(ended.stdout.splitlines()[-1])
    return took


async def measured(stage: Stage, rounds: int) -> list[Took]:
    """The invoicing service itself, and who asks it, in this process."""
    with tempfile.TemporaryDirectory() as folder, TokenIssuer(Path(folder)) as issuer:
        app = build(stage.settings(issuer=issuer))
        mongo = Mongo(stage.mongo, "invoicing")
        async with (
            app.router.lifespan_context(app),
            called(app, issuer.mint("billing_manager", load.CLINIC)) as http,
        ):
            while published(INVOICES.name) < rounds * A_ROUND:
                await asyncio.sleep(POLL_S)
            numbers = counted_from()
            took = [await _round(mongo, http, numbers) for _ in range(rounds)]
        await mongo.close()
    return took


async def _round(mongo: Mongo, http: httpx2.AsyncClient, numbers: Iterator[int]) -> Took:
    some = [[next(numbers) for _ in range(size)] for size in (SINGLY, SINGLY, MANY)]
    works: list[Callable[[], Awaitable[None]]] = [
        lambda: one_by_one(http, some[0]),
        lambda: at_once(http, some[1]),
        lambda: with_one_request(http, some[2]),
    ]
    took = {}
    for way, own, work in zip(WAYS, some, works, strict=True):
        before = await _aborted(mongo)
        cpu_s = await cpu_with_database_s(mongo, work)
        broken_off = await _aborted(mongo) - before
        took[way] = {"cpu_ms": cpu_s / len(own) * 1e3, "broken_off": broken_off / len(own)}
    return took


async def one_by_one(http: httpx2.AsyncClient, numbers: Sequence[int]) -> None:
    """The drafts of these sessions, each when the one before has its number."""
    for number in numbers:
        answer = await http.post(f"/invoices/{invoice_id(number)}/finalize", headers={"If-Match": '"1"'})
        if answer.status_code != 200:
            raise RuntimeError(answer.text)


async def at_once(http: httpx2.AsyncClient, numbers: Sequence[int]) -> None:
    """So many desks, each with its own drafts: all of them draw from one series."""
    await asyncio.gather(*(one_by_one(http, numbers[first::AT_ONCE]) for first in range(AT_ONCE)))


async def with_one_request(http: httpx2.AsyncClient, numbers: Sequence[int]) -> None:
    """All of them, each judged by itself."""
    drafts = [{"invoice_id": invoice_id(number), "version": 1} for number in numbers]
    body = {"clinic_id": load.CLINIC, "drafts": drafts}
    answer = await http.post("/invoices/finalize", json=body, headers={"Idempotency-Key": f"many-{numbers[0]}"})
    if answer.status_code != 200 or answer.json()["refused"]:
        raise RuntimeError(answer.text)


def called(app: FastAPI, token: str) -> httpx2.AsyncClient:
    """How the service in this process is called, with that token."""
    transport, headers = httpx2.ASGITransport(app), {"Authorization": f"Bearer {token}"}
    return httpx2.AsyncClient(transport=transport, base_url="http://bench", headers=headers, timeout=httpx2.Timeout(60))


def invoice_id(number: int) -> str:
    """Of the draft that the session with that number becomes."""
    return invoice_id_of(load.CLINIC, load.session(number)["session_id"])


async def _aborted(mongo: Mongo) -> int:
    """Transactions so far; 0 where the server does not count them."""
    return int((await mongo.db.command("serverStatus")).get("transactions", {}).get("totalAborted", 0))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--mongo", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    asked = parser.parse_args()
    unhurry_consumers()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(json.dumps(asyncio.run(measured(Stage(asked.kafka, asked.mongo), asked.rounds))))


if __name__ == "__main__":
    main()
