"""What changed between two OpenAPI documents of one service so that a program that calls it would break.

A caller was built on the committed document. What it sends must still be taken, and what it gets must still be what it
can read: a request may only become freer, an answer only narrower, save for fields that an answer gains. Refusals are
not compared: a route may learn to refuse with another code.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "put", "post", "patch", "delete")

_ANNOTATIONS = {"title", "description", "examples", "example", "deprecated", "discriminator", "$defs", "readOnly"}
_STRUCTURE = {"anyOf", "oneOf", "type", "properties", "required", "items", "enum", "const", "additionalProperties"}
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}


def breaks(committed: Json, fresh: Json) -> list[str]:
    """Empty when every caller of the committed API can go on."""
    return list(_paths(_resolved(committed, committed), _resolved(fresh, fresh)))


def _resolved(node: Any, root: Json, above: tuple[str, ...] = ()) -> Any:
    """The node with each `$ref` replaced by what it names; a schema within itself stays a reference."""
    if isinstance(node, list):
        return [_resolved(item, root, above) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in above:
        section, name = reference.split("/")[-2:]
        target = root["components"][section][name]
        return _resolved({**target, **{k: v for k, v in node.items() if k != "$ref"}}, root, (*above, reference))
    return {name: _resolved(value, root, above) for name, value in node.items() if name != "components"}


def _paths(old: Json, new: Json) -> Iterator[str]:
    for path, operations in old["paths"].items():
        for method in METHODS:
            if method not in operations:
                continue
            where = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where}: is gone"
            else:
                yield from (f"{where} {change}" for change in _operation(operations[method], now))


def _operation(old: Json, new: Json) -> Iterator[str]:
    if new.get("security") and not old.get("security"):
        yield "takes a token now"
    lost = sorted(set(old.get("x-roles", ())) - set(new.get("x-roles", ()))) if "x-roles" in new else []
    yield from (f"is no longer for {role}" for role in lost)
    yield from _parameters(old, new)
    yield from _body(old.get("requestBody"), new.get("requestBody"))
    yield from _answers(old["responses"], new["responses"])


def _parameters(old: Json, new: Json) -> Iterator[str]:
    before = {(one["in"], one["name"]): one for one in old.get("parameters", ())}
    after = {(one["in"], one["name"]): one for one in new.get("parameters", ())}
    for place, name in before.keys() - after.keys():
        yield f"{place} {name}: is gone"
    for (place, name), parameter in after.items():
        known = before.get((place, name))
        if parameter.get("required") and not (known and known.get("required")):
            yield f"{place} {name}: must now be sent"
        if known is not None:
            yield from _taken(known["schema"], parameter["schema"], f"{place} {name}")


def _body(old: Json | None, new: Json | None) -> Iterator[str]:
    if new is None:
        if old is not None:
            yield "body: is no longer taken"
        return
    if new.get("required") and not (old and old.get("required")):
        yield "body: must now be sent"
    for media_type, content in (old or {"content": {}})["content"].items():
        if media_type not in new["content"]:
            yield f"body: {media_type} is no longer taken"
        elif "schema" in content:
            yield from _taken(content["schema"], new["content"][media_type].get("schema", {}), "body")


def _answers(old: Json, new: Json) -> Iterator[str]:
    before, after = _good(old), _good(new)
    yield from (f"{status}: is no longer answered" for status in before.keys() - after.keys())
    yield from (f"{status}: can now be answered" for status in after.keys() - before.keys())
    for status in before.keys() & after.keys():
        content, now = before[status].get("content", {}), after[status].get("content", {})
        yield from (f"{status}: {media_type} is gone" for media_type in content.keys() - now.keys())
        for media_type in content.keys() & now.keys():
            yield from _given(content[media_type].get("schema", {}), now[media_type].get("schema", {}), f"{status}")


def _good(responses: Json) -> Json:
    return {status: response for status, response in responses.items() if status[0] in "23"}


def _taken(old: Json, new: Json, where: str) -> Iterator[str]:
    """What a caller may send: all that was taken must be taken still."""
    for one in _alternatives(old):
        yield from _closest([list(_taken_as(one, other, where)) for other in _alike(one, new)], one, where, "send")
    yield from _default(old, new, where)


def _given(old: Json, new: Json, where: str) -> Iterator[str]:
    """What a caller gets: all that may come now must have been possible before."""
    for one in _alternatives(new):
        yield from _closest([list(_given_as(other, one, where)) for other in _alike(one, old)], one, where, "read")


def _closest(found: Sequence[list[str]], one: Json, where: str, verb: str) -> Iterator[str]:
    """The changes against the alternative that is nearest: none when one fits."""
    if found:
        yield from min(found, key=len)
    elif verb == "send":
        yield f"{where}: {_kind(one)} is no longer taken"
    else:
        yield f"{where}: can now be {_kind(one)}"


def _alternatives(node: Json) -> list[Json]:
    alternatives: list[Json] = node.get("anyOf") or node.get("oneOf") or [node]
    return [inner for one in alternatives for inner in (_alternatives(one) if one is not node else [one])]


def _alike(one: Json, other: Json) -> list[Json]:
    return [candidate for candidate in _alternatives(other) if _kind(candidate) in (_kind(one), "anything")]


def _kind(node: Json) -> str:
    return str(node.get("type", "anything"))


def _taken_as(old: Json, new: Json, where: str) -> Iterator[str]:
    fields, now = old.get("properties", {}), new.get("properties", {})
    for name in fields.keys() - now.keys():
        yield f"{where}/{name}: is gone"
    for name in fields.keys() & now.keys():
        yield from _taken(fields[name], now[name], f"{where}/{name}")
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{where}/{name}: must now be sent"
    if old.get("additionalProperties", True) is not False and new.get("additionalProperties", True) is False:
        yield f"{where}: unknown fields are no longer taken"
    yield from _inner(old, new, where, _taken)
    yield from _values_lost(old, new, where, "is no longer taken")
    yield from _limits(old, new, where, "is now limited:")


def _given_as(old: Json, new: Json, where: str) -> Iterator[str]:
    fields, now = old.get("properties", {}), new.get("properties", {})
    for name in fields.keys() - now.keys():
        yield f"{where}/{name}: is gone"
    for name in fields.keys() & now.keys():
        yield from _given(fields[name], now[name], f"{where}/{name}")
    for name in sorted(set(old.get("required", ())) & now.keys() - set(new.get("required", ()))):
        yield f"{where}/{name}: may now be missing"
    yield from _inner(old, new, where, _given)
    yield from _values_lost(new, old, where, "can now come")
    yield from _limits(new, old, where, "is no longer limited:")


def _inner(old: Json, new: Json, where: str, compare: Any) -> Iterator[str]:
    for name, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
            yield from compare(old[name], new[name], f"{where}{mark}")


def _values_lost(old: Json, new: Json, where: str, what: str) -> Iterator[str]:
    """`const` is a list of one; no list is every value."""
    before, after = _listed(old), _listed(new)
    if after is not None:
        lost = ["any other value"] if before is None else [repr(value) for value in before if value not in after]
        yield from (f"{where}: {value} {what}" for value in lost)


def _listed(node: Json) -> list[Any] | None:
    values: list[Any] | None = [node["const"]] if "const" in node else node.get("enum")
    return values


def _limits(free: Json, tight: Json, where: str, what: str) -> Iterator[str]:
    """Where `tight` refuses what `free` has; a rule that is not known here counts when it differs."""
    for name in sorted((free.keys() | tight.keys()) - _ANNOTATIONS - _STRUCTURE - {"default"}):
        before, after = free.get(name), tight.get(name)
        if after is None or before == after:
            continue
        looser = before is not None and ((name in _UPPER and after > before) or (name in _LOWER and after < before))
        if not looser:
            yield f"{where}: {what} {name} {after!r}"


def _default(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> Iterator[str]:
    if old.get("default") != new.get("default") and "default" in old:
        yield f"{where}: means {new.get('default')!r} now when it is not sent, and meant {old['default']!r}"
