"""What was read can be acted upon: a transaction never knows less than a read before it, from whichever process.

On MongoDB a plain read shows what a transaction wrote before the moment in which others may build on it: as long as an
earlier write has not taken its place in the oplog, no snapshot goes beyond it. How long that is depends on the load;
here it is as long as the test likes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from chassis.database.mongo import Driver, Mongo
from dev.parts.mongod import Mongod, NoMongod, version
from tests.parts.patience import soon

DATABASE, BEFORE, BOOKS = "reading", "before", "books"
HOLE = "hangAndFailAfterDocumentInsertsReserveOpTimes"
HASTY = "readConcernLevel=local&readPreference=nearest&w=1"
"""What a URI may say."""
Raw = AsyncMongoClient[dict[str, Any]]


class Looked(Exception):
    """Ends a transaction that was only to look: its commit would wait until the snapshot is everybody's."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    """It takes the commands of MongoDB's own tests."""
    try:
        version()
    except NoMongod as missing:
        pytest.skip(str(missing))
    server = Mongod(Path(tmp_path_factory.mktemp("mongod")))
    server.options = ("--setParameter=enableTestCommands=1",)
    with server:
        yield server


@asynccontextmanager
async def stalled_write(raw: Raw) -> AsyncIterator[None]:
    """While this lasts a write has its place in the oplog and has not taken it."""
    where = {"collectionNS": f"{DATABASE}.{BEFORE}"}
    entered = await raw.admin.command("configureFailPoint", HOLE, mode="alwaysOn", data=where)
    write = asyncio.create_task(raw[DATABASE][BEFORE].insert_many([{}, {}]))
    try:
        await raw.admin.command("waitForFailPoint", HOLE, timesEntered=entered["count"] + 1, maxTimeMS=60_000)
        yield
    finally:
        await raw.admin.command("configureFailPoint", HOLE, mode="off")
        with suppress(PyMongoError):
            await write


@pytest.mark.parametrize("driver", ["pymongo", "motor"])
async def test_a_transaction_knows_what_a_read_before_it_has_shown(server: Mongod, driver: Driver) -> None:
    writer, reader = Mongo(server.uri, DATABASE), Mongo(f"{server.uri}&{HASTY}", DATABASE, driver)
    await writer.ensure_indexes({BEFORE: [], BOOKS: []})
    known: list[Any] = []

    async def write(session: Any) -> None:
        await writer.collection(BOOKS).insert_one({"_id": driver}, session=session)

    async def look(session: Any) -> None:
        known.append(await reader.collection(BOOKS).find_one({"_id": driver}, session=session))
        raise Looked

    async with Raw(server.uri) as raw:
        async with stalled_write(raw):
            writing = asyncio.create_task(writer.transaction(write))
            await soon(lambda: raw[DATABASE][BOOKS].find_one({"_id": driver}))
            shown = await reader.collection(BOOKS).find_one({"_id": driver})
            with pytest.raises(Looked):
                await reader.transaction(look)
            assert not writing.done()
        await writing
    assert (shown, known) == (None, [None])
    assert await reader.collection(BOOKS).find_one({"_id": driver}) == {"_id": driver}
    with pytest.raises(Looked):
        await reader.transaction(look)
    assert known == [None, {"_id": driver}]
    for mongo in (writer, reader):
        await mongo.close()
