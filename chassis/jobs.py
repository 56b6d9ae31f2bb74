"""Work in the world outside, queued in our own database: done once, by whoever claims it.

A job is queued in the transaction that makes it necessary, claimed for a while by one worker, and taken off the queue
in the transaction that writes what came of it:

    jobs: Jobs[Literal["mail"]] = Jobs(mongo, ttl=timedelta(seconds=20))
    await jobs.put(unit, [Job(job_id, "mail", clinic_id, subject_id, content, queued_at=now, due_at=now)])
    service.works(JobWorker("mail", jobs, work, limits))  # `work` ends with `await jobs.done(unit, job)`

Clinics take turns, over all processes and restarts: whoever queues a thousand jobs waits for them alone.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, ReplaceOne, ReturnDocument

from chassis.database.mongo import Document, Mongo, Session, is_duplicate
from chassis.messaging.outbox import Unit
from chassis.pace import Looks
from chassis.tasks import ended
from kernel.clock import Clock, utc_now
from kernel.errors import Conflict
from kernel.ids import new_id

log = structlog.get_logger(__name__)
COLLECTION, TURNS = "jobs", "job_turns"
_BY_TURN = [(name, ASCENDING) for name in ("kind", "ready", "clinic_id", "due_at")]
INDEXES: dict[str, Sequence[IndexModel]] = {
    COLLECTION: [
        IndexModel([*_BY_TURN, ("lane", ASCENDING)]),
        IndexModel([("kind", ASCENDING), ("ready", ASCENDING), ("due_at", ASCENDING)]),
    ],
    TURNS: [],
}
MAX_PAUSE = timedelta(minutes=5)
LOOK_EVERY = timedelta(milliseconds=250)
"""How often what waited for a time is looked for, in a process."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
URGENT = datetime(2000, 1, 1, tzinfo=UTC)
"""Due before all that its clinic has queued."""

K = TypeVar("K", bound=str)
"""The kinds of job that a service has: a `Literal`."""


@dataclass(frozen=True, slots=True)
class Job(Generic[K]):
    """A claim moves `due_at` into the future: when its holder dies, the job is due again by itself.

    `attempts` counts claims, so that a job that kills its worker comes to an end as well. `lane` names what it goes
    through outside that may be slow, "" where that is nothing.
    """

    job_id: str
    kind: K
    clinic_id: str
    subject_id: str
    content: str
    queued_at: datetime
    due_at: datetime
    lane: str = ""
    attempts: int = 0
    claim: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """Who has as much in hand as they may: their jobs are passed by for now."""

    clinics: Collection[str] = ()
    lanes: Collection[str] = ()


