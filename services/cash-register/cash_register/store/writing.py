"""How days and movements are written: by msgspec, in half the time that pydantic takes, which reads them again."""

from datetime import date, datetime
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()
_AS_THEY_ARE = (datetime, date)


def as_json(value: object) -> bytes:
    """A snapshot."""
    return _ENCODER.encode(value)


def as_fields(value: object) -> dict[str, Any]:
    """A document."""
    fields: dict[str, Any] = msgspec.to_builtins(value, builtin_types=_AS_THEY_ARE)
    return fields
