"""What changed between two JSON Schemas of one event type so that somebody who reads it would break.

Two readers count: one that was built on the committed schema and gets what is written from now on, and the new one that
gets what is in the topics already. For both, all that a type may do is to gain optional fields. It looks only at what
pydantic writes into a schema, and takes any other difference for a break.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "examples", "deprecated"}
_STRUCTURE = {"anyOf", "type", "properties", "required", "items", "enum", "const"}


@dataclass(frozen=True, slots=True)
class Break:
    """`where` is a path of field names; `[]` stands for the items of a list."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where or 'the event'}: {self.what}"


def breaks(committed: Schema, fresh: Schema) -> list[Break]:
    """Empty when every reader of the committed schema reads on, and the new one reads what is there."""
    return list(_compare(_resolved(committed, committed), _resolved(fresh, fresh), ""))


def _resolved(node: Any, root: Schema) -> Any:
    """The node with each `$ref` replaced by what it names; the events have no recursive types."""
    if isinstance(node, list):
        return [_resolved(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
        node = target | {name: value for name, value in node.items() if name != "$ref"}
    return {name: _resolved(value, root) for name, value in node.items()}


def _compare(old: Schema, new: Schema, where: str) -> Iterator[Break]:
    before, after = _by_type(old), _by_type(new)
    for lost in sorted(before.keys() - after.keys()):
        yield Break(where, f"can no longer be {lost}, as it is in records already written")
    for gained in sorted(after.keys() - before.keys()):
        yield Break(where, f"can now be {gained}, which readers do not expect")
    for both in sorted(before.keys() & after.keys()):
        yield from _compare_alternative(before[both], after[both], where)
    if "anyOf" in old and "anyOf" in new:
        yield from _rest({"default": old.get("default")}, {"default": new.get("default")}, where)


def _by_type(node: Schema) -> dict[str, Schema]:
    return {str(alternative.get("type", "anything")): alternative for alternative in node.get("anyOf", [node])}


def _compare_alternative(old: Schema, new: Schema, where: str) -> Iterator[Break]:
    yield from _fields(old, new, where)
    if "items" in old and "items" in new:
        yield from _compare(old["items"], new["items"], f"{where}[]")
    yield from _values(old, new, where)
    yield from _rest(old, new, where)


def _fields(old: Schema, new: Schema, where: str) -> Iterator[Break]:
    fields: Schema = old.get("properties", {})
    now: Schema = new.get("properties", {})
    for name, field in fields.items():
        path = f"{where}/{name}"
        if name in now:
            yield from _compare(field, now[name], path)
        else:
            yield Break(path, "is gone, and readers expect it" if name in old.get("required", ()) else "is gone")
    required, required_now = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(required & now.keys() - required_now):
        yield Break(f"{where}/{name}", "may now be missing, and readers expect it")
    for name in sorted(required_now - required):
        yield Break(f"{where}/{name}", "must now be there, and records already written may lack it")


def _values(old: Schema, new: Schema, where: str) -> Iterator[Break]:
    """A closed list of values: `const` is a list of one."""
    before, after = _listed(old), _listed(new)
    if before is None or after is None:
        if before is not after:
            yield Break(where, "is now free" if after is None else "is now limited to a list of values")
        return
    for value in before:
        if value not in after:
            yield Break(where, f"can no longer be {value!r}, as it is in records already written")
    for value in after:
        if value not in before:
            yield Break(where, f"can now be {value!r}, which readers do not expect")


def _listed(node: Schema) -> list[Any] | None:
    values: list[Any] | None = [node["const"]] if "const" in node else node.get("enum")
    return values


def _rest(old: Schema, new: Schema, where: str) -> Iterator[Break]:
    """Limits, patterns, formats, defaults: tighter breaks what is written, looser breaks who reads."""
    for name in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _STRUCTURE):
        if old.get(name) != new.get(name):
            yield Break(where, f"{name} was {old.get(name)!r} and is now {new.get(name)!r}")
