"""A driver whose calls are cancelled while there is no server still finds one afterwards."""

import asyncio
from random import Random
from typing import Any

from chassis.database.mongo import DriverError, Mongo
from chassis.tasks import ended

CALLS, TURNS, HANGS_S = 60, 6, 20


async def test_no_call_hangs_after_others_were_cancelled_while_they_looked_for_a_server() -> None:
    rng = Random(1)
    mongo = Mongo("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=1500", "test")
    for _ in range(TURNS):
        calls = [asyncio.create_task(mongo.ping()) for _ in range(CALLS)]
        # Each looks again after half a second: the cancellations come about then.
        await asyncio.sleep(0.5 + rng.random() / 100)
        for call in calls:
            call.cancel()
            await asyncio.sleep(0)
        await ended(*calls)
    async with asyncio.timeout(HANGS_S):
        assert isinstance(await _error_of(mongo), DriverError)
        await mongo.close()


async def _error_of(mongo: Mongo) -> Any:
    try:
        await mongo.ping()
    except DriverError as error:
        return error
