"""A consumer on a real broker: each record once, its own fault its own, nothing lost to what fails in between."""

from dataclasses import replace

from contracts.envelope import Message
from dev.parts.mongo import EmbeddedMongo
from tests.integration.chassis.notebook import BROKEN, REFUSED, TOO_MUCH, Notebook, code_of
from tests.parts.patience import soon
from tests.parts.wire import read_soon


async def test_what_is_said_is_handled_and_told_in_its_order(notebook: Notebook) -> None:
    ids = [f"ses-{number}" for number in range(40)]
    await notebook.hears(*map(notebook.voided, ids))
    assert await notebook.noted(40) == set(ids)
    published = await notebook.published(40)
    assert {record.key for record in published} == {id_.encode() for id_ in ids}
    assert await notebook.parked() == {}


async def test_a_known_business_key_aborts_the_batch_and_only_the_unknown_are_done(notebook: Notebook) -> None:
    await notebook.hears(notebook.voided("ses-1"), notebook.voided("ses-2"))
    assert await notebook.noted(2) == {"ses-1", "ses-2"}
    notebook.attempts.clear()
    await notebook.hears(*map(notebook.voided, ["ses-1", "ses-3", "ses-2", "ses-3", "ses-4"]))
    assert await notebook.noted(4) == {"ses-1", "ses-2", "ses-3", "ses-4"}
    assert 1 in notebook.attempts
    published = [record.key or b"" for record in await notebook.published(4)]
    assert sorted(published) == [b"ses-1", b"ses-2", b"ses-3", b"ses-4"]


async def test_a_record_that_breaks_a_rule_is_parked_and_its_neighbours_go_on(notebook: Notebook) -> None:
    poison = notebook.voided("ses-2", REFUSED)
    await notebook.hears(notebook.voided("ses-1"), poison, notebook.voided("ses-3"))
    assert await notebook.noted(2) == {"ses-1", "ses-3"}
    [letter] = await notebook.rejected(1)
    assert (letter.key, letter.value) == (poison.key, poison.value)
    assert list(letter.headers[: len(poison.headers)]) == list(poison.headers)
    headers = dict(letter.headers)
    assert (headers["error-code"], headers["error-message"]) == (b"refused", b"session ses-2 asked for it")
    assert (headers["error-topic"], headers["error-offset"]) == (notebook.inbox.encode(), b"1")
    assert await notebook.parked() == {"ses-2": 1}


async def test_what_cannot_be_read_is_parked_first_in_the_middle_and_last(notebook: Notebook) -> None:
    good = [notebook.voided(f"ses-{number}") for number in range(3)]
    bad = [replace(notebook.voided(f"bad-{number}"), value=value) for number, value in enumerate([b"{", None, b"[]"])]
    odd = replace(bad[0], headers=[("ce_type", None), ("x", b"\xff")])
    await notebook.hears(bad[0], good[0], bad[1], good[1], odd, good[2], bad[2])
    assert await notebook.noted(3) == {"ses-0", "ses-1", "ses-2"}
    letters = await notebook.rejected(4)
    assert sorted(map(code_of, letters)) == ["event-invalid", "header-null", "not-json", "value-missing"]
    assert await notebook.parked() == {"bad-0": 1, "bad-1": 1, "bad-2": 1}


async def test_a_fault_of_the_handler_itself_costs_one_record(notebook: Notebook) -> None:
    await notebook.hears(notebook.voided("ses-1"), notebook.voided("ses-2", BROKEN), notebook.voided("ses-3"))
    assert await notebook.noted(2) == {"ses-1", "ses-3"}
    [letter] = await notebook.rejected(1)
    assert (code_of(letter), dict(letter.headers)["error-message"]) == ("handler-failed", b"RuntimeError")


async def test_a_record_that_fails_the_whole_batch_is_found_and_parked_and_the_others_are_done(
    notebook: Notebook,
) -> None:
    await notebook.hears(notebook.voided("ses-1"), notebook.voided("ses-2", TOO_MUCH), notebook.voided("ses-3"))
    assert await notebook.noted(2) == {"ses-1", "ses-3"}
    [letter] = await notebook.rejected(1)
    assert (code_of(letter), dict(letter.headers)["error-message"]) == ("handler-failed", b"TypeError")
    assert await notebook.parked() == {"ses-2": 1}


