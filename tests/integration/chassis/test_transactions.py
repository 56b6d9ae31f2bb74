"""The database as the chassis uses it: all of a transaction or nothing, with both drivers."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pymongo import ASCENDING, IndexModel, ReplaceOne

from chassis.database.mongo import DriverError, Mongo, is_duplicate
from chassis.journal.revisions import COLLECTION, GENESIS, Revision, Revisions
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox, Unit

FIRST = Revision(
    "inv-1",
    1,
    "invoicing.invoice-drafted.v1",
    "clinic-berlin",
    datetime(2026, 11, 20, 9, 0, 0, 123000, UTC),
    "usr-3",
    "Jonas Abel",
    "billing_manager",
    None,
    b'{"version":1}',
    GENESIS,
)


@pytest.fixture
async def things(mongo: Mongo) -> Any:
    await mongo.ensure_indexes({"things": [], COLLECTION: []})
    return mongo.collection("things")


async def test_a_transaction_that_fails_leaves_nothing(mongo: Mongo, things: Any) -> None:
    async def work(session: Any) -> None:
        await things.insert_one({"_id": 1}, session=session)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await mongo.transaction(work)
    assert await things.count_documents({}) == 0


@pytest.mark.parametrize("ids", [[1], [2, 1, 3]])
async def test_a_business_key_that_exists_is_told_from_other_errors(mongo: Mongo, things: Any, ids: list[int]) -> None:
    await things.insert_one({"_id": 1})

    async def work(session: Any) -> None:
        if len(ids) == 1:
            await things.insert_one({"_id": ids[0]}, session=session)
        else:
            await things.insert_many([{"_id": id_} for id_ in ids], session=session)

    with pytest.raises(DriverError) as failed:
        await mongo.transaction(work)
    assert is_duplicate(failed.value)
    assert await things.count_documents({}) == 1


async def test_an_error_of_another_kind_is_no_duplicate(mongo: Mongo, things: Any) -> None:
    with pytest.raises(DriverError) as failed:
        await things.update_one({}, {"$no": {}})
    assert not is_duplicate(failed.value)


async def test_two_transactions_that_meet_both_count(mongo: Mongo, things: Any) -> None:
    await things.insert_one({"_id": "counter", "last": 0})

    async def work(session: Any) -> int:
        row = await things.find_one({"_id": "counter"}, session=session)
        await asyncio.sleep(0)
        after = {"_id": "counter", "last": row["last"] + 1}
        await things.bulk_write([ReplaceOne({"_id": "counter"}, after)], session=session)
        return int(after["last"])

    drawn = await asyncio.gather(*(mongo.transaction(work) for _ in range(8)))
    assert sorted(drawn) == list(range(1, 9))


async def test_times_come_back_in_utc_and_dates_as_text(things: Any) -> None:
    at = datetime(2026, 11, 20, 10, 0, 0, 123000, UTC)
    await things.insert_one({"_id": 1, "at": at, "on": date(2026, 11, 20)})
    row = await things.find_one({"_id": 1})
    assert (row["at"], row["at"].tzinfo, row["on"]) == (at, UTC, "2026-11-20")


async def test_collections_and_indexes_can_be_asked_for_again_and_at_once(mongo: Mongo) -> None:
    indexes = {"a": [], "b": [], "c": [IndexModel([("at", ASCENDING)])]}
    await asyncio.gather(*(mongo.ensure_indexes(indexes) for _ in range(4)))
    assert {"a", "b", "c"} <= set(await mongo.db.list_collection_names())
    assert "at_1" in await mongo.collection("c").index_information()


async def test_the_journal_gives_back_what_was_written_and_its_hashes_hold(mongo: Mongo, things: Any) -> None:
    journal = Revisions(mongo)
    second = replace(FIRST, version=2, reason="because", snapshot=b'{"version":2}', previous=FIRST.hash)
    other = replace(FIRST, subject="inv-10")

    async def work(unit: Unit) -> None:
        await journal.write(unit, [second.filed(), FIRST.filed(), other.filed()])

    await Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test").transact(work)
    history = await journal.of("inv-1", range(1, 9))
    assert history == [(FIRST, FIRST.hash), (second, second.hash)]
    assert [revision.hash for revision, _ in history] == [hash_ for _, hash_ in history]
    assert await journal.of("inv-2", range(1, 9)) == []
    assert await journal.of("inv-1", range(2, 3)) == history[1:]
    assert await journal.as_of("inv-1", 2, FIRST.at) == second
    assert await journal.as_of("inv-1", 2, FIRST.at - timedelta(milliseconds=1)) is None


async def test_a_version_is_written_once(mongo: Mongo, things: Any) -> None:
    journal = Revisions(mongo)

    async def work(unit: Unit) -> None:
        await journal.write(unit, [FIRST.filed()])

    outbox = Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test")
    await outbox.transact(work)
    with pytest.raises(DriverError) as failed:
        await outbox.transact(work)
    assert is_duplicate(failed.value)
