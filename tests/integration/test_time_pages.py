"""A list that is read back in time is the list: whatever its gaps, and however many of it share their time."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from pymongo import ASCENDING, IndexModel, monitoring

from chassis.database.mongo import Document, Driver, Mongo
from chassis.database.paging import Order, PageRequest
from chassis.database.time_pages import TimePages
from kernel.clock import utc_now
from kernel.errors import BusinessError
from tests.parts.queries import Listener, is_served

NEWEST_FIRST = Order((("at", -1), ("_id", -1)))
INDEX = IndexModel([("clinic_id", ASCENDING), *NEWEST_FIRST.keys])
GAPS = (timedelta(0), timedelta(0), timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=9), timedelta(days=400))
BERLIN = {"clinic_id": "clinic-berlin"}


@pytest.fixture(params=["pymongo", "motor"])
async def mongo(mongo_uri: str, database: str, request: pytest.FixtureRequest) -> AsyncIterator[Mongo]:
    driver: Driver = request.param
    made = Mongo(mongo_uri, database, driver)
    await made.ensure_indexes({"things": [INDEX]})
    yield made
    await made.close()


def documents(random: Random, count: int, newest: datetime) -> list[Document]:
    """Newest first, every fifth of another clinic."""
    found, at = [], newest
    for number in range(count):
        at -= random.choice(GAPS)
        clinic = "clinic-hamburg" if number % 5 == 0 else "clinic-berlin"
        found.append({"_id": f"{random.randrange(10**6):06}-{number}", "clinic_id": clinic, "at": at})
    return sorted(found, key=lambda d: (d["at"], d["_id"]), reverse=True)


async def pages(time_pages: TimePages, limit: int, **how: Any) -> list[list[str]]:
    """All pages of the list, each as its ids."""
    found, request = [], PageRequest(limit)
    while True:
        page = NEWEST_FIRST.page(await time_pages.page(BERLIN, request, **how), request, lambda row: str(row["_id"]))
        found.append(page.items)
        if page.next_cursor is None:
            return found
        request = PageRequest(limit, page.next_cursor)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=2), timedelta(days=-900)])
async def test_the_pages_together_are_the_list_in_its_order(mongo: Mongo, seed: int, ahead: timedelta) -> None:
    """Also where the newest is ahead of our clock, or where there was nothing new for years."""
    known = documents(Random(seed), 40, utc_now() + ahead)
    await mongo.collection("things").insert_many(known)
    expected = [d["_id"] for d in known if d["clinic_id"] == "clinic-berlin"]
    time_pages = TimePages(mongo.collection("things"), NEWEST_FIRST)
    for limit in (1, 7, 200):
        for how in ({}, {}, {"long": False}):
            found = await pages(time_pages, limit, **how)
            assert [id_ for page in found for id_ in page] == expected
            assert all(0 < len(page) <= limit for page in found)


async def test_an_empty_list_is_one_empty_page(mongo: Mongo) -> None:
    assert await pages(TimePages(mongo.collection("things"), NEWEST_FIRST), 10) == [[]]


@pytest.mark.parametrize("value", ["2026", 7])
async def test_a_cursor_of_ours_with_another_kind_of_value_is_refused(mongo: Mongo, value: Any) -> None:
    forged = NEWEST_FIRST.cursor({"at": value, "_id": "x"})
    with pytest.raises(BusinessError) as refused:
        await TimePages(mongo.collection("things"), NEWEST_FIRST).page(BERLIN, PageRequest(5, forged))
    assert refused.value.status == 400


async def test_each_stride_is_a_range_of_the_index_and_a_list_that_is_known_takes_one(
    mongo_uri: str, database: str
) -> None:
    listener = Counting(database)
    monitoring.register(listener)
    mongo = Mongo(mongo_uri, database)
    await mongo.ensure_indexes({"things": [INDEX]})
    newest = utc_now() - timedelta(days=1)
    rows: list[Document] = [{"_id": str(n), "at": newest - timedelta(hours=n), **BERLIN} for n in range(300)]
    await mongo.collection("things").insert_many(rows)
    time_pages = TimePages(mongo.collection("things"), NEWEST_FIRST)
    asked = []
    for _ in range(3):
        listener.finds = 0
        await time_pages.page(BERLIN, PageRequest(50))
        asked.append(listener.finds)
    await mongo.close()
    assert asked[0] > 2
    assert asked[1:] == [1, 1]
    # Also after a quiet day no more is read than the page: MongoDB keeps milliseconds.
    assert listener.after >= rows[50]["at"] - timedelta(milliseconds=2)
    heard = [query for query in listener.queries.values() if query.collection == "things"]
    assert all(is_served([INDEX], query) for query in heard)
    assert all("$or" not in query.filter for query in heard)


class Counting(Listener):
    """Counts finds as well, and keeps after what time the last one looked."""

    finds = 0
    after: datetime

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        super().started(event)
        if event.command_name == "find":
            self.finds += 1
            self.after = event.command["filter"]["at"]["$gt"]