async def test_later_records_wait_behind_a_parked_one_and_pass_in_order_once_it_is_mended(notebook: Notebook) -> None:
    await notebook.hears(notebook.voided("ses-1", REFUSED), notebook.voided("ses-1"), notebook.voided("ses-2"))
    assert await notebook.noted(1) == {"ses-2"}
    await notebook.hears(notebook.voided("ses-1", version=3))
    letters = await notebook.rejected(3)
    assert [code_of(letter) for letter in letters] == ["refused", "waits-behind", "waits-behind"]
    assert await notebook.parked() == {"ses-1": 3}

    notebook.refuses = False
    await notebook.replay(letters)
    assert await notebook.noted(2) == {"ses-1", "ses-2"}
    await soon(notebook.parked, lambda parked: parked == {})
    await notebook.hears(notebook.voided("ses-1", version=4), notebook.voided("ses-3"))
    await notebook.noted(3)
    assert await notebook.parked() == {}


async def test_a_session_of_another_clinic_with_the_same_number_does_not_wait(notebook: Notebook) -> None:
    await notebook.hears(notebook.voided("ses-1", REFUSED), notebook.voided("ses-1", key="clinic-hamburg/one"))
    assert await notebook.noted(1) == {"ses-1"}
    assert [code_of(letter) for letter in await notebook.rejected(1)] == ["refused"]


async def test_a_record_that_is_not_mended_is_parked_again_under_its_new_place(notebook: Notebook) -> None:
    await notebook.hears(notebook.voided("ses-1", REFUSED))
    first = await notebook.rejected(1)
    await notebook.replay(first)
    letters = await notebook.rejected(2)
    assert [code_of(letter) for letter in letters] == ["refused", "refused"]
    assert await notebook.parked() == {"ses-1": 1}


async def test_a_discarded_record_lets_the_others_pass(notebook: Notebook) -> None:
    await notebook.hears(notebook.voided("ses-1", REFUSED))
    await notebook.replay(await notebook.rejected(1), discard=True)
    await soon(notebook.parked, lambda parked: parked == {})
    await notebook.hears(notebook.voided("ses-1"))
    assert await notebook.noted(1) == {"ses-1"}


async def test_a_batch_that_is_delivered_twice_parks_nothing_twice(notebook: Notebook) -> None:
    """As after a crash between the transaction and the commit of the offsets."""
    batch = [
        notebook.voided("ses-1"),
        notebook.voided("ses-1", REFUSED),
        notebook.voided("ses-1"),
        notebook.voided("ses-2"),
    ]
    await notebook.hears(*batch)
    await notebook.noted(2)
    await notebook.rejected(2)
    [consumer] = notebook.service._consumers
    await consumer.on_batch(await read_soon(notebook.kafka, notebook.inbox, lambda records: len(records) == len(batch)))
    assert await notebook.parked() == {"ses-1": 2}
    await notebook.hears(notebook.voided("ses-3", REFUSED))
    letters = await notebook.rejected(3)
    assert [code_of(letter) for letter in letters] == ["refused", "waits-behind", "refused"]
    assert [record.key for record in await notebook.published(2)] == [b"ses-1", b"ses-2"]


async def test_while_the_database_is_down_records_wait_and_none_is_parked(kafka: str, own_mongo: EmbeddedMongo) -> None:
    notebook = Notebook(kafka, own_mongo.uri, "notebook", f"notebook-down-{own_mongo.port}")
    async with notebook.running():
        await notebook.hears(notebook.voided("ses-1"))
        await notebook.noted(1)
        own_mongo.kill()
        await notebook.hears(*(notebook.voided(f"ses-{number}") for number in range(2, 12)))
        await soon(notebook.service.ready, lambda silent: silent == {"store": "does not answer"})
        own_mongo.start()
        assert await notebook.noted(11) == {f"ses-{number}" for number in range(1, 12)}
        assert await notebook.told_of(11) == {b"ses-%d" % number for number in range(1, 12)}
        assert await notebook.parked() == {}


async def test_what_stops_goes_on_where_it_was(kafka: str, mongo_uri: str, database: str) -> None:
    name = database.replace("_", "-")
    first = Notebook(kafka, mongo_uri, database, name)
    async with first.running():
        await first.hears(*(first.voided(f"ses-{number}") for number in range(5)))
        await first.noted(5)
    second = Notebook(kafka, mongo_uri, database, name)
    await second.hears(*(second.voided(f"ses-{number}") for number in range(5, 10)))
    async with second.running():
        assert len(await second.noted(10)) == 10
        assert len(await second.told_of(10)) == 10


async def test_a_message_of_nothing_is_a_dead_letter_like_any_other(notebook: Notebook) -> None:
    await notebook.hears(Message(notebook.inbox, None, None, []))
    [letter] = await notebook.rejected(1)
    assert (letter.key, letter.value, code_of(letter)) == (None, None, "type-missing")
    assert await notebook.parked() == {}
