"""Publishes what HTTP commands said, at once, and what a crash left behind, after a while."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from chassis.database.lease import Lease
from chassis.database.mongo import Document, Mongo
from chassis.messaging.outbox import COLLECTION, Outbox
from chassis.tasks import ended
from chassis.telemetry import OUTBOX_DEPTH, OUTBOX_OLDEST_AGE_S, OUTBOX_STALLED
from kernel.clock import utc_now

log = structlog.get_logger(__name__)
SWEEP_S = 1.0
PAGE = 20
BY_ID = [("_id", 1)]
"""The index that is never left: rows have up to 4 MB, and are neither sorted nor read to be counted."""


class Relay:
    """Each process publishes its own commands' rows in order; one lease holder sweeps up rows older than `grace`.

    A row published by both is no harm: it is the same bytes under the same id. While nothing waits, nobody asks for the
    lease.
    """

    def __init__(
        self, mongo: Mongo, outbox: Outbox, *, grace: timedelta = timedelta(seconds=5), stalled_after_s: float = 30.0
    ) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._outbox = outbox
        self._lease = Lease(mongo, "relay")
        self._grace = grace
        self._looks = mongo.pace.looks(SWEEP_S)
        self._ripe = asyncio.Event()
        self._own: asyncio.Queue[Sequence[Document]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._stalled_after_s = stalled_after_s
        self._waiting = False
        self.stalled: dict[str, str] = {}
        """Why events wait too long, by `outbox`; empty while none does."""
        outbox.on_commit(self._own.put_nowait)

    async def start(self) -> None:
        """Drains the outbox, then goes on in the background."""
        await self._publish_older_than(timedelta(0))
        self._tasks = [
            asyncio.create_task(self._publish_own(), name="relay-own"),
            asyncio.create_task(self._sweep(), name="relay-sweep"),
            asyncio.create_task(self._watch(), name="relay-watch"),
        ]

    async def stop(self) -> None:
        """Publishes what was said here, if the broker answers soon, and lets the next sweeper in."""
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._own.join()
        await ended(*self._tasks)
        with suppress(Exception):
            await self._lease.release()

    async def _publish_own(self) -> None:
        while True:
            rows = await self._own.get()
            await self._outbox.publish(rows)
            self._own.task_done()

    async def _sweep(self) -> None:
        while True:
            await self._ripe.wait()
            self._ripe.clear()
            try:
                if await self._lease.take():
                    await self._publish_older_than(self._grace)
            except Exception:
                log.warning("relay-will-retry", exc_info=True)

    async def _watch(self) -> None:
        """By itself, since a broker that does not answer keeps the sweep waiting."""
        while True:
            await (asyncio.sleep(SWEEP_S) if self._waiting else self._looks.next())
            self._looks.begin()
            try:
                await self._measure()
                await self._outbox.forget_kept()
            except Exception as error:
                log.warning("outbox-unknown", error=type(error).__name__)

    async def _publish_older_than(self, age: timedelta) -> None:
        """In order, a page at a time, until the broker does not answer. What it refused waits until its time comes."""
        while True:
            now = utc_now()
            ripe = {"at": {"$lte": now - age}, "_id": {"$nin": list(self._outbox.in_hand)}}
            ripe["retry_at"] = {"$not": {"$gt": now}}
            rows = await self._rows.find(ripe).sort("_id", 1).hint(BY_ID).limit(PAGE).to_list(PAGE)
            if not rows or not await self._outbox.publish(rows):
                return

    async def _measure(self) -> None:
        oldest = await self._rows.find({}, {"at": 1}).sort("_id", 1).limit(1).to_list(1)
        depth = await self._rows.count_documents({}, hint=BY_ID) if oldest else 0
        age = utc_now() - oldest[0]["at"] if oldest else timedelta(0)
        self._waiting = bool(depth)
        if oldest and age >= self._grace:
            self._ripe.set()
        age_s = age.total_seconds()
        OUTBOX_DEPTH.set(depth)
        OUTBOX_OLDEST_AGE_S.set(age_s)
        before, self.stalled = self.stalled, self._judge(depth, age_s)
        OUTBOX_STALLED.set(bool(self.stalled))
        if self.stalled and not before:
            log.error("outbox-stalled", documents=depth, oldest_s=round(age_s))

    def _judge(self, depth: int, age_s: float) -> dict[str, str]:
        if age_s <= self._stalled_after_s:
            return {}
        return {"outbox": f"does not drain: the oldest of {depth} documents is {round(age_s)} s old"}
