"""A record becomes an event, a rejection, or something that a person decided to drop; it never raises."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from chassis.messaging.reading import REPLAY, Discarded, Heard, Reader, Rejected
from contracts.clinical import SessionCompleted, SessionVoided
from contracts.samples import SAMPLES
from contracts.topics import MAX_VALUE_BYTES, SESSIONS

GOOD = SAMPLES[SessionCompleted.TYPE].message()
READER = Reader(SESSIONS, (SessionCompleted,))
Headers = Sequence[tuple[str, bytes | None]]


@dataclass
class Record:
    value: bytes | None = GOOD.value
    headers: Headers = tuple(GOOD.headers)
    key: bytes | None = GOOD.key
    topic: str = SESSIONS.name
    partition: int = 0
    offset: int = 0


def with_header(name: str, value: bytes | None) -> Headers:
    return [*((n, v) for n, v in GOOD.headers if n != name), (name, value)]


def test_a_good_record_is_heard_with_its_trace() -> None:
    heard = READER.read(Record())
    assert isinstance(heard, Heard)
    assert heard.event == SAMPLES[SessionCompleted.TYPE].event
    assert heard.traceparent == dict(GOOD.headers)["traceparent"].decode()  # type: ignore[union-attr]
    assert not heard.replayed


def test_a_type_that_is_not_wanted_is_passed_over_unread() -> None:
    assert READER.read(Record(value=b"{", headers=with_header("ce_type", SessionVoided.TYPE.encode()))) is None


UNREADABLE = {
    "type-missing": Record(headers=[("ce_subject", b"s")]),
    "type-unknown": Record(headers=with_header("ce_type", b"clinical.session-lost.v1")),
    "header-null": Record(headers=with_header("ce_id", None)),
    "header-not-utf-8": Record(headers=with_header("ce_source", b"\xff")),
    "value-missing": Record(value=None),
    "value-too-large": Record(value=b" " * (MAX_VALUE_BYTES + 1)),
    "not-json": Record(value=b"{"),
    "event-invalid": Record(value=b"{}"),
}


@pytest.mark.parametrize("code", UNREADABLE)
def test_what_cannot_be_read_is_rejected_with_a_stable_code(code: str) -> None:
    rejected = READER.read(UNREADABLE[code])
    assert isinstance(rejected, Rejected)
    assert rejected.code == code


@pytest.mark.parametrize("record", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_whatever_is_rejected_can_be_discarded_and_counts_for_the_same_aggregate(record: Record) -> None:
    rejected = READER.read(record)
    discarded = READER.read(Record(record.value, [*record.headers, (REPLAY, b"discard")]))
    assert isinstance(rejected, Rejected)
    assert isinstance(discarded, Discarded)
    assert (discarded.subject, discarded.event) == (rejected.subject, None)


@pytest.mark.parametrize("record", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_comes_back_and_still_cannot_be_read_is_known_to_come_back(record: Record) -> None:
    rejected = READER.read(Record(record.value, [*record.headers, (REPLAY, b"again")]))
    assert isinstance(rejected, Rejected)
    assert rejected.replayed


def test_a_discarded_record_that_broke_a_rule_names_its_aggregate_by_its_event() -> None:
    discarded = READER.read(Record(headers=[("ce_type", SessionCompleted.TYPE.encode()), (REPLAY, b"discard")]))
    assert isinstance(discarded, Discarded)
    assert discarded.event == SAMPLES[SessionCompleted.TYPE].event


@pytest.mark.parametrize("headers", [[("x", None)], [("x", b"\xff")]])
def test_headers_of_others_may_be_what_they_like(headers: Headers) -> None:
    assert isinstance(READER.read(Record(headers=[*GOOD.headers, *headers])), Heard)
