"""chairside dead-letters: seen, shown, put back once and in order, whatever crashes in between."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from chassis.messaging.broker import Producer
from chassis.messaging.dead_letters import to_dead_letter
from chassis.messaging.reading import REPLAY, Discarded, Heard, Reader, Record, Rejected
from cli import letters
from contracts.envelope import Message, to_message
from contracts.samples import SAMPLES
from contracts.topics import SESSIONS
from tests.integration.cli.terminal import chairside, open_letters, published, records

COMPLETED = SAMPLES["clinical.session-completed.v1"].message()


@dataclass
class Heap:
    """A record as a consumer got it."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    offset: int
    topic: str = SESSIONS.name
    partition: int = 0


def letter(offset: int, *, subject: str = "ses-2026-000123", code: str = "price-missing", version: int = 1) -> Message:
    message = to_message(
        topic=SESSIONS.name,
        type_="clinical.session-completed.v1",
        source="/clinical/clinic-berlin",
        subject=subject,
        version=version,
        key="clinic-berlin/pat-77",
        at=SAMPLES["clinical.session-completed.v1"].at,
        value=COMPLETED.value or b"",
    )
    record = Heap(message.key, message.value, message.headers, offset)
    return to_dead_letter("invoicing", Rejected(record, code, "no price for it", subject))


def poison() -> Message:
    """Nothing of it can be read: a null header, one that is not UTF-8, and bytes that are not JSON."""
    record = Heap(None, b"\x00\xff{", [("ce_type", None), ("ce_id", b"\xff")], 7)
    return to_dead_letter("invoicing", Rejected(record, "header-null", "the header ce_type is null"))


def put_back(bootstrap: str) -> list[Record]:
    return [record for record in records(bootstrap, SESSIONS.name) if REPLAY in dict(record.headers)]


def test_letters_are_listed_with_where_they_are_and_why(fresh_kafka: str) -> None:
    assert open_letters(fresh_kafka) == []
    published(fresh_kafka, [letter(3)])
    [listed] = open_letters(fresh_kafka)
    assert (listed["consumer"], listed["code"], listed["message"]) == ("invoicing", "price-missing", "no price for it")
    assert (listed["topic"], listed["subject"], listed["state"]) == (SESSIONS.name, "ses-2026-000123", "waiting")
    assert open_letters(fresh_kafka, "--consumer", "payments") == []
    assert open_letters(fresh_kafka, "--since", "1h") == [listed]
    assert open_letters(fresh_kafka, "--since", "2999-01-01T00:00:00Z") == []
    table = chairside(fresh_kafka, "dead-letters", "list").stdout
    assert "price-missing" in table
    assert listed["place"] in table


def test_a_letter_is_shown_with_its_headers_and_its_bytes_only_when_asked(fresh_kafka: str) -> None:
    published(fresh_kafka, [poison()])
    [listed] = open_letters(fresh_kafka)
    shown = chairside(fresh_kafka, "dead-letters", "show", "invoicing", listed["place"])
    assert shown.exit_code == 0, shown.output
    assert "key: (null)\nce_type: (null)\nce_id: \\xff\nerror-code: header-null\n" in shown.stdout
    assert b"\xff{" not in shown.stdout_bytes
    whole = chairside(fresh_kafka, "dead-letters", "show", "invoicing", listed["place"], "--value")
    assert whole.stdout_bytes.endswith(b"\n\x00\xff{\n")


def test_a_replayed_record_is_what_it_was_with_a_mark_and_is_put_back_once(fresh_kafka: str) -> None:
    published(fresh_kafka, [poison(), letter(3)])
    done = chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all")
    assert (done.exit_code, done.stdout) == (0, "2 replayed\n"), done.stderr
    back = sorted(put_back(fresh_kafka), key=lambda record: record.key or b"")
    assert [record.value for record in back] == [b"\x00\xff{", COMPLETED.value]
    assert [record.key for record in back] == [None, COMPLETED.key]
    for record in back:
        names = [name for name, _ in record.headers]
        assert not [name for name in names if name.startswith("error-")]
        assert names[-2:] == [REPLAY, "chairside-replay-of"]
    assert open_letters(fresh_kafka) == []
    assert [listed["state"] for listed in open_letters(fresh_kafka, "--settled")] == ["replayed", "replayed"]
    again = chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all")
    assert (again.exit_code, again.stdout) == (1, "0 replayed\n")
    assert len(put_back(fresh_kafka)) == 2


def test_all_letters_of_one_aggregate_go_back_in_their_order_and_no_others(fresh_kafka: str) -> None:
    mine = [letter(offset, version=offset) for offset in (1, 2, 3)]
    published(fresh_kafka, [mine[0], letter(9, subject="ses-other"), *mine[1:]])
    done = chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--subject", "ses-2026-000123")
    assert done.stdout == "3 replayed\n"
    assert [dict(record.headers)["ce_id"] for record in put_back(fresh_kafka)] == [
        b"ses-2026-000123:1",
        b"ses-2026-000123:2",
        b"ses-2026-000123:3",
    ]
    assert [listed["subject"] for listed in open_letters(fresh_kafka)] == ["ses-other"]


