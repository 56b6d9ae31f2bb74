"""A lease has one holder at a time, and its epoch tells one holder from the next."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from chassis.database.lease import Lease
from chassis.database.mongo import Mongo

TTL = timedelta(seconds=10)


class Hours:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Hours:
    return Hours()


def lease(mongo: Mongo, clock: Hours, name: str = "relay") -> Lease:
    return Lease(mongo, name, ttl=TTL, clock=clock)


async def test_one_of_many_who_ask_at_once_holds_it(mongo: Mongo, clock: Hours) -> None:
    asking = [lease(mongo, clock) for _ in range(6)]
    answers = await asyncio.gather(*(one.take() for one in asking))
    assert sorted(answers) == [False] * 5 + [True]
    holder = asking[answers.index(True)]
    assert holder.epoch == 1
    assert [await one.take() for one in asking] == answers


async def test_who_renews_in_time_keeps_it_and_its_epoch(mongo: Mongo, clock: Hours) -> None:
    holder, other = lease(mongo, clock), lease(mongo, clock)
    for _ in range(3):
        assert await holder.take()
        clock.pass_(TTL)
        assert not await other.take()
    assert holder.epoch == 1


async def test_after_its_time_another_takes_over_under_a_higher_epoch(mongo: Mongo, clock: Hours) -> None:
    first, second = lease(mongo, clock), lease(mongo, clock)
    assert await first.take()
    clock.pass_(TTL + timedelta(milliseconds=1))
    assert await second.take()
    assert (first.epoch, second.epoch) == (1, 2)
    assert not await first.take()


async def test_who_lets_go_lets_the_next_in_at_once_and_only_the_holder_can(mongo: Mongo, clock: Hours) -> None:
    first, second = lease(mongo, clock), lease(mongo, clock)
    assert await first.take()
    await second.release()
    assert not await second.take()
    await first.release()
    assert await second.take()
    assert second.epoch == 2


async def test_leases_of_other_names_are_others(mongo: Mongo, clock: Hours) -> None:
    assert await lease(mongo, clock, "relay").take()
    assert await lease(mongo, clock, "cards").take()
