"""What the services rely on, held by the broker and the database that the run was started with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from inspect import isawaitable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, IndexModel
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from contracts.topics import ALL_TOPIC_NAMES, MAX_RECORD_BYTES
from dev.parts.kafka import list_topics
from tests.parts.patience import PATIENCE_S

TRANSACTION = {"read_concern": ReadConcern("snapshot"), "write_concern": WriteConcern("majority", j=True)}
TRIES = 20


async def settled(value: Any) -> Any:
    """PyMongo answers at once where Motor wants to be awaited, and the other way round."""
    return await value if isawaitable(value) else value


@pytest.fixture(params=[AsyncMongoClient, AsyncIOMotorClient])
async def store(request: pytest.FixtureRequest, mongo_uri: str, database: str) -> AsyncIterator[Any]:
    client = request.param(mongo_uri)
    await client[database].numbers.create_indexes([IndexModel([("number", 1)], unique=True)])
    yield client[database]
    await settled(client.close())


async def transact(store: Any, work: Callable[[Any], Awaitable[Any]]) -> Any:
    async with await settled(store.client.start_session()) as session:
        return await session.with_transaction(work, **TRANSACTION)


async def test_every_topic_is_there_and_empty_on_a_fresh_broker(fresh_kafka: str) -> None:
    assert set(ALL_TOPIC_NAMES) <= set(await list_topics(fresh_kafka))
    async with AIOKafkaConsumer(*ALL_TOPIC_NAMES, bootstrap_servers=fresh_kafka) as consumer:
        assert set((await consumer.end_offsets(consumer.assignment())).values()) == {0}


async def test_a_record_of_the_largest_size_passes(fresh_kafka: str) -> None:
    value = b"x" * (MAX_RECORD_BYTES - 1024)
    async with AIOKafkaProducer(bootstrap_servers=fresh_kafka, max_request_size=2 * MAX_RECORD_BYTES) as producer:
        await producer.send_and_wait(ALL_TOPIC_NAMES[0], value)
    options = {"auto_offset_reset": "earliest", "max_partition_fetch_bytes": 2 * MAX_RECORD_BYTES}
    async with AIOKafkaConsumer(ALL_TOPIC_NAMES[0], bootstrap_servers=fresh_kafka, **options) as consumer:
        assert (await asyncio.wait_for(consumer.getone(), PATIENCE_S)).value == value


@pytest.mark.parametrize("clash", [{"_id": "first"}, {"_id": "second", "number": 1}])
async def test_a_duplicate_key_aborts_the_whole_transaction(store: Any, clash: dict[str, Any]) -> None:
    await store.numbers.insert_one({"_id": "first", "number": 1})

    async def work(session: Any) -> None:
        await store.outbox.insert_one({"_id": "event"}, session=session)
        await store.numbers.insert_one(clash, session=session)

    with pytest.raises(DuplicateKeyError):
        await transact(store, work)
    assert await store.outbox.count_documents({}) == 0


async def test_two_writers_of_one_document_conflict_and_the_second_may_try_again(store: Any) -> None:
    await store.days.insert_one({"_id": "day", "count": 0})
    async with (
        await settled(store.client.start_session()) as first,
        await settled(store.client.start_session()) as second,
    ):
        for session in (first, second):
            await settled(session.start_transaction(**TRANSACTION))
            assert await store.days.find_one({"_id": "day"}, session=session) == {"_id": "day", "count": 0}
        await store.days.update_one({"_id": "day"}, {"$inc": {"count": 1}}, session=first)
        with pytest.raises(OperationFailure) as conflict:
            await store.days.update_one({"_id": "day"}, {"$inc": {"count": 1}}, session=second)
        assert conflict.value.has_error_label("TransientTransactionError")
        await first.commit_transaction()
    assert await store.days.find_one({"_id": "day"}) == {"_id": "day", "count": 1}


async def test_numbers_drawn_at_the_same_time_have_no_gap_and_no_twin(store: Any) -> None:
    await store.counters.insert_one({"_id": "invoices", "last": 0})

    async def draw(session: Any) -> None:
        counter = await store.counters.find_one_and_update(
            {"_id": "invoices"}, {"$inc": {"last": 1}}, return_document=True, session=session
        )
        await store.numbers.insert_one({"number": counter["last"]}, session=session)

    await asyncio.gather(*(transact(store, draw) for _ in range(TRIES)))
    drawn = await store.numbers.find({}).sort("number", 1).to_list(None)
    assert [number["number"] for number in drawn] == list(range(1, TRIES + 1))
