"""Work in the world outside, queued in our own database: done once, by whoever claims it.

A job is queued in the transaction that makes it necessary, claimed for a while by one worker, and taken off the queue
in the transaction that writes what came of it:

    jobs: Jobs[Literal["mail"]] = Jobs(mongo, ttl=timedelta(seconds=20))
    await jobs.put(unit, [Job(job_id, "mail", subject_id, content, queued_at=now, due_at=now)])
    service.works(JobWorker("mail", jobs, deliver, poll_s=0.5))  # `deliver` ends with `await jobs.done(unit, job)`
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, ReplaceOne, ReturnDocument

from chassis.database.mongo import Document, Mongo, Session
from chassis.messaging.outbox import Unit
from chassis.tasks import ended
from kernel.clock import Clock, utc_now
from kernel.errors import Conflict
from kernel.ids import new_id

log = structlog.get_logger(__name__)
COLLECTION = "jobs"
INDEXES = [IndexModel([("kind", ASCENDING), ("due_at", ASCENDING)])]
PAGE = 50
MAX_PAUSE = timedelta(minutes=5)
AFTER_TROUBLE = timedelta(seconds=2)

K = TypeVar("K", bound=str)
"""The kinds of job that a service has: a `Literal`."""


@dataclass(frozen=True, slots=True)
class Job(Generic[K]):
    """A claim moves `due_at` into the future: when its holder dies, the job is due again by itself.

    `attempts` counts claims, so that a job that kills its worker comes to an end as well.
    """

    job_id: str
    kind: K
    subject_id: str
    content: str
    queued_at: datetime
    due_at: datetime
    attempts: int = 0
    claim: str | None = None
    traceparent: str | None = None


_JOB: TypeAdapter[Job[Any]] = TypeAdapter(Job)


def pause_before_next(attempts: int, first: timedelta) -> timedelta:
    """Doubled with each attempt, five minutes at most."""
    doublings = min(max(attempts - 1, 0), 20)
    return min(first * (1 << doublings), max(first, MAX_PAUSE))


class ClaimLost(Conflict):
    """The job was taken over or replaced meanwhile: what came out of it is thrown away."""

    def __init__(self, job_id: str) -> None:
        super().__init__("claim-lost", f"{job_id} is not ours any more")


class Jobs(Generic[K]):
    """Jobs are there until they are done. Times by `clock`; claims last `ttl` unless they are renewed."""

    def __init__(self, mongo: Mongo, *, ttl: timedelta, clock: Clock = utc_now) -> None:
        self._jobs = mongo.collection(COLLECTION)
        self._ttl = ttl
        self._clock = clock
        self._due_ids: defaultdict[K, deque[str]] = defaultdict(deque)

    async def put(self, unit: Unit, jobs: Sequence[Job[K]]) -> None:
        """Queues them in the transaction; a job of the same id is replaced, also while somebody works on it."""
        if jobs:
            rows = [{"_id": job.job_id, **_JOB.dump_python(job)} for job in jobs]
            writes = [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows]
            await self._jobs.bulk_write(writes, session=unit.session)

    async def contents(self, job_ids: Sequence[str], session: Session) -> set[str]:
        """The contents of those jobs that are queued."""
        rows = await self._jobs.find({"_id": {"$in": list(job_ids)}}, {"content": 1}, session=session).to_list(None)
        return {row["content"] for row in rows}

    async def claim(self, kind: K) -> Job[K] | None:
        """A job that has been due for long, now ours; None when nothing is due.

        Ids are read a page at a time: ordering all that is due for each claim would make a long queue a slow one.
        """
        due_ids = self._due_ids[kind]
        if not due_ids:
            due_ids.extend(await self._due(kind))
        while due_ids:
            row = await self._claim(due_ids.popleft())
            if row is not None:
                return _JOB.validate_python(row)
        return None

    async def _due(self, kind: K) -> list[str]:
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
    async def holding(self, job: Job[K]) -> AsyncIterator[None]:
        """Renews the claim as long as the body runs."""
        renewing = asyncio.create_task(self._renew(job), name="renew-claim")
        try:
            yield
        finally:
            await ended(renewing)

    async def _renew(self, job: Job[K]) -> None:
        while True:
            await asyncio.sleep(self._ttl.total_seconds() / 3)
            try:
                await self._jobs.update_one(_claimed(job), {"$set": {"due_at": self._clock() + self._ttl}})
            except Exception:
                log.warning("claim-not-renewed", job=job.job_id, exc_info=True)

    async def done(self, unit: Unit, job: Job[K]) -> None:
        """Takes the job off the queue, in the transaction that writes what came of it. Raises ClaimLost."""
        deleted = await self._jobs.delete_one(_claimed(job), session=unit.session)
        if deleted.deleted_count != 1:
            raise ClaimLost(job.job_id)

    async def again(self, job: Job[K], after: timedelta, *, count: bool = True) -> None:
        """Lets it be due again later; `count=False` when this was no attempt of its own."""
        change = {"$set": {"claim": None, "due_at": self._clock() + after}, "$inc": {"attempts": 0 if count else -1}}
        await self._jobs.update_one(_claimed(job), change)


def _claimed(job: Job[Any]) -> Document:
    return {"_id": job.job_id, "claim": job.claim}


class JobWorker(Generic[K]):
    """Claims one job after the other, `at_once` of them side by side; other processes may do the same."""

    def __init__(
        self, kind: K, jobs: Jobs[K], work: Callable[[Job[K]], Awaitable[None]], *, poll_s: float, at_once: int = 1
    ) -> None:
        self._kind = kind
        self._jobs = jobs
        self._work = work
        self._poll_s = poll_s
        self._at_once = at_once
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(), name=f"{self._kind}-{n}") for n in range(self._at_once)]

    async def stop(self) -> None:
        """Lets go of what is in hand: the next worker takes it at once."""
        self._stopping = True
        await ended(*self._tasks)

    async def _run(self) -> None:
        while not self._stopping:
            try:
                job = await self._jobs.claim(self._kind)
            except Exception:
                log.warning("jobs-not-read", kind=self._kind, exc_info=True)
                job = None
            if job is None:
                await asyncio.sleep(self._poll_s)
            else:
                await self._do(job)

    async def _do(self, job: Job[K]) -> None:
        try:
            async with self._jobs.holding(job):
                await self._work(job)
        except ClaimLost:
            log.info("claim-lost", job=job.job_id)
        except asyncio.CancelledError:
            await self._jobs.again(job, timedelta(0), count=False)
            raise
        except Exception:
            log.warning("job-will-be-tried-again", job=job.job_id, exc_info=True)
            await self._put_back(job)

    async def _put_back(self, job: Job[K]) -> None:
        """Nothing is wrong with the job itself. If this fails as well, it is due again when the claim ends."""
        try:
            await self._jobs.again(job, AFTER_TROUBLE, count=False)
        except Exception:
            log.warning("job-not-put-back", job=job.job_id, exc_info=True)
