"""A service that is told to stop ends, whatever became of the broker, the database and its workers."""

import asyncio

import pytest

from chassis.service import Service
from chassis.settings import Settings

NOBODY = "127.0.0.1:9"


class Ends:
    def __init__(self) -> None:
        self.ended = False

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        self.ended = True


class Fails(Ends):
    async def stop(self) -> None:
        raise ConnectionError("gone")


class NeverEnds(Ends):
    async def stop(self) -> None:
        await asyncio.Event().wait()


def service(*workers: Ends) -> Service:
    alone = Service(
        Settings(
            service="alone",
            kafka=NOBODY,
            mongo_uri=f"mongodb://{NOBODY}",
            jwks_url="http://issuer.example/jwks.json",
            issuer="nobody",
            shutdown_grace_s=1,
        ),
        {},
    )
    alone.works(*workers)
    return alone


@pytest.mark.parametrize("worker", [Fails, NeverEnds])
async def test_a_worker_that_does_not_end_keeps_nothing_else_from_ending(worker: type[Ends]) -> None:
    first, last = Ends(), Ends()
    await service(first, worker(), last).stop()
    assert first.ended
    assert last.ended
