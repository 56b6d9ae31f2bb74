"""Dead letters: a rejected record with the reason, and its way back to its topic.

A letter holds the whole record where it is no larger than what anybody reads. Of a larger one it holds the beginning,
and always a reference: topic, partition, offset, and the SHA-256 of the value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from chassis.messaging.reading import PARKED_AT, REPLAY, Record, Rejected
from contracts.envelope import Message
from contracts.topics import MAX_VALUE_BYTES, dead_letter

Header = tuple[str, bytes | None]
ERROR_PREFIX = "error-"
OWN_PREFIXES = (ERROR_PREFIX, "chairside-")
"""Of headers that only we write: on a record that somebody else wrote they mean nothing."""
CUT = f"{ERROR_PREFIX}cut"
"""Header that names what of the record a letter has not in full: b"value", b"key,headers"."""
SHA256 = f"{ERROR_PREFIX}value-sha256"
MAX_PIECE_BYTES = 64 * 1024
"""What is kept of a value that nobody would read."""
MAX_KEY_BYTES = 4 * 1024
MAX_HEADERS_BYTES = 48 * 1024
MAX_NAME_LETTERS = 128
MAX_HEADER_BYTES = 1024
"""The longest name and value that are kept of a header where all of them together are too many."""


def to_dead_letter(consumer: str, rejected: Rejected) -> Message:
    """The record, untouched where it is not too large, and `error-*` headers that say why and where it was."""
    record = rejected.record
    headers = [header for header in record.headers if not header[0].startswith(OWN_PREFIXES)]
    kept = headers if _size(headers) <= MAX_HEADERS_BYTES else list(_shortened(headers))
    whole = len(record.value or b"") <= MAX_VALUE_BYTES
    key = record.key if len(record.key or b"") <= MAX_KEY_BYTES else (record.key or b"")[:MAX_KEY_BYTES]
    value = record.value if whole else (record.value or b"")[:MAX_PIECE_BYTES]
    as_it_was = {"key": key is record.key, "value": whole, "headers": kept is headers}
    cut = [part for part, same in as_it_was.items() if not same]
    return Message(dead_letter(consumer), key, value, [*kept, *_errors(record, rejected.code, rejected.message, cut)])


def reference_only(consumer: str, record: Record, code: str, message: str) -> Message:
    """The last resort, for a record of which nothing else can be kept: where it lies."""
    where = [("code", code), ("message", message), *_place(record), ("cut", "key,value,headers")]
    return Message(dead_letter(consumer), None, None, [(ERROR_PREFIX + name, text.encode()) for name, text in where])


def to_replay(letter: Message, *, discard: bool = False) -> Message:
    """A dead letter as the record it was, marked, for the topic it came from.

    Raises KeyError when it lacks `error-topic`.
    """
    errors = {name: value or b"" for name, value in letter.headers if name.startswith(ERROR_PREFIX)}
    headers = [(n, v) for n, v in letter.headers if n not in errors]
    place = b":".join(errors.get(ERROR_PREFIX + name, b"") for name in ("partition", "offset"))
    marks: list[Header] = [(PARKED_AT, place), (REPLAY, b"discard" if discard else b"again")]
    return replace(letter, topic=errors[ERROR_PREFIX + "topic"].decode(), headers=[*headers, *marks])


def restored(letter: Message, original: Record) -> Message:
    """A letter that was cut, with all of the record that it refers to.

    Raises ValueError when that is another one.
    """
    errors = [header for header in letter.headers if header[0].startswith(ERROR_PREFIX) and header[0] != CUT]
    expected = dict(errors).get(SHA256)
    if expected is not None and expected != _hash(original.value):
        raise ValueError("another record lies there now")
    headers = [header for header in original.headers if not header[0].startswith(OWN_PREFIXES)]
    return replace(letter, key=original.key, value=original.value, headers=[*headers, *errors])


def _errors(record: Record, code: str, message: str, cut: Sequence[str]) -> list[Header]:
    reasons = {"code": code, "message": message[:1000], **dict(_place(record))}
    errors: list[Header] = [(ERROR_PREFIX + name, text.encode(errors="replace")) for name, text in reasons.items()]
    if record.value is not None:
        errors.append((SHA256, _hash(record.value)))
    if cut:
        errors.append((CUT, ",".join(cut).encode()))
    return errors


def _place(record: Record) -> list[tuple[str, str]]:
    return [("topic", record.topic), ("partition", str(record.partition)), ("offset", str(record.offset))]


def _hash(value: bytes | None) -> bytes:
    return sha256(value or b"").hexdigest().encode()


def _size(headers: Sequence[Header]) -> int:
    """Names count as if each letter took the four bytes that it may take."""
    return sum(4 * len(name) + len(value or b"") for name, value in headers)


def _shortened(headers: Sequence[Header]) -> Iterator[Header]:
    """CloudEvents' own first, since a letter is found and parked by them, then as many as there is room for."""
    room = MAX_HEADERS_BYTES
    for name, value in sorted(headers, key=lambda header: not header[0].startswith("ce_")):
        header = name[:MAX_NAME_LETTERS], value and value[:MAX_HEADER_BYTES]
        room -= _size([header])
        if room < 0:
            return
        yield header
