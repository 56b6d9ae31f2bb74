"""Holds an answer against Stripe's published objects: the classes of `stripe`, generated from Stripe's OpenAPI.

A class says of each field its type and whether it may be absent or null (Optional). What a class does not know, an
answer may not have. Stripe leaves its enumerations open (`Union[Literal[...], str]`): here only published values pass.
"""

import importlib
import types
import typing
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, ForwardRef, Literal, Union

import stripe
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import StripeObject, UntypedStripeObject

_UNIONS = (Union, types.UnionType)


def problems(item: Any) -> list[str]:
    """Where an answer of the API, or an object within an event, is not what Stripe publishes: a path and why."""
    return list(_object(item, "", None))


def _object(item: Any, path: str, row: Any) -> Iterator[str]:
    """An object that says by its field `object` what it is."""
    kind = item.get("object") if isinstance(item, dict) else None
    if kind == "list":
        yield from _list(item, path, row)
        return
    known = _published(kind)
    if known is None:
        yield f"{path or kind}: no object that Stripe publishes"
    elif item.get("deleted") is True:
        yield from (f"{path or kind}.{name}: not on a deleted object" for name in item.keys() - _DELETED)
    else:
        yield from _fields(item, known, path or str(kind))


_DELETED = {"id", "object", "deleted"}


def _published(kind: str | None) -> type[StripeObject] | None:
    if kind not in OBJECT_CLASSES:
        return None
    module, name = OBJECT_CLASSES[kind]
    return typing.cast(type[StripeObject], getattr(importlib.import_module(module), name))


def _list(item: dict[str, Any], path: str, row: Any) -> Iterator[str]:
    yield from (f"{path}list.{name}: unknown" for name in item.keys() - {"object", "data", "has_more", "url"})
    yield from _value(item.get("has_more"), bool, f"{path}list.has_more")
    yield from _value(item.get("url"), str, f"{path}list.url")
    for position, each in enumerate(item["data"]):
        if row is None:
            yield from _object(each, f"{path}{each.get('object')}[{position}]", None)
        else:
            yield from _value(each, row, f"{path}[{position}]")


def _fields(item: dict[str, Any], known: type[StripeObject], path: str) -> Iterator[str]:
    wanted = {name: kind for name, kind in _annotations(known).items() if typing.get_origin(kind) is not ClassVar}
    yield from (f"{path}.{name}: unknown to {known.__qualname__}" for name in item.keys() - wanted.keys())
    for name, kind in wanted.items():
        if name in item:
            yield from _value(item[name], kind, f"{path}.{name}")
        elif not _optional(kind):
            yield f"{path}.{name}: missing, {known.__qualname__} requires it"
    if known is stripe.Event:
        yield from _object(item["data"]["object"], f"{path}.data.object", None)


def _annotations(known: type[StripeObject]) -> dict[str, Any]:
    """Of the class itself; a field that Python keeps for itself (`from`) is not among Chairside's objects."""
    return {name: kind for name, kind in known.__annotations__.items() if not name.startswith("_")}


def _optional(kind: Any) -> bool:
    return type(None) in typing.get_args(kind)


def _value(value: Any, kind: Any, path: str) -> Iterator[str]:
    kind = _resolved(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in _UNIONS:
        yield from _one_of(value, list(arguments), path)
    elif origin is Literal:
        if value not in arguments:
            yield f"{path}: {value!r} is not one of the published values"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
            return
        for position, each in enumerate(value):
            yield from _value(each, arguments[0], f"{path}[{position}]")
    elif origin in (dict, UntypedStripeObject):
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no object"
            return
        for name, each in value.items():
            yield from _value(each, arguments[-1], f"{path}.{name}")
    elif origin is ListObject:
        yield from _list(value, f"{path}.", arguments[0])
    elif isinstance(kind, type) and issubclass(kind, StripeObject):
        if isinstance(value, dict):
            yield from _fields(value, kind, path)
        else:
            yield f"{path}: {value!r} is no {kind.__qualname__}"
    elif not _plain(value, kind):
        yield f"{path}: {value!r} is no {getattr(kind, '__name__', kind)}"


def _one_of(value: Any, kinds: list[Any], path: str) -> Iterator[str]:
    """The objections of the kind that objects least."""
    if value is None:
        if type(None) not in kinds:
            yield f"{path}: null is none of what is published"
        return
    if any(typing.get_origin(kind) is Literal for kind in kinds):  # an open enumeration
        kinds = [kind for kind in kinds if kind is not str]
    if isinstance(value, str) and str in kinds:
        return
    tried = [list(_value(value, kind, path)) for kind in kinds if kind is not type(None)]
    yield from min(tried, key=len)


def _plain(value: Any, kind: Any) -> bool:
    if kind is Any or kind is object:
        return True
    if kind is Decimal:
        return isinstance(value, str) and _is_decimal(value)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is kind


def _is_decimal(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _resolved(kind: Any) -> Any:
    """The class behind a name that `stripe` only imports for type checkers; a few it imports as `…Resource`."""
    name = kind.__forward_arg__ if isinstance(kind, ForwardRef) else kind
    if not isinstance(name, str):
        return kind
    paths = [path for path in OBJECT_CLASSES.values() if path[1] in (name, name.removesuffix("Resource"))]
    module, found = min(paths, key=lambda path: path[0].count("."))
    return getattr(importlib.import_module(module), found)
