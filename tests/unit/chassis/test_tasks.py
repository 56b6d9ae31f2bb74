"""Tasks end although a driver swallows a cancellation, and nobody waits longer than they wanted to."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from chassis import tasks
from chassis.database.mongo import Mongo
from chassis.job_worker import JobWorker, Limits, Work
from chassis.jobs import Job, Jobs
from chassis.messaging.outbox import Outbox
from chassis.messaging.relay import Relay
from chassis.service import Service
from chassis.settings import Settings
from chassis.tasks import ended, within
from chassis.workers import LeasedWorker
from kernel.clock import utc_now

HANGS_S = 20
"""A test that waits for so long has failed."""
NOBODY = "127.0.0.1:9"


class Deaf:
    """Waits for ever, as for a database that is paused, and swallows the first cancellations."""

    def __init__(self, times: int = 1) -> None:
        self.left = times
        self.waits = asyncio.Event()

    async def __call__(self, *_: Any, **__: Any) -> Any:
        self.waits.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self.left == 0:
                raise
            self.left -= 1


async def again_and_again(call: Callable[[], Awaitable[Any]]) -> None:
    while True:
        await call()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_AFTER_S", 0.01)


@pytest.fixture
def mongo() -> Mongo:
    return Mongo(f"mongodb://{NOBODY}/?serverSelectionTimeoutMS=1", "test")


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_a_task_ends_however_often_a_cancellation_is_swallowed(times: int) -> None:
    deaf = Deaf(times)
    task = asyncio.create_task(again_and_again(deaf))
    await deaf.waits.wait()
    async with asyncio.timeout(HANGS_S):
        await ended(task)
    assert task.cancelled()
    assert deaf.left == 0


async def test_what_a_task_raises_at_its_end_is_dropped() -> None:
    async def fails() -> None:
        raise ValueError

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await ended(task)
    assert task.done()


async def test_nobody_waits_longer_for_a_call_that_does_not_end() -> None:
    deaf = Deaf(2)
    async with asyncio.timeout(HANGS_S):
        with pytest.raises(TimeoutError):
            await within(0.01, deaf())


async def test_what_comes_in_time_is_returned_or_raised() -> None:
    async def answers(with_: str) -> str:
        if not with_:
            raise ValueError("no word")
        return with_

    assert await within(HANGS_S, answers("word")) == "word"
    with pytest.raises(ValueError, match="no word"):
        await within(HANGS_S, answers(""))


async def test_the_relay_ends_though_its_publishing_swallows_a_cancellation(mongo: Mongo) -> None:
    class Publisher:
        publish = Deaf()

    outbox = Outbox(mongo, Publisher(), "/test")
    relay = Relay(mongo, outbox)
    relay._tasks = [asyncio.create_task(relay._publish_own())]
    relay._own.put_nowait([{"_id": 1, "messages": [["topic", None, b"value"]]}])
    await Publisher.publish.waits.wait()
    async with asyncio.timeout(HANGS_S):
        await relay.stop()
    assert relay._tasks[0].cancelled()


async def test_a_leased_worker_ends_though_its_lease_swallows_a_cancellation(mongo: Mongo) -> None:
    worker = LeasedWorker(mongo, "test", Deaf(0), every_s=HANGS_S, lease_s=1)
    worker._lease.take = deaf = Deaf(3)  # type: ignore[method-assign]
    await worker.start()
    await deaf.waits.wait()
    async with asyncio.timeout(HANGS_S):
        await worker.stop()


async def test_a_job_worker_ends_though_its_queue_swallows_a_cancellation(mongo: Mongo) -> None:
    jobs: Jobs[str] = Jobs(mongo, ttl=timedelta(seconds=1))
    jobs.claim = deaf = Deaf(3)  # type: ignore[method-assign]
    never = cast(Work[str], Deaf(0))
    worker = JobWorker("test", jobs, never, Limits(attempts=1, first_pause=timedelta(0)), poll_s=HANGS_S)
    await worker.start()
    await deaf.waits.wait()
    async with asyncio.timeout(HANGS_S):
        await worker.stop()


async def test_a_job_is_over_though_the_renewal_of_its_claim_hangs(mongo: Mongo) -> None:
    jobs: Jobs[str] = Jobs(mongo, ttl=timedelta(seconds=0.03))
    jobs._jobs.update_one = deaf = Deaf(3)  # type: ignore[method-assign]
    async with asyncio.timeout(HANGS_S):
        async with jobs.holding(Job("job", "test", "clinic-a", "subject", "content", utc_now(), utc_now())):
            await deaf.waits.wait()


async def test_a_service_ends_though_what_measures_its_lag_swallows_a_cancellation(mongo: Mongo) -> None:
    service = Service(
        Settings(service="alone", kafka=NOBODY, jwks_url="http://issuer.example", issuer="nobody", shutdown_grace_s=1),
        {},
    )
    service._measure_lag = deaf = Deaf(3)  # type: ignore[method-assign]
    service._measuring = asyncio.create_task(again_and_again(deaf))
    await deaf.waits.wait()
    async with asyncio.timeout(HANGS_S):
        await service.stop()
    assert service._measuring.done()
