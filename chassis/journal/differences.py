"""What differs between two snapshots, field by field.

Items of a list are told by what they are, not by where they stand: when the first of three lines is removed, one line
was removed, and not three changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

_NAMING = ("number", "code")
"""Fields that name an item which has no id."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; a JSON pointer names it (RFC 6901), with an item's id in the place of its index.

    `/lines/procedure:p-1/quantity` is a line's quantity, `/lines/procedure:p-1` with a None a line that came or went.
    `/lines` with ids on both sides is another order of those that stayed.
    """

    field: str
    before: Any
    after: Any


def differences(before: bytes | None, after: bytes) -> list[FieldChange]:
    """Of two snapshots as JSON; all fields of the second where there is no first."""
    return list(_differences("", from_json(before) if before else {}, from_json(after)))


def _differences(path: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_fields(path, before, after)
    elif isinstance(before, list) and isinstance(after, list) and (name := _name_of_items(before, after)):
        yield from _of_items(path, {i[name]: i for i in before}, {i[name]: i for i in after})
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        yield from _of_fields(path, dict(enumerate(before)), dict(enumerate(after)))
    else:
        yield FieldChange(path, before, after)


def _of_items(path: str, before: dict[Any, Any], after: dict[Any, Any]) -> Iterator[FieldChange]:
    stayed = [key for key in before if key in after], [key for key in after if key in before]
    if stayed[0] != stayed[1]:
        yield FieldChange(path, *stayed)
    yield from _of_fields(path, before, after)


def _of_fields(path: str, before: dict[Any, Any], after: dict[Any, Any]) -> Iterator[FieldChange]:
    for key in dict.fromkeys((*before, *after)):
        yield from _differences(f"{path}/{_escaped(key)}", before.get(key), after.get(key))


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _name_of_items(before: Sequence[Any], after: Sequence[Any]) -> str | None:
    """The field by which each item of both lists is told from the others; None for lists without one."""
    items = [*before, *after]
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    ids = [field for field in items[0] if field.endswith("_id")]
    return next((f for f in (*ids, *_NAMING) if _tells(f, before) and _tells(f, after)), None)


def _tells(field: str, items: Iterable[Any]) -> bool:
    values = [item.get(field) for item in items]
    return all(isinstance(value, str | int) for value in values) and len(set(map(str, values))) == len(values)
