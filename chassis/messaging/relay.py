"""Publishes what HTTP commands said, at once, and what a crash left behind, after a while."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from chassis.database.lease import Lease
from chassis.database.mongo import Document, Mongo
from chassis.messaging.outbox import COLLECTION, Outbox
from chassis.telemetry import OUTBOX_DEPTH, OUTBOX_OLDEST_AGE_S
from kernel.clock import utc_now

log = structlog.get_logger(__name__)
SWEEP_S = 1.0
PAGE = 20
BY_ID = [("_id", 1)]
"""Counts without reading the rows themselves, of several megabytes each."""


class Relay:
    """Each process publishes its own commands' rows in order; one lease holder sweeps up rows older than `grace`.

    A row published by both is no harm: it is the same bytes under the same id.
    """

    def __init__(self, mongo: Mongo, outbox: Outbox, *, grace: timedelta = timedelta(seconds=5)) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._outbox = outbox
        self._lease = Lease(mongo, "relay")
        self._grace = grace
        self._own: asyncio.Queue[Sequence[Document]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        outbox.on_commit(self._own.put_nowait)

    async def start(self) -> None:
        """Drains the outbox, then goes on in the background."""
        await self._publish_older_than(timedelta(0))
        self._tasks = [
            asyncio.create_task(self._publish_own(), name="relay-own"),
            asyncio.create_task(self._sweep(), name="relay-sweep"),
        ]

    async def stop(self) -> None:
        """Publishes what was said here, if the broker answers soon, and lets the next sweeper in."""
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._own.join()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Exception):
            await self._lease.release()

    async def _publish_own(self) -> None:
        while True:
            rows = await self._own.get()
            await self._outbox.publish(rows)
            self._own.task_done()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                if await self._lease.take():
                    await self._publish_older_than(self._grace)
                await self._measure()
            except Exception:
                log.warning("relay-will-retry", exc_info=True)

    async def _publish_older_than(self, age: timedelta) -> None:
        """In order, a page at a time, stopping at the first row that the broker does not take."""
        while True:
            ripe = {"at": {"$lte": utc_now() - age}, "_id": {"$nin": list(self._outbox.in_hand)}}
            rows = await self._rows.find(ripe).sort("_id", 1).limit(PAGE).to_list(PAGE)
            if not rows:
                return
            await self._outbox.publish(rows)
            if await self._rows.find_one({"_id": rows[-1]["_id"]}, {"_id": 1}):
                return

    async def _measure(self) -> None:
        oldest = await self._rows.find({}, {"at": 1}).sort("_id", 1).limit(1).to_list(1)
        OUTBOX_DEPTH.set(await self._rows.count_documents({}, hint=BY_ID) if oldest else 0)
        OUTBOX_OLDEST_AGE_S.set((utc_now() - oldest[0]["at"]).total_seconds() if oldest else 0)
