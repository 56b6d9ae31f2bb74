"""Batches are read as aiokafka reads them, where it does; and whatever the bytes are, reading them ends."""

from collections.abc import Sequence

import pytest
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from chassis.messaging.reading import Record, Unreadable
from chassis.messaging.record_batches import offset_after, records_in
from contracts.envelope import Message
from tests.parts.raw_records import GZIP, raw_batch, raw_record

PLACE = TopicPartition("clinical.sessions", 3)
BYTES = st.none() | st.binary(max_size=30)
HEADERS = st.lists(st.tuples(st.text(max_size=5), BYTES), max_size=4)
MESSAGES = st.lists(st.builds(Message, st.just("t"), BYTES, BYTES, HEADERS), min_size=1, max_size=5)


def packed(messages: Sequence[Message], codec: int = 0) -> bytes:
    return raw_batch([raw_record(n, message) for n, message in enumerate(messages)], codec)


def seen(record: Record) -> tuple[int, bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...]]:
    return record.offset, record.key, record.value, tuple(record.headers)


@given(MESSAGES, st.sampled_from([0, GZIP]))
def test_good_records_are_read_as_aiokafka_reads_them(messages: list[Message], codec: int) -> None:
    batch = packed(messages, codec)
    theirs = MemoryRecords(batch).next_batch()
    assert theirs is not None
    expected = [(r.offset, r.key, r.value, tuple(r.headers)) for r in theirs]
    assert [seen(record) for record in records_in(PLACE, batch, 0, 100)] == expected
    assert offset_after(PLACE, batch, 0, 100) == len(messages)


@given(MESSAGES, st.integers(0, 4), st.binary(max_size=6))
def test_a_name_that_is_no_text_costs_its_record_alone(messages: list[Message], nth: int, name: bytes) -> None:
    bad = nth % len(messages)
    extra = [(b"\xff" + name, b"1")]
    batch = raw_batch([raw_record(n, m, extra if n == bad else ()) for n, m in enumerate(messages)])
    records = list(records_in(PLACE, batch, 0, 100))
    assert [record.offset for record in records] == list(range(len(messages)))
    assert [isinstance(record, Unreadable) for record in records] == [n == bad for n in range(len(messages))]
    assert (records[bad].key, records[bad].value) == (messages[bad].key, messages[bad].value)


@given(st.binary(max_size=200), st.integers(0, 3), st.integers(1, 4), st.sampled_from([0, 1, 2, 3, 4, 5, 7]))
def test_whatever_a_batch_holds_each_of_its_offsets_is_told_once_at_most(
    body: bytes, start: int, count: int, codec: int
) -> None:
    batch = raw_batch([b""] * count, codec, body)
    offsets = [record.offset for record in records_in(PLACE, batch, start, 100)]
    assert offsets == sorted(set(offsets))
    assert all(start <= offset < max(count, 1) for offset in offsets)
    assert offset_after(PLACE, batch, start, 100) >= start


@given(MESSAGES, st.integers(0, 400), st.integers(0, 255))
def test_one_wrong_byte_never_raises(messages: list[Message], at: int, byte: int) -> None:
    batch = bytearray(packed(messages))
    batch[at % len(batch)] = byte
    list(records_in(PLACE, bytes(batch), 0, 1_000))
    assert offset_after(PLACE, bytes(batch), 0, 1_000) <= 1_000


@given(st.binary(max_size=300))
def test_bytes_that_are_no_batch_never_raise(fetched: bytes) -> None:
    list(records_in(PLACE, fetched, 0, 1_000))


def test_what_lies_before_the_start_and_behind_the_end_is_left_out() -> None:
    batch = packed([Message("t", None, b"%d" % n, []) for n in range(9)])
    assert [record.offset for record in records_in(PLACE, batch, 3, 6)] == [3, 4, 5]
    assert offset_after(PLACE, batch, 3, 6) == 6


@pytest.mark.parametrize("cut", [1, 30, 60])
def test_a_batch_that_is_not_there_in_full_waits_for_the_next_fetch(cut: int) -> None:
    whole = packed([Message("t", None, b"one", [])])
    assert list(records_in(PLACE, whole[:-cut], 0, 9)) == []
    assert offset_after(PLACE, whole[:-cut], 0, 9) == 0
