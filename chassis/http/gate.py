"""The gate: who may go on, asked before a byte of the body is read.

A route is either guarded (a role in its signature: `caller: FrontDesk`) or said to be open to everybody when the
application is made; one that is neither does not start. The body of a request that did not pass cannot be read by
anybody further in.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple
from urllib.parse import parse_qs

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.auth import Principal, RequiredRole, Verifier, unauthorized
from chassis.http.problems import HttpProblem, answer
from chassis.http.rates import Rates
from chassis.http.refusals import problem_of
from kernel.errors import BusinessError

_MAX_QUERY_FIELDS = 1000


class Place(NamedTuple):
    """A route as the gate knows it. `path` is its template; without guards it is open to everybody."""

    path: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    guards: tuple[RequiredRole, ...]


def places_of(app: FastAPI, open_to_all: Collection[str]) -> list[Place]:
    """The routes in their order. Raises ValueError for one that asks for no role and is not said to be open."""
    places = []
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        guards = tuple(guards_of(route.dependant))
        if not guards and path not in open_to_all:
            raise ValueError(f"a route that asks for no role, and is not said to be open to everybody: {path}")
        places.append(Place(path, compile_path(path)[0], frozenset(route.methods or ()), guards))
    return places


def guards_of(dependant: Dependant) -> Iterator[RequiredRole]:
    """The roles that a route asks for, wherever in its dependencies."""
    if isinstance(dependant.call, RequiredRole):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from guards_of(inner)


class Gate:
    """Token, rate, role, in this order; then the request goes on, with its caller as `state.principal`.

    `max_requests` of them at once: one more is told to come again. Those about `unlimited` paths do not count.
    """

    def __init__(
        self,
        app: ASGIApp,
        places: Collection[Place],
        verifier: Verifier,
        rates: Rates,
        max_requests: int,
        unlimited: Collection[str],
    ) -> None:
        self._app = app
        self._places = places
        self._verifier = verifier
        self._rates = rates
        self._max_requests = max_requests
        self._unlimited = unlimited
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found = self._place(scope)
        if found is None:
            # Only to be told that there is nothing here, or not by this method.
            await self._app(scope, _closed, send)
            return
        place, values = found
        # For the log and the metrics of what goes no further.
        scope["route"] = place
        if place.path in self._unlimited:
            await self._app(scope, receive, send)
            return
        self._running += 1
        try:
            await self._pass(scope, receive, send, place, values)
        finally:
            self._running -= 1

    async def _pass(self, scope: Scope, receive: Receive, send: Send, place: Place, values: dict[str, str]) -> None:
        try:
            if self._running > self._max_requests:
                raise HttpProblem(503, "overloaded", "too many requests at once", headers={"Retry-After": "1"})
            if place.guards:
                scope["state"]["principal"] = await self._let_in(scope, place, values)
        except HttpProblem as problem:
            await answer(problem, scope["state"]["trace_id"])(scope, receive, send)
        except BusinessError as error:
            await answer(problem_of(error), scope["state"]["trace_id"])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _place(self, scope: Scope) -> tuple[Place, dict[str, str]] | None:
        """As the router finds it: the first route with this path and method."""
        for place in self._places:
            match = place.pattern.match(scope["path"])
            if match is not None and scope["method"] in place.methods:
                return place, match.groupdict()
        return None

    async def _let_in(self, scope: Scope, place: Place, values: dict[str, str]) -> Principal:
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unauthorized("token-missing", "a bearer token is required")
        caller = await self._verifier.verify(token.strip())
        self._rates.count(caller, _clinics(scope, values))
        for guard in place.guards:
            guard.check(caller)
        return caller


def _clinics(scope: Scope, values: dict[str, str]) -> list[str]:
    """The clinics that a request names in its path or query."""
    if "clinic_id" in values:
        return [values["clinic_id"]]
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError:
        raise HttpProblem(400, "query-too-long", f"more than {_MAX_QUERY_FIELDS} parameters") from None
    return query.get("clinic_id", [])


async def _closed() -> Message:
    raise unauthorized("token-missing", "a bearer token is required")
