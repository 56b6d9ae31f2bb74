"""Webhooks taken in a second, beside a bare endpoint that stores the bytes.

As a process of its own: python -m tests.performance.webhooks WAY …, which prints what it took.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import logging
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Any

import httpx2
import structlog
from fastapi import FastAPI, Request
from payments.app import build
from payments.settings import PaymentsSettings
from pydantic import SecretStr

from chassis.database.mongo import Mongo
from dev.parts.unhurried import unhurry_consumers
from tests.performance.report import Result
from tests.performance.stage import Stage, fresh
from tests.performance.subject import Took, Watch

SECRET = "whsec_bench"
AT_ONCE = 16
SHARE_OF_BARE = 0.5
FILLER = "x" * 1_500
"""Stripe's events are of one to three kilobytes."""


def webhooks(count: int) -> list[Result]:
    """Ours, and then the bare endpoint; each on a stage of its own."""
    took: dict[str, Took] = {}
    for way in WAYS:
        with fresh(0) as stage:
            took[way] = _measure(way, stage, count)
    ratio = took["ours"].rate / took["bare"].rate
    goal, met = f">= {SHARE_OF_BARE:.0%} of the bare endpoint", ratio >= SHARE_OF_BARE
    return [
        Result("webhooks taken in", took["ours"].rate, "events/s", took["bare"].rate, ratio, goal, met),
        Result(
            "webhooks taken in: CPU",
            took["ours"].cpu_us,
            "us/event",
            took["bare"].cpu_us,
            took["ours"].cpu_us / took["bare"].cpu_us,
            "shown, not asked",
        ),
    ]


def _measure(way: str, stage: Stage, count: int) -> Took:
    where = ["--kafka", stage.kafka, "--mongo", stage.mongo, "--count", str(count)]
    command = [sys.executable, "-m", "tests.performance.webhooks", way, *where]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    return Took(**json.loads(ended.stdout.splitlines()[-1]))


async def ours(stage: Stage, count: int) -> Took:
    """The service: the signature is checked on the raw bytes, and the event kept under its id."""
    app = build(
        PaymentsSettings(
            kafka=stage.kafka,
            mongo_uri=stage.mongo,
            jwks_url="http://127.0.0.1:9/jwks.json",
            issuer="bench",
            ordinal="0",
            stripe_api_key=SecretStr("sk_test_bench"),
            stripe_webhook_secret=SecretStr(SECRET),
            stripe_api_base="http://127.0.0.1:9",
        )
    )
    async with app.router.lifespan_context(app):
        took = await _sent(app, count)
    mongo = Mongo(stage.mongo, "payments")
    kept = await mongo.collection("webhooks").count_documents({})
    await mongo.close()
    if kept != count:
        raise RuntimeError(f"{kept} of {count} events were kept")
    return took


async def bare(stage: Stage, count: int) -> Took:
    """The same framework and database: the bytes, and nothing else."""
    mongo = Mongo(stage.mongo, "bare")
    await mongo.ensure_indexes({"webhooks": []})
    app = FastAPI()

    @app.post("/stripe/webhook")
    async def keep(request: Request) -> dict[str, bool]:
        await mongo.collection("webhooks").insert_one({"body": await request.body()})
        return {"received": True}

    took = await _sent(app, count)
    await mongo.close()
    return took


async def _sent(app: FastAPI, count: int) -> Took:
    """Sixteen at a time, as Stripe has several on their way."""
    watch = Watch()
    waiting = iter([_event(number) for number in range(count)])
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://bench") as http:

        async def send() -> None:
            for body, headers in waiting:
                answer = await http.post("/stripe/webhook", content=body, headers=headers)
                if answer.status_code != 200:
                    raise RuntimeError(answer.text)
                watch.at(watch.done + 1)

        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    return watch.took()


def _event(number: int) -> tuple[bytes, dict[str, str]]:
    """Of a type that nothing is done about, so that only the intake is measured; signed as Stripe does it."""
    thing = {"id": f"cus_{number}", "object": "customer", "description": FILLER}
    event: dict[str, Any] = {
        "id": f"evt_bench_{number}",
        "object": "event",
        "type": "customer.updated",
        "data": {"object": thing},
        "created": int(time.time()),
        "livemode": False,
        "api_version": "2026-01-28.clover",
        "pending_webhooks": 1,
    }
    body = json.dumps(event).encode()
    at = int(time.time())
    signed = hmac.new(SECRET.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={at},v1={signed}", "Content-Type": "application/json"}


WAYS = {"ours": ours, "bare": bare}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--mongo", required=True)
    parser.add_argument("--count", type=int, required=True)
    asked = parser.parse_args()
    unhurry_consumers()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(json.dumps(asdict(asyncio.run(WAYS[asked.way](Stage(asked.kafka, asked.mongo), asked.count)))))


if __name__ == "__main__":
    main()
