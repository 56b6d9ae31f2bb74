"""The queue, on a real database with either driver."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

import pytest
from pymongo import monitoring

from chassis import jobs as queue
from chassis.database.mongo import Mongo, Session
from chassis.jobs import Busy, ClaimLost, Job, Jobs
from chassis.messaging.outbox import Unit
from tests.parts.queries import Listener, is_served

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
    await mongo.ensure_indexes(queue.INDEXES)


def job(number: int, content: str = "content", clinic: str = "clinic-a", lane: str = "") -> KindJob:
    due_at = NOON - timedelta(minutes=1000 - number)
    return Job(f"job-{number}", "render", clinic, f"inv-{number}", content, queued_at=NOON, due_at=due_at, lane=lane)


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


async def test_clinics_take_turns_over_instances_and_restarts(mongo: Mongo) -> None:
    queued = [job(number) for number in range(40)]
    queued += [job(100, clinic="clinic-b"), job(101, clinic="clinic-b"), job(102, clinic="clinic-c")]
    await put(mongo, KindJobs(mongo, ttl=TTL, clock=Wristwatch()), *queued)
    served = []
    for _ in range(7):  # each is a process of its own, that ends after one job
        claimed = await KindJobs(mongo, ttl=TTL, clock=Wristwatch()).claim("render")
        assert claimed is not None
        served.append((claimed.clinic_id[-1], claimed.subject_id))
    assert served == [
        ("a", "inv-0"), ("b", "inv-100"), ("c", "inv-102"), ("a", "inv-1"), ("b", "inv-101"), ("a", "inv-2"),
        ("a", "inv-3"),
    ]  # fmt: skip


async def test_processes_that_claim_at_once_give_no_clinic_two_turns(mongo: Mongo) -> None:
    processes = [KindJobs(mongo, ttl=TTL, clock=Wristwatch()) for _ in range(5)]
    clinics = [f"clinic-{letter}" for letter in "abcde"]
    await put(mongo, processes[0], *(job(10 * n + m, clinic=c) for n, c in enumerate(clinics) for m in range(10)))
    for _ in range(4):
        claimed = await asyncio.gather(*(jobs.claim("render") for jobs in processes))
        assert sorted(taken.clinic_id for taken in claimed if taken) == clinics


async def test_a_clinic_whose_jobs_all_wait_is_passed_by(mongo: Mongo) -> None:
    watch = Wristwatch()
    jobs = KindJobs(mongo, ttl=TTL, clock=watch)
    await put(mongo, jobs, job(1, clinic="clinic-a"), job(2, clinic="clinic-b"), job(3, clinic="clinic-b"))
    waiting = await jobs.claim("render")
    assert waiting is not None
    await jobs.again(waiting, timedelta(minutes=5))
    assert [taken.clinic_id for _ in range(2) if (taken := await jobs.claim("render"))] == ["clinic-b"] * 2
    assert await jobs.claim("render") is None
    watch.now += timedelta(minutes=5)
    assert await jobs.claim("render") is not None


async def test_what_somebody_waits_for_is_the_next_of_its_clinic(mongo: Mongo) -> None:
    jobs = KindJobs(mongo, ttl=TTL, clock=Wristwatch())
    await put(mongo, jobs, job(1), job(2), job(3), job(4, clinic="clinic-b"))

    async def hurry(session: Session) -> None:
        for job_id in ("job-3", "job-of-nobody"):
            await jobs.hurry(Unit(session, "/test"), job_id)

    await mongo.transaction(hurry)
    claimed = [taken.job_id for _ in range(4) if (taken := await jobs.claim("render"))]
    assert claimed == ["job-3", "job-4", "job-1", "job-2"]


async def test_what_is_busy_is_passed_by(mongo: Mongo) -> None:
    jobs = KindJobs(mongo, ttl=TTL, clock=Wristwatch())
    slow = [job(number, clinic="clinic-a", lane="slow") for number in range(10)]
    await put(mongo, jobs, *slow, job(20, clinic="clinic-a", lane="quick"), job(21, clinic="clinic-b", lane="slow"))
    quick = await jobs.claim("render", Busy(lanes=["slow"]))
    assert quick is not None
    assert quick.lane == "quick"
    assert await jobs.claim("render", Busy(clinics=["clinic-a", "clinic-b"])) is None
    other = await jobs.claim("render", Busy(clinics=["clinic-a"]))
    assert other is not None
    assert other.clinic_id == "clinic-b"


async def test_what_is_set_aside_is_never_due_and_may_be_queued_anew(mongo: Mongo) -> None:
    watch = Wristwatch()
    jobs = KindJobs(mongo, ttl=TTL, clock=watch)
    await put(mongo, jobs, job(1))
    claimed = await jobs.claim("render")
    assert claimed is not None
    await jobs.set_aside(claimed, "error-LookupError")
    watch.now += timedelta(days=3650)
    assert await jobs.claim("render") is None

    async def queued(session: Session) -> set[str]:
        return await jobs.contents(["job-1"], session)

    assert await mongo.transaction(queued) == set()
    await put(mongo, jobs, job(1))
    assert await jobs.claim("render") is not None


async def test_what_an_earlier_version_queued_is_done(mongo: Mongo) -> None:
    """It knew neither turns nor lanes."""
    row = {
        "_id": "job-1", "job_id": "job-1", "kind": "render", "subject_id": "inv-1", "content": "content",
        "queued_at": NOON, "due_at": NOON, "attempts": 1, "claim": "claim-of-the-dead", "traceparent": None,
    }  # fmt: skip
    await mongo.collection(queue.COLLECTION).insert_one(row)
    claimed = await KindJobs(mongo, ttl=TTL, clock=Wristwatch()).claim("render")
    assert claimed is not None
    assert (claimed.subject_id, claimed.attempts) == ("inv-1", 2)


async def test_every_question_of_the_queue_is_answered_by_an_index(mongo_uri: str, database: str) -> None:
    listener = Listener(database)
    monitoring.register(listener)
    mongo = Mongo(mongo_uri, database)
    watch = Wristwatch()
    jobs = KindJobs(mongo, ttl=TTL, clock=watch)
    await put(mongo, jobs, job(1), job(2, clinic="clinic-b"))
    for busy in (Busy(), Busy(["clinic-a"], ["slow"])):
        claimed = await jobs.claim("render", busy)
        assert claimed is not None
        async with jobs.holding(claimed):
            await jobs.again(claimed, timedelta(seconds=5))
        watch.now += timedelta(seconds=5)
    await mongo.close()
    asked = [query for query in listener.queries.values() if query.collection in queue.INDEXES]
    assert len(asked) >= 6
    assert [query.shape for query in asked if not is_served(queue.INDEXES[query.collection], query)] == []
