"""One size for an event along the whole way: what is said is read, or it is refused before it is said."""

import json
from collections.abc import Sized

from contracts.envelope import Event
from contracts.topics import MAX_VALUE_BYTES
from kernel.errors import BusinessError


class EventTooLarge(BusinessError):
    """The aggregate would be too large for who reads it; `field` is what takes the most room in it."""

    def __init__(self, subject: str, size: int, most: int, field: str, field_bytes: int, entries: int | None) -> None:
        what = field if entries is None else f"{field}, {entries} entries"
        message = f"{subject} would have {size} bytes on the wire, at most {most}; {field_bytes} of them are {what}"
        super().__init__("event-too-large", message, field=f"/{field}")


def is_too_large(type_: type[Event], value: bytes) -> bool:
    """Whether the event has more than readers take, or leaves less room than its aggregate will need."""
    return len(value) > MAX_VALUE_BYTES - type_.ROOM_BYTES


def refuse_too_large(type_: type[Event], subject: str, value: bytes) -> None:
    """Raises EventTooLarge."""
    if is_too_large(type_, value):
        most = MAX_VALUE_BYTES - type_.ROOM_BYTES
        sizes = {name: (len(json.dumps(part, ensure_ascii=False).encode()), part) for name, part in _parts(value)}
        field = max(sizes, key=lambda name: sizes[name][0])
        field_bytes, part = sizes[field]
        entries = len(part) if isinstance(part, Sized) and not isinstance(part, str) else None
        raise EventTooLarge(subject, len(value), most, field, field_bytes, entries)


def _parts(value: bytes) -> list[tuple[str, object]]:
    return list(json.loads(value).items())
