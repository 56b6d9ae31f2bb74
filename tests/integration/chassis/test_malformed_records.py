"""Records that the broker takes and its client cannot read: each is parked with its place, and no neighbour is lost."""

import pytest
from aiokafka.errors import KafkaError

from contracts.envelope import Message
from tests.integration.chassis.notebook import Notebook, code_of
from tests.parts.patience import soon
from tests.parts.raw_records import GZIP, ZSTD, raw_batch, raw_record, send_raw_soon
from tests.parts.topics import PARTITIONS

BAD_NAME = [(b"x-\xff\xfe", b"1")]


def place_of(letter: object) -> tuple[str, str]:
    headers = {name: (value or b"").decode() for name, value in letter.headers}  # type: ignore[attr-defined]
    return headers["error-partition"], headers["error-offset"]


def good(notebook: Notebook, *numbers: int) -> list[Message]:
    return [notebook.voided(f"ses-{number}") for number in numbers]


async def ready(notebook: Notebook) -> dict[str, str]:
    return await notebook.service.ready()


@pytest.mark.parametrize("codec", [0, GZIP])
async def test_a_header_whose_name_is_not_utf_8_costs_only_its_record(notebook: Notebook, codec: int) -> None:
    first, bad, last = good(notebook, 1, 2, 3)
    batch = raw_batch([raw_record(0, first), raw_record(1, bad, BAD_NAME), raw_record(2, last)], codec)
    await send_raw_soon(notebook.kafka, notebook.inbox, batch)
    assert await notebook.noted(2) == {"ses-1", "ses-3"}
    [letter] = await notebook.rejected(1)
    assert (code_of(letter), place_of(letter)) == ("header-name-not-utf-8", ("0", "1"))
    assert (letter.key, letter.value) == (bad.key, bad.value)
    assert await notebook.parked() == {"ses-2": 1}
    assert await ready(notebook) == {}


async def test_other_partitions_lose_nothing_to_it_however_often_it_comes(notebook: Notebook) -> None:
    for turn in range(8):
        for partition in range(PARTITIONS):
            some = good(notebook, *(turn * 100 + partition * 10 + n for n in range(4)))
            spoiled = turn % 4 == partition
            records = [raw_record(n, one, BAD_NAME if spoiled and n == 1 else ()) for n, one in enumerate(some)]
            await send_raw_soon(notebook.kafka, notebook.inbox, raw_batch(records), partition)
    expected = 8 * PARTITIONS * 4 - 8
    assert len(await notebook.noted(expected)) == expected
    letters = await notebook.rejected(8)
    assert {code_of(letter) for letter in letters} == {"header-name-not-utf-8"}
    assert len({place_of(letter) for letter in letters}) == 8


async def test_it_is_first_last_and_alone_and_what_comes_later_is_heard(notebook: Notebook) -> None:
    for numbers in ([0], [1, 2], [3, 4]):
        records = [
            raw_record(n, one, BAD_NAME if number in (0, 1, 4) else ())
            for n, (number, one) in enumerate(zip(numbers, good(notebook, *numbers), strict=True))
        ]
        await send_raw_soon(notebook.kafka, notebook.inbox, raw_batch(records))
    await notebook.hears(*good(notebook, 5))
    assert await notebook.noted(3) == {"ses-2", "ses-3", "ses-5"}
    assert len(await notebook.rejected(3)) == 3


async def test_a_mended_record_comes_back_from_its_letter(notebook: Notebook) -> None:
    batch = raw_batch([raw_record(0, good(notebook, 1)[0], BAD_NAME)])
    await send_raw_soon(notebook.kafka, notebook.inbox, batch)
    await notebook.replay(await notebook.rejected(1))
    assert await notebook.noted(1) == {"ses-1"}
    await soon(notebook.parked, lambda parked: parked == {})


def malformed(notebook: Notebook) -> dict[str, bytes]:
    """Batches of three of which the second is malformed, by what is wrong with it."""
    first, bad, last = good(notebook, 1, 2, 3)

    def of(record: bytes) -> bytes:
        return raw_batch([raw_record(0, first), record, raw_record(2, last)])

    return {
        "more headers than it says": of(raw_record(1, bad, header_count=0)),
        "fewer headers than it says": of(raw_record(1, bad, header_count=99)),
        "a negative number of headers": of(raw_record(1, bad, header_count=-1)),
        "a number of headers without end": of(raw_record(1, bad, header_count=2**40)),
        "bytes behind its end": of(raw_record(1, bad, tail=b"\x00\x01\x02")),
    }


KINDS = [
    "more headers than it says",
    "fewer headers than it says",
    "a negative number of headers",
    "a number of headers without end",
    "bytes behind its end",
]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_malformed_record_costs_only_itself(notebook: Notebook, kind: str) -> None:
    try:
        await send_raw_soon(notebook.kafka, notebook.inbox, malformed(notebook)[kind])
    except KafkaError as error:
        pytest.skip(f"the broker refuses it: {type(error).__name__}")
    await notebook.hears(*good(notebook, 4))
    assert await notebook.noted(3) == {"ses-1", "ses-3", "ses-4"}
    [letter] = await notebook.rejected(1)
    assert (code_of(letter), place_of(letter)) == ("record-malformed", ("0", "1"))


@pytest.mark.parametrize(("codec", "body"), [(GZIP, b"no gzip"), (ZSTD, b"no zstd"), (7, b"no codec")])
async def test_a_batch_that_cannot_be_unpacked_is_parked_record_by_record(
    notebook: Notebook, codec: int, body: bytes
) -> None:
    records = [raw_record(n, one) for n, one in enumerate(good(notebook, 1, 2, 3))]
    try:
        await send_raw_soon(notebook.kafka, notebook.inbox, raw_batch(records, codec, body))
    except KafkaError as error:
        pytest.skip(f"the broker refuses it: {type(error).__name__}")
    await notebook.hears(*good(notebook, 4))
    assert await notebook.noted(1) == {"ses-4"}
    letters = await notebook.rejected(3)
    assert [(code_of(letter), place_of(letter)[1]) for letter in letters] == [
        ("batch-unreadable", "0"),
        ("batch-unreadable", "1"),
        ("batch-unreadable", "2"),
    ]
