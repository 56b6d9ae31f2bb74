"""A rejected session, those that wait behind it, and their way back through a consumer."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.messaging.consumer import Batch, Subscription
from chassis.service import Service
from chassis.settings import Settings
from cli import letters
from cli.letters import Letter
from contracts.clinical import SessionCompleted, SessionCorrected
from contracts.envelope import Message
from contracts.samples import SAMPLES
from contracts.topics import SESSIONS
from kernel.errors import BusinessError
from tests.integration.cli.terminal import chairside


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

    async def nothing_parked(self) -> None:
        while await self.parked():
            await asyncio.sleep(0.05)


@pytest.fixture
async def desk(fresh_kafka: str, mongo_uri: str, database: str) -> AsyncIterator[Desk]:
    settings = Settings(
        service="invoicing",
        kafka=fresh_kafka,
        mongo_uri=mongo_uri,
        mongo_database=database,
        jwks_url="http://127.0.0.1:1/jwks.json",
        issuer="http://127.0.0.1:1",
    )
    desk = Desk(settings)
    await desk.service.start()
    yield desk
    await desk.service.stop()


class Terminal:
    """Somebody who gives commands beside the service."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.bootstrap = bootstrap
        self._file = folder / "sessions.jsonl"

    async def say(self, *words: str) -> list[str]:
        """What it prints; the service's log may be in between."""
        done = await asyncio.to_thread(chairside, self.bootstrap, *words)
        assert done.exit_code == 0, done.output
        return done.stdout.splitlines()

    async def publish(self, *lines: str) -> None:
        self._file.write_text("".join(lines))
        await self.say("publish", str(self._file))

    async def waiting(self, least: int = 0) -> list[Letter]:
        """The open letters, once there are so many."""
        while True:
            found = [letter for letter in await letters.read(self.bootstrap, "invoicing") if letter.open]
            if len(found) >= least:
                return found
            await asyncio.sleep(0.1)


@pytest.fixture
def terminal(fresh_kafka: str, tmp_path: Path) -> Terminal:
    return Terminal(fresh_kafka, tmp_path)


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
    desk: Desk, terminal: Terminal
) -> None:
    async with asyncio.timeout(120):
        await terminal.publish(session("ses-bad", 1), session("ses-good", 1), session("ses-bad", 2))
        assert [(letter.code, letter.subject) for letter in await terminal.waiting(2)] == [
            ("price-list-broken", "ses-bad"),
            ("waits-behind", "ses-bad"),
        ]
        assert await desk.parked() == {"ses-bad": 2}

        desk.broken = False
        await terminal.publish(session("ses-bad", 3))
        await terminal.waiting(3)
        assert desk.done == [("ses-good", 1)]

        assert "3 replayed" in await terminal.say("dead-letters", "replay", "invoicing", "--subject", "ses-bad")
        await until(lambda: len(desk.done) == 4)
        assert desk.done[1:] == [("ses-bad", 1), ("ses-bad", 2), ("ses-bad", 3)]
        await desk.nothing_parked()
        await terminal.publish(session("ses-bad", 4))
        await until(lambda: desk.done[-1] == ("ses-bad", 4))
        assert await terminal.waiting() == []


async def test_a_discarded_record_lets_those_behind_it_pass_though_its_headers_name_no_aggregate(
    desk: Desk, terminal: Terminal
) -> None:
    whole = SAMPLES[SessionCompleted.TYPE].message()
    value = json.dumps(json.loads(whole.value or b"") | {"session_id": "ses-bad"}).encode()
    bare = Message(SESSIONS.name, whole.key, value, [("ce_type", SessionCompleted.TYPE.encode())])
    poison = Message(SESSIONS.name, None, None, [("ce_subject", b"ses-bad"), ("ce_type", None)])
    async with asyncio.timeout(120):
        await desk.service.producer.publish([bare, poison])
        await terminal.waiting(2)
        await terminal.publish(session("ses-bad", 2))
        letters_open = await terminal.waiting(3)
        dropped = [letter.place for letter in letters_open if letter.code != "waits-behind"]
        assert len(dropped) == 2
        desk.broken = False
        assert "2 discarded" in await terminal.say("dead-letters", "replay", "invoicing", "--discard", *dropped)
        assert "1 replayed" in await terminal.say("dead-letters", "replay", "invoicing", "--all")
        await until(lambda: desk.done == [("ses-bad", 2)])
        await desk.nothing_parked()
        assert await terminal.waiting() == []
