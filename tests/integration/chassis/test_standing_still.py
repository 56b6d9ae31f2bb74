"""A consumer that does not move says so, and a person can send it on; who did so, when and why stays noted."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pymongo.errors import OperationFailure
from typer.testing import CliRunner

from chassis.messaging.batch import Batch
from chassis.telemetry import CONSUMER_STALLED
from cli import app as command_line
from contracts.clinical import SessionVoided
from tests.integration.chassis.notebook import Notebook, code_of
from tests.parts.patience import soon
from tests.parts.wire import read_soon

STUCK = "stuck"


class StuckNotebook(Notebook):
    """The database has no answer that we know for one kind of record: as a technical failure, it is tried for ever."""

    async def _on_voided(self, batch: Batch[SessionVoided]) -> None:
        if any(heard.event.reason == STUCK for heard in batch):
            raise OperationFailure("a code that nobody knows", 99_999)
        await super()._on_voided(batch)


@pytest.fixture
async def stuck(kafka: str, mongo_uri: str, database: str) -> AsyncIterator[StuckNotebook]:
    notebook = StuckNotebook(kafka, mongo_uri, database, f"notebook-{uuid4().hex[:8]}", stalled_after_s=1.0)
    async with notebook.running():
        yield notebook


async def ready(notebook: Notebook) -> dict[str, str]:
    return await notebook.service.ready()


async def stands_still(notebook: Notebook) -> None:
    said = await soon(lambda: ready(notebook), lambda said: notebook.inbox in said)
    assert "stands still before" in said[notebook.inbox]
    assert CONSUMER_STALLED.labels(notebook.inbox)._value.get() == 1


async def moves(notebook: Notebook) -> None:
    await soon(lambda: ready(notebook), lambda said: said == {})
    assert CONSUMER_STALLED.labels(notebook.inbox)._value.get() == 0


async def order(notebook: Notebook, group: str, word: str, place: str, why: str = "a test") -> str:
    words = [group, word, notebook.name, notebook.inbox, place, "--mongo", notebook.settings.mongo_uri]
    words += ["--database", notebook.settings.mongo_database, "--by", "Ada", "--why", why]
    done = await asyncio.to_thread(CliRunner().invoke, command_line, words)
    assert done.exit_code == 0, done.output
    return done.output


async def place_of(notebook: Notebook, session_id: str) -> str:
    records = await read_soon(notebook.kafka, notebook.inbox, lambda records: _id(records[-1]) == session_id)
    return f"{records[-1].partition}:{records[-1].offset}"


def _id(record: object) -> str:
    return (dict(record.headers)["ce_subject"] or b"").decode()  # type: ignore[attr-defined]


async def test_lag_that_stands_still_makes_the_service_not_ready_and_a_record_can_be_skipped(
    stuck: StuckNotebook,
) -> None:
    await stuck.hears(stuck.voided("ses-1"))
    await stuck.noted(1)
    await stuck.hears(stuck.voided("ses-2", STUCK))
    place = await place_of(stuck, "ses-2")
    await stuck.hears(stuck.voided("ses-3"))
    await stands_still(stuck)
    await order(stuck, "dead-letters", "skip", place)
    assert await stuck.noted(2) == {"ses-1", "ses-3"}
    [letter] = await stuck.rejected(1)
    assert code_of(letter) == "skipped"
    assert await stuck.parked() == {"ses-2": 1}
    await moves(stuck)
    [noted] = await stuck.service.mongo.collection("consumer_orders").find({}).to_list(None)
    assert (noted["kind"], noted["by"], noted["why"]) == ("skip", "Ada", "a test")
    assert noted["done_at"] >= noted["at"]


async def test_a_person_sends_it_past_a_record(stuck: StuckNotebook) -> None:
    await stuck.hears(stuck.voided("ses-1", STUCK), stuck.voided("ses-2"))
    await stands_still(stuck)
    partition, offset = (await place_of(stuck, "ses-2")).split(":")
    await order(stuck, "consumer", "seek", f"{partition}:{offset}")
    assert await stuck.noted(1) == {"ses-2"}
    await moves(stuck)


async def test_a_person_sends_it_back_and_nothing_is_done_twice(stuck: StuckNotebook) -> None:
    await stuck.hears(*(stuck.voided(f"ses-{n}") for n in range(5)))
    await stuck.noted(5)
    place = await place_of(stuck, "ses-4")
    stuck.attempts.clear()
    await order(stuck, "consumer", "seek", f"{place.split(':')[0]}:0")

    async def heard_again() -> bool:
        return bool(stuck.attempts)

    await soon(heard_again)
    await stuck.hears(stuck.voided("ses-5"))
    assert len(await stuck.noted(6)) == 6
    assert len(await stuck.published(6)) == 6
    await moves(stuck)


async def test_beyond_the_end_means_at_the_end(stuck: StuckNotebook) -> None:
    await stuck.hears(stuck.voided("ses-1"))
    await stuck.noted(1)
    partition = (await place_of(stuck, "ses-1")).split(":")[0]
    await order(stuck, "consumer", "seek", f"{partition}:999999999")
    orders = stuck.service.mongo.collection("consumer_orders")
    await soon(lambda: orders.find_one({"done_at": None}), lambda pending: pending is None)
    await stuck.hears(stuck.voided("ses-2"))
    assert await stuck.noted(2) == {"ses-1", "ses-2"}


async def test_without_a_reason_nothing_is_ordered(stuck: StuckNotebook) -> None:
    words = ["consumer", "seek", stuck.name, stuck.inbox, "0:1", "--mongo", stuck.settings.mongo_uri, "--why", " "]
    done = await asyncio.to_thread(CliRunner().invoke, command_line, words)
    assert done.exit_code == 1
    for place in ("1", "a:b", "-1:2", "1:" + "9" * 30):
        words[4] = place
        assert (await asyncio.to_thread(CliRunner().invoke, command_line, words)).exit_code == 2


async def test_it_knows_whether_it_has_heard_all_that_was_published(stuck: StuckNotebook) -> None:
    heard_all = stuck.service.has_heard_all
    await stuck.hears(stuck.voided("ses-1"))
    await soon(heard_all)
    await stuck.hears(stuck.voided("ses-2", STUCK))
    assert not await heard_all()
    await order(stuck, "dead-letters", "skip", await place_of(stuck, "ses-2"))
    await soon(heard_all)
    assert await stuck.noted(1) == {"ses-1"}