def test_a_letter_does_not_overtake_an_earlier_one_of_its_aggregate_unless_told_to(fresh_kafka: str) -> None:
    published(fresh_kafka, [letter(1, version=1), letter(2, version=2)])
    first, second = (listed["place"] for listed in open_letters(fresh_kafka))
    refused = chairside(fresh_kafka, "dead-letters", "replay", "invoicing", second)
    assert refused.exit_code == 1
    assert f"{first} of ses-2026-000123 waits before {second}" in refused.stderr
    assert put_back(fresh_kafka) == []
    assert chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--out-of-order", second).exit_code == 0
    assert chairside(fresh_kafka, "dead-letters", "replay", "invoicing", first).exit_code == 0
    assert chairside(fresh_kafka, "dead-letters", "replay", "invoicing", first).exit_code == 1
    assert len(put_back(fresh_kafka)) == 2


def test_a_discarded_letter_goes_back_as_one_to_be_dropped(fresh_kafka: str) -> None:
    published(fresh_kafka, [letter(1)])
    [listed] = open_letters(fresh_kafka)
    done = chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--discard", listed["place"])
    assert done.stdout == "1 discarded\n"
    [back] = put_back(fresh_kafka)
    assert isinstance(Reader(SESSIONS, SESSIONS.events).read(back), Discarded)
    assert [listed["state"] for listed in open_letters(fresh_kafka, "--settled")] == ["discarded"]


def test_a_letter_that_comes_back_is_a_new_one(fresh_kafka: str) -> None:
    published(fresh_kafka, [letter(1)])
    chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all")
    [back] = put_back(fresh_kafka)
    reading = Reader(SESSIONS, SESSIONS.events).read(back)
    assert isinstance(reading, Heard)
    assert reading.replayed
    published(fresh_kafka, [to_dead_letter("invoicing", Rejected(back, "price-missing", "still none"))])
    [listed] = open_letters(fresh_kafka)
    assert listed["message"] == "still none"
    assert chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all").stdout == "1 replayed\n"
    assert len(put_back(fresh_kafka)) == 2


def test_what_has_no_origin_is_not_put_back_anywhere(fresh_kafka: str) -> None:
    stranger = Message("invoicing.dead-letter", b"k", b"v", [])
    published(fresh_kafka, [stranger])
    refused = chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all")
    assert refused.exit_code == 1
    assert "error-topic" in refused.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["replay", "invoicing"], 2),
        (["replay", "invoicing", "0:0", "--all"], 2),
        (["replay", "invoicing", "0:99"], 1),
        (["replay", "laundry", "--all"], 2),
        (["show", "invoicing", "0:99"], 1),
        (["list", "--since", "yesterday"], 2),
        (["list", "--consumer", "laundry"], 2),
    ],
)
def test_what_cannot_be_meant_is_refused(kafka: str, words: list[str], code: int) -> None:
    assert chairside(kafka, "dead-letters", *words).exit_code == code


class Crashed(Exception):
    """The process ended here."""


class CrashingProducer(Producer):
    """Publishes, until the crash: before the n-th time."""

    def __init__(self, bootstrap: str, crash_at: int) -> None:
        super().__init__(bootstrap, "test")
        self._left = crash_at

    async def publish(self, messages: Sequence[Message]) -> None:
        if messages:
            self._left -= 1
            if self._left == 0:
                raise Crashed
        await super().publish(messages)


async def crash(bootstrap: str, crash_at: int) -> None:
    producer = CrashingProducer(bootstrap, crash_at)
    await producer.start()
    try:
        with pytest.raises(Crashed):
            await letters.send_back(bootstrap, producer, await letters.read(bootstrap, "invoicing"))
    finally:
        await producer.stop()


@pytest.mark.parametrize(
    ("crash_at", "left", "output"),
    [
        (1, "waiting", "2 replayed"),
        (2, "uncertain", "2 replayed"),
        (3, "uncertain", "0 replayed, 2 had arrived already"),
    ],
    ids=["before anything", "before the records", "after the records"],
)
def test_a_crash_in_mid_replay_puts_nothing_back_twice(fresh_kafka: str, crash_at: int, left: str, output: str) -> None:
    published(fresh_kafka, [letter(1, version=1), letter(2, version=2)])
    asyncio.run(crash(fresh_kafka, crash_at))
    assert [listed["state"] for listed in open_letters(fresh_kafka)] == [left, left]
    assert chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all").stdout == f"{output}\n"
    assert open_letters(fresh_kafka) == []
    assert [json.loads(r.value or b"")["session_id"] for r in put_back(fresh_kafka)] == ["ses-2026-000123"] * 2
