"""Too many dead letters: the consumer stops, says so, loses nothing, and goes on when a person says so."""

import asyncio
from collections.abc import Sequence
from typing import Any

from typer.testing import CliRunner

import chassis.messaging.hold as hold
from cli import app as command_line
from contracts.envelope import Message
from tests.integration.chassis.notebook import BROKEN, REFUSED, TOO_MUCH, Notebook
from tests.parts.patience import soon

STOPPED = "chairside consumer resume"


def flood(notebook: Notebook, reason: str = REFUSED) -> Sequence[Message]:
    """Thirty good ones and thirty bad ones, by turns."""
    return [notebook.voided(f"ses-{n}", reason if n % 2 else "") for n in range(60)]


async def ready(notebook: Notebook) -> dict[str, str]:
    return await notebook.service.ready()


async def stopped(notebook: Notebook) -> None:
    said = await soon(lambda: ready(notebook), lambda said: notebook.inbox in said)
    assert STOPPED in said[notebook.inbox]


async def letters(notebook: Notebook) -> int:
    parked = await notebook.parked()
    return sum(parked.values())


def resume(notebook: Notebook) -> Any:
    words = ["consumer", "resume", notebook.name, notebook.inbox, "--mongo", notebook.settings.mongo_uri]
    return CliRunner().invoke(command_line, [*words, "--database", notebook.settings.mongo_database, "--by", "Ada"])


async def test_a_flood_stops_the_consumer_and_nothing_of_the_batch_is_parked(notebook: Notebook) -> None:
    notebook.refuses = True
    await notebook.hears(*flood(notebook))
    await stopped(notebook)
    assert await notebook.parked() == {}
    assert await notebook.notes.count_documents({}) == 0


async def test_a_fault_of_the_handler_itself_stops_it_too(notebook: Notebook) -> None:
    await notebook.hears(*flood(notebook, BROKEN))
    await stopped(notebook)
    assert await notebook.parked() == {}


async def test_what_fails_the_whole_batch_is_tried_one_by_one_and_held_whole(notebook: Notebook) -> None:
    await notebook.hears(*flood(notebook, TOO_MUCH))
    await stopped(notebook)
    assert await notebook.parked() == {}
    assert await notebook.notes.count_documents({}) == 0


async def test_when_a_person_says_so_it_goes_on_with_all_that_was_on_the_topic(notebook: Notebook) -> None:
    await notebook.hears(*flood(notebook))
    await stopped(notebook)
    await notebook.hears(*(notebook.voided(f"late-{n}", REFUSED) for n in range(60)))
    done = await asyncio.to_thread(resume, notebook)
    assert done.exit_code == 0, done.output
    assert await notebook.noted(30) == {f"ses-{n}" for n in range(0, 60, 2)}
    assert await soon(lambda: letters(notebook), lambda count: count == 90) == 90
    assert await ready(notebook) == {}
    noted = await notebook.service.mongo.collection("consumer_control").find_one({"_id": notebook.inbox})
    assert noted is not None
    assert (noted["epoch"], [order["by"] for order in noted["resumed"]]) == (1, ["Ada"])
    await notebook.hears(*(notebook.voided(f"again-{n}", REFUSED) for n in range(60)))
    await stopped(notebook)
    assert await letters(notebook) < 90 + 50


async def test_who_has_not_stopped_cannot_be_told_to_go_on(notebook: Notebook) -> None:
    done = await asyncio.to_thread(resume, notebook)
    assert done.exit_code == 1
    assert "has not stopped taking" in done.output


async def test_after_a_restart_that_mends_it_everything_is_handled(notebook: Notebook) -> None:
    await notebook.hears(*flood(notebook))
    await stopped(notebook)
    await notebook.service.stop()
    mended = Notebook(
        notebook.kafka, notebook.settings.mongo_uri, notebook.settings.mongo_database, notebook.settings.service
    )
    mended.refuses = False
    async with mended.running():
        assert await mended.noted(60) == {f"ses-{n}" for n in range(60)}
        assert await mended.parked() == {}
        assert await ready(mended) == {}


async def test_while_it_is_stopped_it_stays_in_its_group_and_takes_nothing(notebook: Notebook) -> None:
    await notebook.hears(*flood(notebook))
    await stopped(notebook)
    await notebook.hears(*(notebook.voided(f"late-{n}") for n in range(5)))
    await asyncio.sleep(3 * hold.LOOK_EVERY_S)
    assert await notebook.notes.count_documents({}) == 0
    [consumer] = notebook.service._consumers
    assert consumer._subscriber.consumer.assignment()


async def test_poison_that_is_spread_thinly_never_stops_its_neighbours(notebook: Notebook) -> None:
    for turn in range(6):
        some = [notebook.voided(f"ses-{turn}-{n}", REFUSED if n % 10 == 0 else "") for n in range(50)]
        await notebook.hears(*some)
    assert len(await notebook.noted(270)) == 270
    assert await letters(notebook) == 30
    assert await ready(notebook) == {}


async def test_what_only_waits_behind_something_is_no_reason_to_stop(notebook: Notebook) -> None:
    await notebook.hears(notebook.voided("ses-0", REFUSED))
    await notebook.hears(*(notebook.voided("ses-0", version=n + 2) for n in range(80)))
    assert await soon(lambda: letters(notebook), lambda count: count == 81) == 81
    assert await ready(notebook) == {}
