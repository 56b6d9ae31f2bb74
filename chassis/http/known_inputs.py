"""What a route does not know is refused, and never ignored: a misspelt filter would list everything.

It holds for every route of every service by itself: parameters of the query, fields of the body at any depth, also
those of contracts, which as events ignore what a newer writer adds, and a body where none is taken.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args, get_origin

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import RouteContext, iter_route_contexts

from chassis.http.body import announced_bytes

Fault = dict[str, Any]
MOST_READ_BYTES = 64 * 1024
_UNKNOWN = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted"}
_REPEATED = {"type": "repeated", "msg": "Input should be given once"}
_NO_BODY = {"type": "no_body", "msg": "No body is taken here"}


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a route takes: parameters of its query, those of them that may come several times, and whether a body."""

    query: frozenset[str]
    several: frozenset[str]
    body: bool

    def faults(self, query: Mapping[str, int]) -> Iterator[Fault]:
        """`query` has how often each parameter was given."""
        for name, times in query.items():
            if name not in self.query:
                yield {**_UNKNOWN, "loc": ("query", name)}
            elif times > 1 and name not in self.several:
                yield {**_REPEATED, "loc": ("query", name)}


def refuse_unknown_inputs(app: FastAPI) -> None:
    """For all routes that the application has by now; it was made with `known_inputs` among its dependencies."""
    routes = list(iter_route_contexts(app.routes))
    app.state.inputs = {route.endpoint: _inputs_of(route) for route in routes}
    for route in routes:
        for field in _fields_of_body(route):
            # FastAPI has no other way to give pydantic this option, which reaches into every model of the body.
            adapter = field._type_adapter
            adapter.validate_python = partial(adapter.validate_python, extra="forbid")


def _inputs_of(route: RouteContext) -> _Inputs:
    fields = [field for one in _all(route.dependant) for field in one.query_params]
    several = {field.alias for field in fields if _is_list(field.field_info.annotation)}
    takes_body = bool(_fields_of_body(route)) or "requestBody" in (route.openapi_extra or {})
    return _Inputs(frozenset(field.alias for field in fields), frozenset(several), takes_body)


def _is_list(annotation: Any) -> bool:
    """Whether it is one, or may be one."""
    return get_origin(annotation) in (list, set, tuple) or any(map(_is_list, get_args(annotation)))


def _fields_of_body(route: RouteContext) -> list[Any]:
    return [field for one in _all(route.dependant) for field in one.body_params]


def _all(dependant: Dependant) -> Iterator[Dependant]:
    """The function of a route, and all that it depends on."""
    yield dependant
    for inner in dependant.dependencies:
        yield from _all(inner)


async def known_inputs(request: Request) -> None:
    """Dependency of an application. Raises RequestValidationError, which names each input that there is not."""
    inputs_of: Mapping[Callable[..., Any], _Inputs] = request.app.state.inputs
    inputs = inputs_of[request.scope["endpoint"]]
    faults = list(inputs.faults(Counter(name for name, _ in request.query_params.multi_items())))
    body = None if inputs.body else await _unasked(request)
    if isinstance(body, dict):
        faults += [{**_UNKNOWN, "loc": ("body", name)} for name in body]
    elif body is not None:
        faults.append({**_NO_BODY, "loc": ("body",)})
    if faults:
        raise RequestValidationError(faults, body=body)


async def _unasked(request: Request) -> Any:
    """The value of a body that nobody asked for; None for none. A large one is not waited for, and names no field."""
    if announced_bytes(request.headers) > MOST_READ_BYTES:
        return b""
    return _value(await request.body())


def _value(body: bytes) -> Any:
    """Of JSON; None for nothing, and the bytes of anything else."""
    try:
        return json.loads(body) if body.strip() else None
    except (ValueError, RecursionError):
        return body
