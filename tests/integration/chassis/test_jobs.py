"""The queue, on a real database with either driver."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

import pytest

from chassis import jobs as queue
from chassis.database.mongo import Mongo, Session
from chassis.jobs import ClaimLost, Job, Jobs
from chassis.messaging.outbox import Unit

Kind = Literal["render", "mail"]
KindJob = Job[Kind]
KindJobs = Jobs[Kind]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TTL = timedelta(seconds=20)


class Wristwatch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
async def collection(mongo: Mongo) -> None:
    await mongo.ensure_indexes({queue.COLLECTION: queue.INDEXES})


def job(number: int, content: str = "content") -> KindJob:
    due_at = NOON - timedelta(minutes=10 - number)
    return Job(f"job-{number}", "render", f"inv-{number}", content, queued_at=NOON, due_at=due_at)


async def put(mongo: Mongo, jobs: KindJobs, *queued: KindJob) -> None:
    async def work(session: Session) -> None:
        await jobs.put(Unit(session, "/test"), queued)

    await mongo.transaction(work)


async def done(mongo: Mongo, jobs: KindJobs, claimed: KindJob) -> None:
    async def work(session: Session) -> None:
        await jobs.done(Unit(session, "/test"), claimed)

    await mongo.transaction(work)


async def test_a_claim_is_held_no_longer_than_its_work(mongo: Mongo) -> None:
    """Renewals are under way at any moment at which the work may end: none may go on for ever."""
    jobs = KindJobs(mongo, ttl=timedelta(milliseconds=3))
    await put(mongo, jobs, job(1))
    claimed = await jobs.claim("render")
    assert claimed is not None
    rng = Random(1)
    for _ in range(200):
        async with jobs.holding(claimed):
            await asyncio.sleep(rng.random() * 0.006)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "renew-claim"]


async def test_workers_share_the_queue_and_take_what_waited_longest(mongo: Mongo) -> None:
    watch = Wristwatch()
    one, other = (KindJobs(mongo, ttl=TTL, clock=watch) for _ in range(2))
    await put(mongo, one, job(2), job(1), job(3))
    claimed = [await jobs.claim("render") for jobs in (one, other, one, other)]
    assert [taken.job_id if taken else None for taken in claimed] == ["job-1", "job-2", "job-3", None]
    assert await one.claim("mail") is None


async def test_a_job_whose_worker_died_is_due_again_and_the_dead_one_writes_nothing(mongo: Mongo) -> None:
    watch = Wristwatch()
    jobs = KindJobs(mongo, ttl=TTL, clock=watch)
    await put(mongo, jobs, job(1))
    first = await jobs.claim("render")
    watch.now += TTL
    second = await jobs.claim("render")
    assert first is not None
    assert second is not None
    assert (first.attempts, second.attempts) == (1, 2)
    with pytest.raises(ClaimLost):
        await done(mongo, jobs, first)
    await done(mongo, jobs, second)
    watch.now += TTL
    assert await jobs.claim("render") is None


async def test_a_job_that_was_replaced_meanwhile_is_not_done(mongo: Mongo) -> None:
    jobs = KindJobs(mongo, ttl=TTL, clock=Wristwatch())
    await put(mongo, jobs, job(1))
    claimed = await jobs.claim("render")
    await put(mongo, jobs, job(1, "newer"))
    assert claimed is not None
    with pytest.raises(ClaimLost):
        await done(mongo, jobs, claimed)
    newer = await jobs.claim("render")
    assert newer is not None
    assert newer.content == "newer"


async def test_a_job_put_back_is_due_later_and_counts_as_it_should(mongo: Mongo) -> None:
    watch = Wristwatch()
    jobs = KindJobs(mongo, ttl=TTL, clock=watch)
    await put(mongo, jobs, job(1))
    seen = []
    for count in (True, False, True):
        claimed = await jobs.claim("render")
        assert claimed is not None
        seen.append(claimed.attempts)
        await jobs.again(claimed, timedelta(seconds=5), count=count)
        assert await jobs.claim("render") is None
        watch.now += timedelta(seconds=5)
    assert seen == [1, 2, 2]
