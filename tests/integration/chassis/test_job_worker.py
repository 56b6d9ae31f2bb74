"""Work that fails, hangs or ends its process holds up nobody else's, and comes to an end; on a real database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import pytest
from prometheus_client import generate_latest

from chassis import jobs as queue
from chassis.database.mongo import Mongo, Session
from chassis.job_worker import JobFailed, JobWaits, JobWorker, Limits, Unavailable
from chassis.jobs import NOBODY_BUSY, Busy, Job, Jobs
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox, Unit
from chassis.telemetry import REGISTRY
from kernel.clock import utc_now
from tests.parts.patience import soon

Kind = Literal["test"]
QUICK = timedelta(milliseconds=1)
HOUR_S = 3600.0
LIMITS = Limits(attempts=3, first_pause=QUICK)


@pytest.fixture(autouse=True)
async def collections(mongo: Mongo) -> None:
    await mongo.ensure_indexes(queue.INDEXES)


@dataclass
class Bench:
    """Jobs of a test, and what became of each: `begun` in order, `ended` by subject."""

    mongo: Mongo
    jobs: Jobs[Kind]
    do: Callable[[Job[Kind]], Awaitable[None]]
    begun: list[str] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)

    async def __call__(self, job: Job[Kind]) -> None:
        self.begun.append(job.subject_id)
        await self.do(job)
        await self.take_off(job, "done")

    async def give_up(self, job: Job[Kind], reason: str) -> None:
        if job.subject_id == "nobody-can-say-so":
            raise LookupError(job.subject_id)
        await self.take_off(job, reason)

    async def take_off(self, job: Job[Kind], what: str) -> None:
        async def work(session: Session) -> None:
            await self.jobs.done(Unit(session, "/test"), job)

        await self.mongo.transaction(work)
        self.ended[job.subject_id] = what

    async def put(self, *subjects: str, clinic: str = "clinic-a", lane: str = "") -> None:
        now = utc_now()
        queued: list[Job[Kind]] = [Job(f"job-{s}", "test", clinic, s, "content", now, now, lane) for s in subjects]

        async def work(session: Session) -> None:
            await self.jobs.put(Unit(session, "/test"), queued)

        await self.mongo.transaction(work)

    @asynccontextmanager
    async def working(self, limits: Limits = LIMITS, *, poll_s: float = 0.01) -> AsyncIterator[None]:
        worker: JobWorker[Kind] = JobWorker("test", self.jobs, self, limits, poll_s=poll_s)
        await worker.start()
        try:
            yield
        finally:
            await worker.stop()

    async def until_ended(self, *subjects: str) -> None:
        async def ended() -> set[str]:
            return set(subjects) - set(self.ended)

        await soon(ended, lambda missing: not missing)


def bench(mongo: Mongo, do: Callable[[Job[Kind]], Awaitable[None]]) -> Bench:
    return Bench(mongo, Jobs(mongo, ttl=timedelta(seconds=20)), do)


def metric(outcome: str, reason: str) -> float:
    labels = {"kind": "test", "outcome": outcome, "reason": reason}
    return REGISTRY.get_sample_value("chairside_job_attempts_total", labels) or 0.0


@pytest.fixture(params=[JobFailed("no-good"), ValueError("its own")], ids=["said", "surprise"])
def failure(request: pytest.FixtureRequest) -> Exception:
    error: Exception = request.param
    return error


async def test_what_fails_each_time_is_given_up_and_counted(mongo: Mongo, failure: Exception) -> None:
    reason = "no-good" if isinstance(failure, JobFailed) else "error-ValueError"
    before = metric("failed", reason)

    async def do(job: Job[Kind]) -> None:
        if job.subject_id == "bad":
            raise failure

    one = bench(mongo, do)
    await one.put("bad", "good")
    async with one.working():
        await one.until_ended("bad", "good")
    assert one.ended == {"bad": reason, "good": "done"}
    assert one.begun.count("bad") == 3
    assert metric("failed", reason) == before + 1
    assert f'outcome="failed",reason="{reason}"' in generate_latest(REGISTRY).decode()


async def test_what_can_never_succeed_is_given_up_at_once(mongo: Mongo) -> None:
    async def do(job: Job[Kind]) -> None:
        raise JobFailed("never", final=True)

    one = bench(mongo, do)
    await one.put("bad")
    async with one.working():
        await one.until_ended("bad")
    assert (one.begun, one.ended) == (["bad"], {"bad": "never"})


async def test_what_is_interrupted_each_time_comes_to_an_end(mongo: Mongo) -> None:
    """Whether its process was told to stop or died: nobody knows which of its jobs was the reason."""
    begun = asyncio.Event()

    async def do(job: Job[Kind]) -> None:
        begun.set()
        await asyncio.Event().wait()

    one = bench(mongo, do)
    await one.put("poison")
    for _ in range(LIMITS.attempts):
        async with one.working():
            await begun.wait()
        begun.clear()
    async with one.working():
        await one.until_ended("poison")
    assert one.ended == {"poison": "test-interrupted"}


async def test_what_does_the_work_may_be_away_for_as_long_as_it_takes(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.job_worker.AFTER_TROUBLE", QUICK)
    troubles = [Unavailable("no renderer"), OSError("no network"), JobWaits(QUICK), TimeoutError()] * 3

    async def do(job: Job[Kind]) -> None:
        if troubles:
            raise troubles.pop()

    one = bench(mongo, do)
    await one.put("patient")
    async with one.working():
        await one.until_ended("patient")
    assert one.ended == {"patient": "done"}


async def test_what_cannot_even_be_given_up_is_set_aside(mongo: Mongo) -> None:
    async def do(job: Job[Kind]) -> None:
        if job.subject_id != "good":
            raise ValueError

    one = bench(mongo, do)
    await one.put("nobody-can-say-so", "good")
    async with one.working():
        await one.until_ended("good")
        aside = await soon(lambda: mongo.collection(queue.COLLECTION).find_one({"set_aside": {"$ne": None}}))
    assert aside is not None
    assert (aside["subject_id"], aside["set_aside"]) == ("nobody-can-say-so", "error-ValueError")
    assert one.begun.count("nobody-can-say-so") == 3


class Counted(Jobs[Kind]):
    """Says how often it was looked for a job."""

    looks = 0

    async def claim(self, kind: Kind, busy: Busy = NOBODY_BUSY) -> Job[Kind] | None:
        self.looks += 1
        return await super().claim(kind, busy)


async def test_of_many_who_have_nothing_to_do_one_looks_and_at_once_when_another_is_free(mongo: Mongo) -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    async def do(job: Job[Kind]) -> None:
        begun.set()
        await end.wait()

    jobs = Counted(mongo, ttl=timedelta(seconds=20))
    one = Bench(mongo, jobs, do)
    await one.put("first", "second")
    async with one.working(Limits(3, QUICK, at_once=20, a_clinic=1), poll_s=HOUR_S):
        await begun.wait()
        end.set()
        await one.until_ended("first", "second")
    assert jobs.looks < 10


async def test_what_this_process_queues_is_taken_at_once(mongo: Mongo) -> None:
    async def do(job: Job[Kind]) -> None:
        return None

    jobs = Counted(mongo, ttl=timedelta(seconds=20))
    one = Bench(mongo, jobs, do)
    outbox = Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test")
    now = utc_now()
    queued: list[Job[Kind]] = [Job("job-1", "test", "clinic-a", "one", "content", now, now)]
    async with one.working(poll_s=HOUR_S):
        await soon(lambda: asyncio.sleep(0, jobs.looks))
        await outbox.transact(lambda unit: jobs.put(unit, queued))
        await one.until_ended("one")


@pytest.fixture
def hanging() -> Callable[[Job[Kind]], Awaitable[None]]:
    async def do(job: Job[Kind]) -> None:
        if job.subject_id.startswith("hangs"):
            await asyncio.Event().wait()

    return do


async def test_a_clinic_whose_jobs_hang_holds_up_no_other(
    mongo: Mongo, hanging: Callable[[Job[Kind]], Awaitable[None]]
) -> None:
    one = bench(mongo, hanging)
    await one.put(*(f"hangs-{n}" for n in range(10)))
    await one.put("quick-1", "quick-2", clinic="clinic-b")
    async with one.working(Limits.leaving_room(3, QUICK, at_once=2)):
        await one.until_ended("quick-1", "quick-2")
        await one.put("quick-3", clinic="clinic-c")
        await one.until_ended("quick-3")
    assert len([subject for subject in one.begun if subject.startswith("hangs")]) == 1


async def test_a_lane_that_hangs_holds_up_no_other_of_any_clinic(
    mongo: Mongo, hanging: Callable[[Job[Kind]], Awaitable[None]]
) -> None:
    one = bench(mongo, hanging)
    for clinic in ("clinic-a", "clinic-b", "clinic-c"):
        await one.put(*(f"hangs-{clinic}-{n}" for n in range(5)), clinic=clinic, lane="slow")
        await one.put(f"quick-{clinic}", clinic=clinic, lane="quick")
    async with one.working(Limits.leaving_room(3, QUICK, at_once=8)):
        await one.until_ended("quick-clinic-a", "quick-clinic-b", "quick-clinic-c")
    assert len([subject for subject in one.begun if subject.startswith("hangs")]) == 2
