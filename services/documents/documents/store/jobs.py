"""The queue: jobs that are due, claimed for a while by one worker at a time."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog
from pydantic import TypeAdapter
from pymongo import ReplaceOne, ReturnDocument

from chassis.database.mongo import Document, Mongo, Session
from chassis.messaging.outbox import Unit
from documents.domain.job import Job, JobKind
from kernel.clock import Clock, utc_now
from kernel.errors import Conflict
from kernel.ids import new_id

log = structlog.get_logger(__name__)
_JOB = TypeAdapter(Job)
PAGE = 50


class ClaimLost(Conflict):
    """The job was taken over or replaced meanwhile: what came out of it is thrown away."""

    def __init__(self, job: Job) -> None:
        super().__init__("claim-lost", f"{job.job_id} is not ours any more")


class Jobs:
    """Jobs are there until they are done. Times by `clock`; claims last `ttl` unless they are renewed."""

    def __init__(self, mongo: Mongo, *, ttl: timedelta, clock: Clock = utc_now) -> None:
        self._jobs = mongo.collection("jobs")
        self._ttl = ttl
        self._clock = clock
        self._seen: defaultdict[JobKind, deque[str]] = defaultdict(deque)

    async def put(self, unit: Unit, jobs: Sequence[Job]) -> None:
        """Queues them in the transaction; a job of the same id is replaced, also while somebody works on it."""
        if jobs:
            writes = [
                ReplaceOne({"_id": j.job_id}, {"_id": j.job_id, **_JOB.dump_python(j)}, upsert=True) for j in jobs
            ]
            await self._jobs.bulk_write(writes, session=unit.session)

    async def contents(self, job_ids: Sequence[str], session: Session) -> set[str]:
        """The contents of those jobs that are queued."""
        rows = await self._jobs.find({"_id": {"$in": list(job_ids)}}, {"content": 1}, session=session).to_list(None)
        return {row["content"] for row in rows}

    async def claim(self, kind: JobKind) -> Job | None:
        """A job that has been due for long, now ours; None when nothing is due.

        Ids are read a page at a time: ordering all that is due for each claim would make a long queue a slow one.
        """
        seen = self._seen[kind]
        if not seen:
            seen.extend(await self._due(kind))
        while seen:
            row = await self._claim(seen.popleft())
            if row is not None:
                return _JOB.validate_python(row)
        return None

    async def _due(self, kind: JobKind) -> list[str]:
        due = {"kind": kind, "due_at": {"$lte": self._clock()}}
        rows = await self._jobs.find(due, {"_id": 1}).sort([("kind", 1), ("due_at", 1)]).limit(PAGE).to_list(PAGE)
        return [row["_id"] for row in rows]

    async def _claim(self, job_id: str) -> Document | None:
        """None when another worker was first."""
        now = self._clock()
        change = {"$set": {"claim": new_id("claim"), "due_at": now + self._ttl}, "$inc": {"attempts": 1}}
        due = {"_id": job_id, "due_at": {"$lte": now}}
        row: Document | None = await self._jobs.find_one_and_update(due, change, return_document=ReturnDocument.AFTER)
        return row

    @asynccontextmanager
    async def holding(self, job: Job) -> AsyncIterator[None]:
        """Renews the claim as long as the body runs.

        The renewal is told to end, not cancelled: a driver in mid-answer may swallow that, and renew for ever.
        """
        over = asyncio.Event()
        renewing = asyncio.create_task(self._renew(job, over), name="renew-claim")
        try:
            yield
        finally:
            over.set()
            await renewing

    async def _renew(self, job: Job, over: asyncio.Event) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._ttl.total_seconds() / 3):
                    await over.wait()
            if over.is_set():
                return
            try:
                await self._jobs.update_one(_claimed(job), {"$set": {"due_at": self._clock() + self._ttl}})
            except Exception:
                log.warning("claim-not-renewed", job=job.job_id, exc_info=True)

    async def done(self, unit: Unit, job: Job) -> None:
        """Takes the job off the queue, in the transaction that writes what came of it. Raises ClaimLost."""
        deleted = await self._jobs.delete_one(_claimed(job), session=unit.session)
        if deleted.deleted_count != 1:
            raise ClaimLost(job)

    async def again(self, job: Job, after: timedelta, *, count: bool = True) -> None:
        """Lets it be due again later; `count=False` when this was no attempt of its own."""
        change = {"$set": {"claim": None, "due_at": self._clock() + after}, "$inc": {"attempts": 0 if count else -1}}
        await self._jobs.update_one(_claimed(job), change)


def _claimed(job: Job) -> dict[str, object]:
    return {"_id": job.job_id, "claim": job.claim}
