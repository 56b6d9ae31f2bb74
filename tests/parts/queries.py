"""What a service asks its database, and whether an index answers it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

Json = dict[str, Any]
Keys = list[tuple[str, int]]
BY_ID = IndexModel([("_id", ASCENDING)])
"""The index that every collection has."""
ASIDE = frozenset(
    {
        "lsid",
        "txnNumber",
        "autocommit",
        "startTransaction",
        "readConcern",
        "writeConcern",
        "ordered",
        "comment",
        "maxTimeMS",
    }
)
"""Members of a command that are not about what it looks for, besides those with a dollar sign."""

SCANS = frozenset({"COLLSCAN", "SORT"})
"""Stages of a plan that take longer with each document that a collection has."""


@dataclass(frozen=True)
class Query:
    """What one command looks for, with its values left out of what is compared; `command` is for `explain`."""

    collection: str
    filter: Json
    sort: Keys
    verb: str = "find"
    command: Json = field(default_factory=dict, compare=False)

    @property
    def shape(self) -> str:
        """What it asks, whatever for."""
        return f"{self.verb} {self.collection} {_shape(self.filter)} {self.sort}"


class Listener(CommandListener):
    """Notes what every command of one database looks for; register it before the client is made."""

    def __init__(self, database: str) -> None:
        self._database = database
        self.queries: dict[str, Query] = {}
        self.transactions: dict[tuple[bytes, int], list[str]] = defaultdict(list)
        """What each transaction asked, in its order: "find invoices"; its commit is of no collection."""

    def started(self, event: CommandStartedEvent) -> None:
        command = event.command
        if command.get("autocommit") is False:
            about = command[event.command_name] if event.database_name == self._database else ""
            transaction = self.transactions[bytes(command["lsid"]["id"]), command["txnNumber"]]
            transaction.append(f"{event.command_name} {about}".strip())
        if event.database_name == self._database:
            for query in asked(event.command_name, event.command):
                self.queries.setdefault(query.shape, query)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to note."""


def asked(verb: str, sent: Mapping[str, Any]) -> Iterator[Query]:
    """What a command looks for: nothing where it only inserts."""
    command = {name: value for name, value in sent.items() if name not in ASIDE and not name.startswith("$")}
    collection = sent.get(verb)
    match verb:
        case "find" if sent.get("filter") or sent.get("limit") != 1:  # "is there anything at all?" reads one document
            yield Query(str(collection), dict(sent["filter"]), _keys(sent.get("sort")), verb, command)
        case "count" | "distinct" | "findAndModify":
            yield Query(str(collection), dict(sent.get("query") or {}), _keys(sent.get("sort")), verb, command)
        case "aggregate":
            stages = {name: value for stage in sent["pipeline"] for name, value in stage.items()}
            yield Query(str(collection), dict(stages.get("$match", {})), _keys(stages.get("$sort")), verb, command)
        case "update" | "delete":
            for change in sent[f"{verb}s"]:
                yield Query(str(collection), dict(change["q"]), [], verb, {**command, f"{verb}s": [change]})


def branches(condition: Json) -> Iterator[Json]:
    """A filter without its `$and`, and each side of its first `$or` by itself: each is answered for itself."""
    flat: Json = {}
    for name, value in condition.items():
        for part in value if name == "$and" else [{name: value}]:
            flat |= part
    sides = flat.pop("$or", None)
    # Beside a bound on the same field the `$or` of a cursor only sifts what the bound let through.
    if sides is None or any(set(side) & set(flat) for side in sides):
        yield flat
    else:
        for side in sides:
            yield from branches({**flat, **side})


def serves(index: IndexModel, condition: Json, sort: Keys) -> bool:
    """Whether the index leads to what is asked, in the order that is asked for: equal fields, then the sort."""
    document = index.document
    if not _covers(document, condition):
        return False
    equal = {name for name, value in condition.items() if _is_equal(value)}
    keys: Keys = list(document["key"].items())
    led = 0
    while led < len(keys) and keys[led][0] in equal:
        led += 1
    rest = keys[led:]
    order = [(name, way) for name, way in sort if name not in equal]
    if order:
        backwards = [(name, -way) for name, way in order]
        return rest[: len(order)] in (order, backwards)
    return led > 0 or (bool(rest) and rest[0][0] in condition)


def _covers(document: Mapping[str, Any], condition: Json) -> bool:
    if document.get("sparse"):
        return all(name in condition for name in document["key"])
    partial: Mapping[str, Any] = document.get("partialFilterExpression", {})
    return all(condition.get(name) == value for name, value in partial.items())


def is_served(indexes: Sequence[IndexModel], query: Query) -> bool:
    """By one of the indexes, or by ids that are named, or in the order of ids alone: after one of them, or a page."""
    return all(
        _is_equal(branch.get("_id", {}))
        or any(serves(index, branch, query.sort) for index in indexes)
        or (set(branch) == {"_id"} and serves(BY_ID, branch, query.sort))
        or (not branch and bool(query.command.get("limit")) and serves(BY_ID, branch, query.sort))
        for branch in branches(query.filter)
    )


def is_answered(explained: Any) -> bool:
    """Whether MongoDB has a plan for it that neither reads a whole collection nor sorts in memory.

    Which of its plans it takes is by how it goes with the few documents of a test: it is said of all that it weighs.
    """
    planners = list(_planners(explained))
    return (
        bool(planners)
        and not any("$sort" in stage for stage in explained.get("stages", ()))
        and all(any(not _stages(plan) & SCANS for plan in weighed) for weighed in planners)
    )


def _planners(explained: Any) -> Iterator[list[Json]]:
    """The plans of each collection that a command reads, the best first."""
    if isinstance(explained, dict):
        if "winningPlan" in explained:
            yield [explained["winningPlan"], *explained.get("rejectedPlans", ())]
        else:
            for value in explained.values():
                yield from _planners(value)
    if isinstance(explained, list):
        for value in explained:
            yield from _planners(value)


def _stages(plan: Any) -> set[str]:
    if isinstance(plan, dict):
        own = {plan["stage"]} if isinstance(plan.get("stage"), str) else set()
        return own.union(*map(_stages, plan.values()))
    if isinstance(plan, list):
        return set().union(*map(_stages, plan))
    return set()


def _keys(sort: Mapping[str, int] | None) -> Keys:
    return list((sort or {}).items())


def _is_equal(value: Any) -> bool:
    return not isinstance(value, dict) or set(value) in ({"$in"}, {"$eq"})


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shape(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(sorted({_shape(inner) for inner in value})) + "]"
    return "?"
