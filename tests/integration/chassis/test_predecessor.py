"""What a process that was killed in mid-transaction left locked is free for the next one, and nobody else's is."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from chassis.database.mongo import Mongo
from chassis.database.predecessor import MAX_NAME_BYTES, Identity
from tests.parts.patience import soon

HANGS_S = 30
"""Half of the minute after which the server itself gives locks back."""
HOLDER = """
import asyncio, sys
from chassis.database.mongo import Mongo
from chassis.database.predecessor import Identity

uri, database, ordinal = sys.argv[1:]
mongo = Mongo(uri, database, identity=Identity("test", ordinal, database))

async def hold(session):
    await mongo.collection("things").update_one({"_id": 1}, {"$inc": {"holders": 1}}, session=session)
    print("locked", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

asyncio.run(mongo.transaction(hold))
"""
Hold = Callable[[str], Awaitable[Process]]


@pytest.fixture(autouse=True)
async def things(mongo_uri: str, database: str) -> AsyncIterator[Any]:
    async with AsyncMongoClient[dict[str, Any]](mongo_uri) as client:
        build = await client.admin.command("buildInfo")
        if "storageEngines" not in build:
            pytest.skip("this server does not tell of idle transactions")
        await client[database].things.insert_one({"_id": 1})
        yield client[database].things


@pytest.fixture
async def hold(mongo_uri: str, database: str) -> AsyncIterator[Hold]:
    """A process of the ordinal that has locked the document, until it is killed or reads a line."""
    held: list[Process] = []

    async def start(ordinal: str) -> Process:
        command = [sys.executable, "-c", HOLDER, mongo_uri, database, ordinal]
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        held.append(process)
        assert process.stdout
        assert await process.stdout.readline() == b"locked\n"
        return process

    yield start
    for process in held:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.fixture(params=["pymongo", "motor"])
async def mongo(mongo_uri: str, database: str, request: pytest.FixtureRequest) -> AsyncIterator[Mongo]:
    """The next process of ordinal 0."""
    mongo = Mongo(mongo_uri, database, request.param, Identity("test", "0", database))
    yield mongo
    await mongo.close()


async def killed(process: Process) -> None:
    process.kill()
    await process.wait()


async def ended_by(mongo: Mongo) -> int:
    """How many transactions of a dead predecessor; the server misses its connections a moment after it is dead."""
    assert mongo._predecessor is not None
    return await soon(mongo._predecessor.end_transactions)


async def took(mongo: Mongo) -> int:
    """Writes what another one may have locked."""

    async def work(session: Any) -> None:
        await mongo.collection("things").update_one({"_id": 1}, {"$inc": {"writers": 1}}, session=session)

    await mongo.transaction(work)
    row = await mongo.collection("things").find_one({"_id": 1})
    assert row is not None
    return int(row["writers"])


async def committed(process: Process) -> bool:
    """Lets the holder go on, and says whether its transaction was still there."""
    await process.communicate(b"\n")
    return process.returncode == 0


async def test_a_starting_process_frees_what_its_dead_predecessor_held(mongo: Mongo, hold: Hold, things: Any) -> None:
    await killed(await hold("0"))
    assert await ended_by(mongo) == 1
    async with asyncio.timeout(HANGS_S):
        await things.update_one({"_id": 1}, {"$inc": {"writers": 1}})  # waits in the server for whoever holds it
    assert "holders" not in await things.find_one({"_id": 1})


async def test_who_meets_the_lock_of_a_dead_predecessor_frees_it(mongo: Mongo, hold: Hold) -> None:
    process = await hold("0")
    meeting = asyncio.create_task(took(mongo))
    await killed(process)
    async with asyncio.timeout(HANGS_S):
        assert await meeting == 1


@pytest.mark.parametrize("ordinal", ["0", "1", "00"])
async def test_a_live_process_keeps_its_transaction_also_at_the_same_ordinal(
    mongo: Mongo, hold: Hold, ordinal: str
) -> None:
    process = await hold(ordinal)
    await mongo.end_predecessor()
    assert await committed(process)
    assert await took(mongo) == 1


async def test_a_dead_process_of_another_ordinal_is_for_its_own_successor(
    mongo: Mongo, mongo_uri: str, database: str, hold: Hold
) -> None:
    await killed(await hold("1"))
    assert await mongo._predecessor.end_transactions() == 0  # type: ignore[union-attr]
    successor = Mongo(mongo_uri, database, identity=Identity("test", "1", database))
    assert await ended_by(successor) == 1
    await successor.close()


async def test_a_cut_transaction_is_rolled_back_at_once(mongo: Mongo, things: Any) -> None:
    written = asyncio.Event()

    async def work(session: Any) -> None:
        await mongo.collection("things").update_one({"_id": 1}, {"$inc": {"cut": 1}}, session=session)
        written.set()
        await asyncio.Event().wait()

    cut = asyncio.create_task(mongo.transaction(work))
    await written.wait()
    cut.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cut
    async with asyncio.timeout(HANGS_S):
        assert await took(mongo) == 1
    assert "cut" not in await things.find_one({"_id": 1})


@pytest.mark.parametrize("ordinal", ["0", "ä/.*", "host" * 60])
def test_a_name_fits_and_says_whose_it_is(ordinal: str) -> None:
    first, second = (Identity("test", ordinal, "database") for _ in range(2))
    assert len(first.app_name.encode()) <= MAX_NAME_BYTES
    assert first.is_predecessor(second.app_name)
    assert not first.is_predecessor(first.app_name)
    assert not first.is_predecessor(Identity("test", ordinal + "1", "database").app_name)
    assert not first.is_predecessor(Identity("test", ordinal, "database1").app_name)
