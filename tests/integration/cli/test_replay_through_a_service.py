"""A rejected session, those that wait behind it, and their way back through a consumer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.consumer import Batch, Subscription
from chassis.kernel.errors import BusinessError
from chassis.service import Service
from chassis.settings import Settings
from contracts.clinical import SessionCompleted, SessionCorrected
from contracts.samples import SAMPLES
from contracts.topics import SESSIONS
from tests.integration.cli.terminal import chairside, open_letters


class Desk:
    """A service that takes no session while its price list is broken."""

    def __init__(self, settings: Settings) -> None:
        self.broken = True
        self.done: list[tuple[str, int]] = []
        self.service = Service(settings, {})
        self.service.hears(Subscription(SESSIONS, (SessionCompleted, SessionCorrected), self._on_sessions))

    async def _on_sessions(self, batch: Batch[Any]) -> None:
        for heard in batch:
            with batch.judging(heard):
                if self.broken and heard.event.subject == "ses-bad":
                    raise BusinessError("price-list-broken", "no price can be found")
                self.done.append((heard.event.subject, heard.event.version))

    async def parked(self) -> dict[str, int]:
        rows = await self.service.mongo.collection("parked").find({}).to_list(None)
        return {row["subject"]: row["records"] for row in rows}


@pytest.fixture
async def desk(fresh_kafka: str, mongo_uri: str, database: str) -> AsyncIterator[Desk]:
    settings = Settings(
        service="invoicing", kafka=fresh_kafka, mongo_uri=mongo_uri, mongo_database=database,
        jwks_url="http://127.0.0.1:1/jwks.json", issuer="http://127.0.0.1:1",
    )  # fmt: skip
    desk = Desk(settings)
    await desk.service.start()
    yield desk
    await desk.service.stop()


async def until(met: Callable[[], bool]) -> None:
    while not met():
        await asyncio.sleep(0.05)


def session(subject: str, version: int) -> str:
    type_ = SessionCompleted if version == 1 else SessionCorrected
    event = type_.model_validate(
        SAMPLES[SessionCompleted.TYPE].event.model_dump() | {"session_id": subject, "version": version}
    )
    return f'{{"type": "{type_.TYPE}", "data": {event.model_dump_json()}}}\n'


async def test_a_mended_rule_lets_the_rejected_and_those_behind_it_through_in_their_order(
    desk: Desk, fresh_kafka: str, tmp_path: Path
) -> None:
    async def say(*words: str) -> str:
        done = await asyncio.to_thread(chairside, fresh_kafka, *words)
        assert done.exit_code == 0, done.output
        return done.stdout

    async def publish(*lines: str) -> None:
        file = tmp_path / "sessions.jsonl"
        file.write_text("".join(lines))
        await say("publish", str(file))

    async with asyncio.timeout(60):
        await publish(session("ses-bad", 1), session("ses-good", 1), session("ses-bad", 2))
        await until(lambda: desk.done == [("ses-good", 1)])
        while len(waiting := await asyncio.to_thread(open_letters, fresh_kafka)) < 2:
            await asyncio.sleep(0.1)
        assert [(one["code"], one["subject"]) for one in waiting] == [
            ("price-list-broken", "ses-bad"),
            ("waits-behind", "ses-bad"),
        ]
        assert await desk.parked() == {"ses-bad": 2}

        desk.broken = False
        await publish(session("ses-bad", 3))
        while len(await asyncio.to_thread(open_letters, fresh_kafka)) < 3:
            await asyncio.sleep(0.1)
        assert desk.done == [("ses-good", 1)]

        assert await say("dead-letters", "replay", "invoicing", "--subject", "ses-bad") == "3 replayed\n"
        await until(lambda: len(desk.done) == 4)
        assert desk.done[1:] == [("ses-bad", 1), ("ses-bad", 2), ("ses-bad", 3)]
        while await desk.parked():
            await asyncio.sleep(0.05)
        await publish(session("ses-bad", 4))
        await until(lambda: desk.done[-1] == ("ses-bad", 4))
        assert await asyncio.to_thread(open_letters, fresh_kafka) == []
