"""The files, on a real database with either driver."""

from collections.abc import AsyncIterator

import pytest
from documents.store import INDEXES
from documents.store.files import PIECE_BYTES, MongoFiles

from chassis.database.mongo import Driver, Mongo


@pytest.fixture(params=["pymongo", "motor"])
async def mongo(request: pytest.FixtureRequest, mongo_uri: str, database: str) -> AsyncIterator[Mongo]:
    driver: Driver = request.param
    mongo = Mongo(mongo_uri, database, driver)
    await mongo.ensure_indexes(INDEXES)
    yield mongo
    await mongo.close()


async def test_a_file_larger_than_a_database_document_comes_back_whole(mongo: Mongo) -> None:
    files = MongoFiles(mongo)
    large = bytes(range(256)) * (PIECE_BYTES // 256) * 2 + b"end"
    for _ in range(2):
        await files.keep("a" * 64, large)
    assert await files.read("a" * 64) == large
    assert await files.read("b" * 64) is None


async def test_a_file_with_a_missing_piece_is_not_there(mongo: Mongo) -> None:
    files = MongoFiles(mongo)
    await files.keep("a" * 64, b"x" * (PIECE_BYTES + 1))
    await mongo.collection("files").delete_one({"_id": f"{'a' * 64}:0000"})
    assert await files.read("a" * 64) is None
