"""The judge of queries and indexes: what MongoDB would scan or sort in memory for, it refuses."""

from typing import Any

import pytest
from pymongo import IndexModel

from tests.parts.queries import Query, asked, is_answered, is_served

NEWEST = [("at", -1), ("_id", -1)]
INDEXES = [
    IndexModel([("clinic", 1), *NEWEST]),
    IndexModel([("later_of", 1)], sparse=True),
    IndexModel([("clinic", 1), ("_id", 1)], partialFilterExpression={"marked": True}),
]


@pytest.mark.parametrize(
    ("condition", "sort", "served"),
    [
        ({"clinic": "c"}, NEWEST, True),
        ({"clinic": {"$in": ["c", "d"]}}, NEWEST, True),
        ({"clinic": "c", "at": {"$lt": 1}}, [("at", 1), ("_id", 1)], True),
        ({"clinic": "c", "status": "draft"}, NEWEST, True),
        ({"$and": [{"clinic": "c"}, {"at": {"$lte": 1}, "$or": [{"at": {"$lt": 1}}]}]}, NEWEST, True),
        ({"clinic": {"$gt": "c"}}, [("clinic", 1)], True),
        ({"_id": {"$in": [1]}}, [("_id", 1)], True),
        ({"_id": {"$gt": 1}}, [("_id", 1)], True),
        ({"later_of": {"$in": ["a"]}}, [], True),
        ({"clinic": "c", "marked": True, "_id": {"$gt": 1}}, [("_id", 1)], True),
        ({}, NEWEST, False),
        ({"status": "draft"}, [], False),
        ({"clinic": "c"}, [("status", 1)], False),
        ({"clinic": {"$gt": "c"}}, NEWEST, False),
        ({"clinic": "c", "_id": {"$gt": 1}}, [("_id", 1)], False),
        ({"$or": [{"clinic": "c"}, {"status": "draft"}]}, [], False),
        ({"$or": [{"clinic": "c"}, {"_id": 1}]}, [], True),
    ],
)
def test_a_query_is_served_by_equal_fields_then_its_order(
    condition: dict[str, Any], sort: list[tuple[str, int]], served: bool
) -> None:
    assert is_served(INDEXES, Query("things", condition, sort)) is served


@pytest.mark.parametrize(
    ("verb", "command", "looked_for"),
    [
        ("find", {"find": "a", "filter": {"x": 1}, "sort": {"y": -1}}, [({"x": 1}, [("y", -1)])]),
        ("find", {"find": "a", "filter": {}, "limit": 1}, []),
        ("find", {"find": "a", "filter": {}}, [({}, [])]),
        ("count", {"count": "a", "query": {"x": 1}}, [({"x": 1}, [])]),
        ("aggregate", {"aggregate": "a", "pipeline": [{"$match": {"x": 1}}, {"$group": {}}]}, [({"x": 1}, [])]),
        ("findAndModify", {"findAndModify": "a", "query": {"x": 1}}, [({"x": 1}, [])]),
        ("update", {"update": "a", "updates": [{"q": {"x": 1}}, {"q": {"y": 1}}]}, [({"x": 1}, []), ({"y": 1}, [])]),
        ("delete", {"delete": "a", "deletes": [{"q": {"x": 1}}]}, [({"x": 1}, [])]),
        ("insert", {"insert": "a", "documents": []}, []),
        ("createIndexes", {"createIndexes": "a", "indexes": []}, []),
    ],
)
def test_what_a_command_looks_for(verb: str, command: dict[str, Any], looked_for: list[Any]) -> None:
    heard = list(asked(verb, {**command, "lsid": {}, "$db": "d"}))
    assert [(query.filter, query.sort) for query in heard] == looked_for
    for query in heard:
        assert query.collection == "a"
        assert {"lsid", "$db"}.isdisjoint(query.command)
        assert len(query.command.get(f"{verb}s", [1])) == 1


IN_ORDER = {"stage": "LIMIT", "inputStage": {"stage": "FETCH", "inputStage": {"stage": "IXSCAN"}}}
SORTED = {"stage": "SORT", "inputStage": {"stage": "FETCH", "inputStage": {"stage": "IXSCAN"}}}
SCANNED = {"stage": "LIMIT", "inputStages": [{"stage": "COLLSCAN"}]}


def explained(winning: Any, *rejected: Any) -> Any:
    return {"queryPlanner": {"winningPlan": winning, "rejectedPlans": list(rejected)}}


@pytest.mark.parametrize(
    ("plans", "answered"),
    [
        (explained(IN_ORDER), True),
        (explained(IN_ORDER, SORTED), True),
        (explained(SORTED, IN_ORDER), True),
        (explained(SORTED, SCANNED), False),
        (explained({"queryPlan": SCANNED, "slotBasedPlan": {"stages": "[1] scan"}}), False),
        ({"stages": [{"$cursor": explained(IN_ORDER)}, {"$group": {}}]}, True),
        ({"stages": [{"$cursor": explained(IN_ORDER)}, {"$sort": {}}]}, False),
        ({"stages": [{"$cursor": explained(SCANNED)}]}, False),
        ({"ok": 1.0}, False),
    ],
)
def test_what_mongodb_explains_is_answered_by_a_plan_that_grows_with_what_is_asked_only(
    plans: Any, answered: bool
) -> None:
    assert is_answered(plans) is answered
