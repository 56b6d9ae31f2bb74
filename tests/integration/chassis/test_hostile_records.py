"""Whatever is on a record, the consumer goes on: the record is handled or parked, and its neighbours are handled."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chassis.messaging.dead_letters import MAX_HEADERS_BYTES, MAX_PIECE_BYTES
from chassis.messaging.reading import PARKED_AT, REPLAY
from contracts.envelope import Message
from contracts.topics import MAX_SAID_BYTES, MAX_VALUE_BYTES
from tests.integration.chassis.notebook import Notebook, code_of
from tests.parts.patience import soon
from tests.parts.raw_records import GZIP, raw_batch, raw_record, send_raw_soon

MANY_DIGITS = b"9" * 5_000


def with_headers(message: Message, *headers: tuple[str, bytes | None]) -> Message:
    return replace(message, headers=[*message.headers, *headers])


def hostile(notebook: Notebook) -> dict[str, Message]:
    """Each of session ses-2."""
    plain = notebook.voided("ses-2")

    def body(**changes: Any) -> Message:
        return replace(plain, value=json.dumps(json.loads(plain.value or b"") | changes).encode())

    return {
        "a place of many digits": with_headers(plain, (REPLAY, b"again"), (PARKED_AT, MANY_DIGITS + b":1")),
        "an offset of many digits": with_headers(plain, (REPLAY, b"again"), (PARKED_AT, b"1:" + MANY_DIGITS)),
        "a place of many digits to discard": with_headers(plain, (REPLAY, b"discard"), (PARKED_AT, MANY_DIGITS)),
        "a negative place": with_headers(plain, (REPLAY, b"again"), (PARKED_AT, b"-1:-1")),
        "a place that is null": with_headers(plain, (REPLAY, None), (PARKED_AT, None)),
        "a place in other digits": with_headers(plain, (REPLAY, b"again"), (PARKED_AT, "٣:٤".encode())),
        "a trace of a megabyte": with_headers(plain, ("traceparent", b"0" * 1_000_000)),
        "a trace of nothing": with_headers(plain, ("traceparent", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-00")),
        "every header twice": with_headers(plain, *plain.headers),
        "a second type": with_headers(plain, ("ce_type", b"\xff")),
        "an id of a megabyte": with_headers(plain, ("ce_id", b"i" * 1_000_000)),
        "a subject of a megabyte": with_headers(plain, ("ce_subject", b"s" * 1_000_000)),
        "ten thousand headers": with_headers(plain, *[("x", b"1")] * 10_000),
        "a letter's own headers": with_headers(plain, ("chairside-letter", b"0:0"), ("error-topic", b"elsewhere")),
        "a key of two megabytes": replace(plain, key=b"k" * 2_000_000),
        "a key that is no text": replace(plain, key=b"\xff/\x00"),
        "no key": replace(plain, key=None),
        "no value": replace(plain, value=None),
        "three megabytes": replace(plain, value=(plain.value or b"") + b" " * 3_000_000),
        "nested deeply": replace(plain, value=b'{"session_id":' + b"[" * 200_000),
        "a version of many digits": body(version=10**400),
        "a version of 64 bits and more": body(version=2**70),
        "a negative version": body(version=-1),
        "a version that is a fraction": body(version=1.5),
        "lists for texts": body(session_id=["ses-2"], reason={"a": []}),
        "a reason with a null letter": body(reason="\x00"),
    }


async def test_none_of_them_stops_the_others(notebook: Notebook) -> None:
    cases = hostile(notebook)
    for number, message in enumerate(cases.values()):
        around = [notebook.voided(f"good-{number}-{n}", key=f"clinic-berlin/{number}") for n in range(2)]
        await notebook.hears(around[0], message, around[1])
    expected = {f"good-{number}-{n}" for number in range(len(cases)) for n in range(2)}
    noted = await soon(lambda: notebook.noted(1), lambda found: expected <= found)
    assert noted - expected <= {"ses-2"}
    assert await notebook.service.ready() == {}
    for letter in await notebook.rejected(1):
        size = len(letter.key or b"") + len(letter.value or b"")
        assert size + sum(len(name) + len(value or b"") for name, value in letter.headers) <= MAX_SAID_BYTES


@pytest.mark.parametrize("megabytes", [6, 10, 20])
async def test_a_value_that_is_large_when_unpacked_leaves_a_piece_and_a_reference(
    notebook: Notebook, megabytes: int
) -> None:
    first, large, last = (notebook.voided(f"ses-{n}") for n in range(3))
    large = replace(large, value=(large.value or b"") + b" " * megabytes * 1_000_000)
    packed = raw_batch([raw_record(n, one) for n, one in enumerate([first, large, last])], GZIP)
    await send_raw_soon(notebook.kafka, notebook.inbox, packed)
    assert await notebook.noted(2) == {"ses-0", "ses-2"}
    [letter] = await notebook.rejected(1)
    headers = dict(letter.headers)
    assert (code_of(letter), headers["error-cut"], headers["error-offset"]) == ("value-too-large", b"value", b"1")
    assert len(headers["error-value-sha256"] or b"") == 64
    assert len(letter.value or b"") == MAX_PIECE_BYTES < MAX_VALUE_BYTES
    assert sum(len(name) + len(value or b"") for name, value in letter.headers) < MAX_HEADERS_BYTES


async def test_a_key_that_always_is_known_costs_its_record_and_not_the_topic(notebook: Notebook) -> None:
    """As where what two records say cannot be stored side by side: to look first does not help."""
    await notebook.notes.create_index([("size", 1)], unique=True)
    await notebook.hears(*(notebook.voided(f"ses-{n}") for n in range(3)))
    letters = await notebook.rejected(2)
    assert [code_of(letter) for letter in letters] == ["handler-failed", "handler-failed"]
    assert len(await notebook.noted(1)) == 1
