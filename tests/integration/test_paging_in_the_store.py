"""The store understands the filter and the order of a page."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.database.mongo import Driver, Mongo
from chassis.database.paging import Order, PageRequest

NEWEST_FIRST = Order((("at", -1), ("_id", 1)))
BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture(params=["pymongo", "motor"])
async def payments(mongo_uri: str, database: str, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    driver: Driver = request.param
    mongo = Mongo(mongo_uri, database, driver)
    index = IndexModel([("clinic_id", ASCENDING), ("at", DESCENDING), ("_id", ASCENDING)])
    await mongo.ensure_indexes({"payments": [index]})
    yield mongo.collection("payments")
    await mongo.close()


def document(number: int) -> dict[str, Any]:
    """Three at a time share their time; every fifth is of another clinic."""
    clinic = "clinic-hamburg" if number % 5 == 0 else "clinic-berlin"
    return {"_id": f"pay-{number:02}", "clinic_id": clinic, "at": BEGIN + timedelta(milliseconds=number // 3)}


async def pages(payments: Any, condition: dict[str, Any], limit: int) -> AsyncIterator[list[str]]:
    request = PageRequest(limit)
    while True:
        wanted = NEWEST_FIRST.where(condition, request)
        found = await payments.find(wanted, sort=NEWEST_FIRST.sort, limit=limit + 1).to_list(limit + 1)
        page = NEWEST_FIRST.page(found, request, lambda row: str(row["_id"]))
        yield page.items
        if page.next_cursor is None:
            return
        request = PageRequest(limit, page.next_cursor)


@pytest.mark.parametrize("limit", [1, 4, 200])
async def test_the_pages_together_are_the_list_in_its_order(payments: Any, limit: int) -> None:
    documents = [document(number) for number in range(20)]
    await payments.insert_many(documents)
    berlin = {"clinic_id": "clinic-berlin"}
    expected = sorted((d for d in documents if d["clinic_id"] == "clinic-berlin"), key=lambda d: d["_id"])
    expected.sort(key=lambda d: d["at"], reverse=True)
    seen = [page async for page in pages(payments, berlin, limit)]
    assert [item for page in seen for item in page] == [d["_id"] for d in expected]
    assert all(0 < len(page) <= limit for page in seen)


async def test_what_comes_or_goes_in_between_neither_repeats_nor_hides_others(payments: Any) -> None:
    await payments.insert_many([document(number) for number in (1, 2, 3, 4, 6)])
    seen: list[str] = []
    async for page in pages(payments, {"clinic_id": "clinic-berlin"}, 2):
        seen += page
        if len(seen) == 2:
            await payments.insert_one(document(99))
            await payments.delete_one({"_id": page[-1]})
    assert seen == ["pay-06", "pay-03", "pay-04", "pay-01", "pay-02"]


async def test_an_empty_list_is_one_empty_page(payments: Any) -> None:
    assert [page async for page in pages(payments, {"clinic_id": "nowhere"}, 10)] == [[]]
