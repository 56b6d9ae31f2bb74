"""Every GET route of a service, asked with every choice of its parameters, and what is to be said of its queries.

They are judged by the declared indexes, and MongoDB has to explain them without a scan or a sort in memory. SecantusDB
is not asked: what it explains of updates and deletes leaves their filters out, and of finds it is its own way, which
sorts in memory also where an index has the order, and takes no index that has only some of a filter's fields. There it
is only seen that the declared indexes were made.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import chain, combinations
from typing import TypeVar

import httpx2
from fastapi import FastAPI
from pymongo import IndexModel, MongoClient, monitoring

from chassis.database.mongo import CODEC
from chassis.service import OWN_INDEXES
from dev.parts.tokens import TokenIssuer
from tests.parts.choice import on_secantus
from tests.parts.queries import Json, Listener, Query, is_answered, is_served

Indexes = Mapping[str, Sequence[IndexModel]]
Callers = Sequence[tuple[str, ...]]
S = TypeVar("S")


@asynccontextmanager
async def heard(
    build: Callable[[S], FastAPI], kind: Callable[..., S], settings: Mapping[str, str]
) -> AsyncIterator[tuple[FastAPI, httpx2.AsyncClient, Listener]]:
    """The service in this process, how to call it, and who hears what it asks its database from the first command on.

    `kind` makes its settings.
    """
    listener = Listener(settings["MONGO_DATABASE"])
    monitoring.register(listener)
    app = build(kind(**{name.lower(): value for name, value in settings.items()}, ordinal="asked"))
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://asked") as http,
    ):
        yield app, http, listener


def calls(app: FastAPI, values: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each GET route, with every choice of the parameters that it takes.

    `values` has one for every parameter; one that has no value there, and is not required, is left out.
    """
    for path, methods in app.openapi()["paths"].items():
        if "get" not in methods:
            continue
        taken = methods["get"].get("parameters", [])
        required = {p["name"]: values[p["name"]] for p in taken if p["in"] == "query" and p["required"]}
        if any(p["name"] == "limit" for p in taken):  # a route that is no list refuses it
            required["limit"] = "1"
        optional = [p["name"] for p in taken if p["in"] == "query" and not p["required"] and p["name"] in values]
        place = path.format(**{p["name"]: values[p["name"]] for p in taken if p["in"] == "path"})
        for chosen in chain.from_iterable(combinations(optional, n) for n in range(len(optional) + 1)):
            yield place, {**required, **{name: values[name] for name in chosen}}


async def ask_everything(
    http: httpx2.AsyncClient,
    app: FastAPI,
    values: Mapping[str, str],
    issuer: TokenIssuer,
    callers: Callers,
    *,
    taking: str = "",
) -> None:
    """The first two pages of each call, for each of the callers: the clinics that an auditor's token names.

    With `taking`, only calls with that parameter: the others were asked before, and only its value is another now.
    """
    for clinics in callers:
        token = {"Authorization": f"Bearer {issuer.mint('auditor', *clinics)}"}
        for path, params in calls(app, values):
            if taking and taking not in params:
                continue
            if "limit" not in params and clinics != callers[0]:
                continue  # only a list asks for another query by who calls
            answer = await http.get(path, params=params, headers=token)
            assert answer.status_code in (200, 204, 404, 409, 422), (path, params, answer.text)
            body = answer.json() if "json" in answer.headers["content-type"] else None
            cursor = body.get("next_cursor") if isinstance(body, dict) else None
            if cursor:
                await http.get(path, params={**params, "cursor": cursor}, headers=token)


def refuse_scans(settings: Mapping[str, str], indexes: Indexes, listener: Listener, at_least: int) -> None:
    """Raises AssertionError for a query that no index answers in its order; at least so many were heard.

    `indexes` are the service's own. What the chassis asks MongoDB explains as well: there the outbox is read as it was
    written, whatever `at` holds back of it.
    """
    queries = [
        query for query in listener.queries.values() if query.collection in indexes or query.collection in OWN_INDEXES
    ]
    assert len(queries) >= at_least, len(queries)
    unserved = [
        query.shape
        for query in queries
        if query.collection in indexes and not is_served(indexes[query.collection], query)
    ]
    assert not unserved, unserved
    wrong = _missing(settings, indexes) if on_secantus() else _scanning(settings, queries)
    assert not wrong, wrong


def _scanning(settings: Mapping[str, str], queries: Sequence[Query]) -> list[str]:
    """What the database itself would scan or sort for."""
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        database = client[settings["MONGO_DATABASE"]]
        explained = {
            q.shape: database.command("explain", q.command, verbosity="queryPlanner", codec_options=CODEC)
            for q in queries
        }
    return [shape for shape, plans in explained.items() if not is_answered(plans)]


def _missing(settings: Mapping[str, str], indexes: Indexes) -> list[str]:
    """Declared indexes that the database does not have."""
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        database = client[settings["MONGO_DATABASE"]]
        made = {name: set(database[name].index_information()) for name in indexes}
    return [
        f"{name} {query.document['name']}"
        for name, all_ in indexes.items()
        for query in all_
        if query.document["name"] not in made[name]
    ]
