"""Reading a record without ever raising: it becomes an event, or a rejection that says why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import ValidationError

from chassis.logger import Logger
from contracts.envelope import Event
from contracts.topics import MAX_VALUE_BYTES, Topic
from kernel.value import value

log = Logger(__name__)
E = TypeVar("E", bound=Event)
MAX_ID_LETTERS = 256
MAX_OFFSET_DIGITS = 19
"""Of a 64-bit number, which offsets are."""
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""https://www.w3.org/TR/trace-context/#traceparent-header"""
REPLAY = "chairside-replay"
"""Header of a record that comes back from the dead letter: b"again" to try it, b"discard" to let the others pass."""
PARKED_AT = "chairside-parked-at"
"""Header beside it: the partition and offset at which the record was rejected, b"3:42"."""
Place = tuple[int, int]
"""Partition and offset."""


class Record(Protocol):
    """What we use of an aiokafka ConsumerRecord."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def place_of(record: Record) -> Place:
    """Where in its topic a record is."""
    return record.partition, record.offset


def parked_at(record: Record) -> Place | None:
    """Where a record that comes back was rejected; None when its header does not tell."""
    partition, _, offset = (_text(dict(record.headers), PARKED_AT) or "").partition(":")
    place = _number(partition), _number(offset)
    return None if place[0] is None or place[1] is None else (place[0], place[1])


def _number(digits: str) -> int | None:
    return int(digits) if digits.isdecimal() and len(digits) <= MAX_OFFSET_DIGITS else None


def subject_of(record: Record) -> str | None:
    """What a record says it is about, without reading it."""
    return _text(dict(record.headers), "ce_subject")


def aggregate_of(record: Record, subject: str) -> str:
    """What a record is parked by: its subject within the clinic that its key begins with, each as long as an id.

    Two clinics may number their sessions alike.
    """
    clinic = (record.key or b"").partition(b"/")[0].decode(errors="replace")
    return f"{clinic[:MAX_ID_LETTERS]}/{subject[:MAX_ID_LETTERS]}"


@dataclass(slots=True)
class Unreadable:
    """A record that the broker's client cannot read, as far as it could be made out, and why."""

    topic: str
    partition: int
    offset: int
    code: str
    message: str
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


@value
class Heard(Generic[E]):
    """A record that could be read. `replayed` says that it was parked before; `event_id` is CloudEvents' id."""

    event: E
    record: Record
    traceparent: str | None = None
    replayed: bool = False
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that goes to the dead letter, with a stable code and words without patient data."""

    record: Record
    code: str
    message: str
    subject: str | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Discarded:
    """A parked record that a person decided to drop; `event` when it could be read, and broke a rule."""

    record: Record
    subject: str | None
    event: Event | None = None


Reading = Heard[Any] | Rejected | Discarded | None
"""None: an event that this consumer has no use for."""


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Reader:
    """Reads the records of one topic; types that are on the topic but not wanted are passed over."""

    def __init__(self, topic: Topic, wanted: Sequence[type[Event]]) -> None:
        self._types = topic.types()
        self._wanted = frozenset(event.TYPE for event in wanted)

    def read(self, record: Record) -> Reading:
        """Never raises: what goes wrong in here is the fault of this record."""
        try:
            return self._read(record)
        except Exception as error:
            log.error("not-read", topic=record.topic, offset=record.offset, error=type(error).__name__)
            return Rejected(record, "unreadable", type(error).__name__)

    def _read(self, record: Record) -> Reading:
        headers = dict(record.headers)
        replayed = REPLAY in headers
        if isinstance(record, Unreadable):
            return Rejected(record, record.code, record.message, _text(headers, "ce_subject"), replayed)
        if headers.get(REPLAY) == b"discard":
            return self._discarded(record, headers)
        subject = None
        try:
            _check(headers)
            subject = _text(headers, "ce_subject")
            event = self._event(_text(headers, "ce_type"), record.value)
        except _Refused as error:
            return Rejected(record, error.code, str(error), subject, replayed)
        if event is None:
            return None
        event_id = (_text(headers, "ce_id") or "")[:MAX_ID_LETTERS] or None
        return Heard(event, record, _traceparent(headers), replayed, event_id)

    def _discarded(self, record: Record, headers: Mapping[str, bytes | None]) -> Discarded:
        """With all that it may have been parked by, whatever is wrong with it."""
        subject = None
        try:
            _check(headers)
            subject = _text(headers, "ce_subject")
            return Discarded(record, subject, self._event(_text(headers, "ce_type"), record.value))
        except _Refused:
            return Discarded(record, subject)

    def _event(self, type_: str | None, value: bytes | None) -> Event | None:
        if type_ is None:
            raise _Refused("type-missing", "the header ce_type is missing")
        if type_ not in self._types:
            raise _Refused("type-unknown", "the header ce_type names no event of this topic")
        if type_ not in self._wanted:
            return None
        if value is None:
            raise _Refused("value-missing", "the record has no value")
        if len(value) > MAX_VALUE_BYTES:
            raise _Refused("value-too-large", f"{len(value)} bytes; at most {MAX_VALUE_BYTES} are read")
        try:
            return self._types[type_].model_validate_json(value)
        except ValidationError as error:
            raise _Refused(_code(error), describe(error)) from None


def _check(headers: Mapping[str, bytes | None]) -> None:
    """CloudEvents' headers are text. Others may be what they like, and are looked at only when something is odd."""
    try:
        b"".join(headers.values()).decode()  # type: ignore[arg-type]
    except (TypeError, UnicodeDecodeError):
        for name, value in headers.items():
            if not name.startswith("ce_"):
                continue
            if value is None:
                raise _Refused("header-null", f"the header {name} is null") from None
            try:
                value.decode()
            except UnicodeDecodeError:
                raise _Refused("header-not-utf-8", f"the header {name} is not UTF-8") from None


def _text(headers: Mapping[str, bytes | None], name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode(errors="replace")


def _traceparent(headers: Mapping[str, bytes | None]) -> str | None:
    """None for what is no traceparent: it goes on in the headers of all that follows from the record."""
    found = _text(headers, "traceparent")
    return found if found is not None and TRACEPARENT.fullmatch(found) else None


def _code(error: ValidationError) -> str:
    return (
        "not-json"
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid"
        else "event-invalid"
    )


def describe(error: ValidationError, most: int = 5) -> str:
    """Where and why, never what: the input may be a patient's data."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    faults = [f"{'/'.join(map(str, e['loc']))}: {e['msg']}" if e["loc"] else e["msg"] for e in found[:most]]
    return "; ".join(faults + ([f"and {len(found) - most} more"] if len(found) > most else []))
