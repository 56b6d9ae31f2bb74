"""A lease has one holder at a time, and its epoch tells one holder from the next."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import monitoring

from chassis.database.lease import COLLECTION, Lease
from chassis.database.mongo import Mongo
from tests.parts.queries import Listener

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


async def test_who_holds_it_asks_nobody_before_a_third_of_its_time_is_over(mongo: Mongo, clock: Hours) -> None:
    leases, holder = mongo.collection(COLLECTION), lease(mongo, clock)
    assert await holder.take()
    await leases.delete_many({})
    clock.pass_(TTL * 0.3)
    assert await holder.take()
    assert await leases.count_documents({}) == 0
    clock.pass_(TTL * 0.1)
    assert await holder.take()
    assert [row["until"] async for row in leases.find({})] == [clock.now + TTL]


async def test_who_does_not_hold_it_only_reads(mongo: Mongo, mongo_uri: str, database: str, clock: Hours) -> None:
    assert await lease(mongo, clock).take()
    listener = Listener(database)
    monitoring.register(listener)
    others = Mongo(mongo_uri, database)
    other = lease(others, clock)
    assert [await other.take() for _ in range(2)] == [False, False]
    assert [query.verb for query in listener.queries.values()] == ["find"]
    await others.close()
