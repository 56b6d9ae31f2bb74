"""An event's JSON straight from the domain's values, for what is said by the thousand.

    WireFields(DayClosed).json(day)

The event's class says which fields go out, down to those of its parts; each is the attribute of that name. Nothing is
validated, as a service has no doubt of its own state: tests hold what it says against the agreement.
"""

from operator import attrgetter
from typing import Any, get_args

import msgspec

from contracts.values import Value

_ENCODER = msgspec.json.Encoder()


class WireFields:
    """Of one class of the agreement. `beside` are fields that the caller adds."""

    def __init__(self, class_: type[Value], *, beside: tuple[str, ...] = ()) -> None:
        fields = {name: field for name, field in class_.model_fields.items() if name not in beside}
        parts = {name: _part_in(field.annotation) for name, field in fields.items()}
        self._names = tuple(fields)
        self._read = attrgetter(*fields)
        self._parts = [(name, WireFields(part)) for name, part in parts.items() if part is not None]

    def of(self, value: object) -> dict[str, Any]:
        """By name, in the order of the agreement. Raises AttributeError where the value has no such attribute."""
        fields = dict(zip(self._names, self._read(value), strict=True))
        for name, part in self._parts:
            match fields[name]:
                case None:
                    pass
                case tuple() as several:
                    fields[name] = [part.of(each) for each in several]
                case single:
                    fields[name] = part.of(single)
        return fields

    def json(self, value: object, **beside: object) -> bytes:
        """The value of an event."""
        return _ENCODER.encode(self.of(value) | beside)


def _part_in(annotation: object) -> type[Value] | None:
    """The class of the agreement that a field is of, or has several of, or none of."""
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _part_in(inner)) is not None), None)