NOBODY_BUSY = Busy()
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
    """Jobs are there until they are done. Times by `clock`; claims last `ttl` unless they are renewed.

    A job that may be claimed is `ready`; one that waits for a time, or is claimed, is not, until that time has come.
    """

    def __init__(self, mongo: Mongo, *, ttl: timedelta, clock: Clock = utc_now) -> None:
        self._jobs = mongo.collection(COLLECTION)
        self._turns = mongo.collection(TURNS)
        self._ttl = ttl
        self._clock = clock
        self._looked_at: dict[K, datetime] = {}
        self._pace = mongo.pace
        self._waiting: dict[K, list[Looks]] = {}

    def looks_for(self, kind: K, every_s: float) -> Looks:
        """When to look for jobs of a kind: at once for one that this process has queued, and then by `chassis.pace`."""
        looks = self._pace.looks(every_s)
        self._waiting.setdefault(kind, []).append(looks)
        return looks

    async def put(self, unit: Unit, jobs: Sequence[Job[K]]) -> None:
        """Queues them in the transaction; a job of the same id is replaced, also while somebody works on it."""
        if jobs:
            now = self._clock()
            rows = [{"_id": job.job_id, **_JOB.dump_python(job), "ready": job.due_at <= now} for job in jobs]
            writes = [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows]
            await self._jobs.bulk_write(writes, session=unit.session)
            for kind in dict.fromkeys(job.kind for job in jobs):
                unit.after_commit += [looks.now for looks in self._waiting.get(kind, ())]

    async def contents(self, job_ids: Sequence[str], session: Session) -> set[str]:
        """The contents of those jobs that are queued; what was set aside is not."""
        named = {"_id": {"$in": list(job_ids)}, "due_at": {"$lt": NEVER}}
        rows = await self._jobs.find(named, {"content": 1}, session=session).to_list(None)
        return {row["content"] for row in rows}

    async def hurry(self, unit: Unit, job_id: str) -> None:
        """Somebody waits for it: it is the next of its clinic, unless it is in hand already, or has to wait."""
        waiting = {"_id": job_id, "ready": True, "due_at": {"$gt": URGENT}}
        await self._jobs.update_one(waiting, {"$set": {"due_at": URGENT}}, session=unit.session)

    async def claim(self, kind: K, busy: Busy = NOBODY_BUSY) -> Job[K] | None:
        """The oldest job of the clinic whose turn it is, now ours; None when nothing is due.

        Whose turn it was last is kept in the database. Each step asks for one row by an index, however long the queue.
        """
        await self._look_at_the_clock(kind)
        while True:
            first = await self._next(kind, {}, busy)
            if first is None:  # nearly always, and then nothing else is asked
                return None
            last = await self._last_turn(kind)
            row = await self._next(kind, {"$gt": last}, busy) or first
            if await self._pass_turn(kind, last, row["clinic_id"]):
                taken = await self._take(row["_id"])
                if taken is not None:
                    return _JOB.validate_python(taken)

    async def _look_at_the_clock(self, kind: K) -> None:
        """What waited for a time that has come is ready; rows of a version without turns take part in them."""
        now = self._clock()
        if now - self._looked_at.get(kind, now - LOOK_EVERY) < LOOK_EVERY:
            return
        self._looked_at[kind] = now
        due = {"kind": kind, "ready": {"$in": [False, None]}, "due_at": {"$lte": now}}
        if await self._jobs.find_one(due, {"_id": 1}) is None:  # nearly always, and a write costs more, found or not
            return
        older = {"$set": {"ready": False, "clinic_id": "", "lane": ""}}
        await self._jobs.update_many({"kind": kind, "ready": None}, older)
        await self._jobs.update_many({**due, "ready": False}, {"$set": {"ready": True}})

    async def _last_turn(self, kind: K) -> str:
        row = await self._turns.find_one({"_id": kind})
        return row["clinic_id"] if row else ""

    async def _pass_turn(self, kind: K, last: str, clinic_id: str) -> bool:
        """False when somebody else was quicker: then it is the next clinic's turn."""
        turn = {"_id": kind, "clinic_id": last}
        try:
            passed = await self._turns.update_one(turn, {"$set": {"clinic_id": clinic_id}}, upsert=True)
        except Exception as error:
            if is_duplicate(error):
                return False
            raise
        return bool(passed.matched_count) or passed.upserted_id is not None

    async def _next(self, kind: K, after: Document, busy: Busy) -> Document | None:
        clinics = {**after, **({"$nin": sorted(busy.clinics)} if busy.clinics else {})}
        ready: Document = {"kind": kind, "ready": True, **({"clinic_id": clinics} if clinics else {})}
        if busy.lanes:
            ready["lane"] = {"$nin": sorted(busy.lanes)}
        found: list[Document] = await self._jobs.find(ready, {"clinic_id": 1}).sort(_BY_TURN).limit(1).to_list(1)
        return found[0] if found else None

    async def _take(self, job_id: str) -> Document | None:
        """None when it is not to be had any more."""
        claim = {"claim": new_id("claim"), "due_at": self._clock() + self._ttl, "ready": False}
        change = {"$set": claim, "$inc": {"attempts": 1}}
        ready = {"_id": job_id, "ready": True}
        row: Document | None = await self._jobs.find_one_and_update(ready, change, return_document=ReturnDocument.AFTER)
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
                later = {"due_at": self._clock() + self._ttl, "ready": False}
                await self._jobs.update_one(_claimed(job), {"$set": later})
            except Exception:
                log.warning("claim-not-renewed", job=job.job_id, exc_info=True)

    async def done(self, unit: Unit, job: Job[K]) -> None:
        """Takes the job off the queue, in the transaction that writes what came of it. Raises ClaimLost."""
        deleted = await self._jobs.delete_one(_claimed(job), session=unit.session)
        if deleted.deleted_count != 1:
            raise ClaimLost(job.job_id)

    async def again(self, job: Job[K], after: timedelta, *, count: bool = True) -> None:
        """Lets it be due again later; `count=False` when this was no attempt of its own."""
        freed = {"claim": None, "due_at": self._clock() + after, "ready": after <= timedelta(0)}
        change = {"$set": freed, "$inc": {"attempts": 0 if count else -1}}
        await self._jobs.update_one(_claimed(job), change)

    async def set_aside(self, job: Job[K], reason: str) -> None:
        """Nobody can do it, nor say that it is given up: it stays where an operator finds it, and is never due."""
        aside = {"claim": None, "due_at": NEVER, "ready": False, "set_aside": reason}
        await self._jobs.update_one(_claimed(job), {"$set": aside})


def _claimed(job: Job[Any]) -> Document:
    return {"_id": job.job_id, "claim": job.claim}
