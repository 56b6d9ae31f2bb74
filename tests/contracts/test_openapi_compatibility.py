"""A change of an API that would break a program that calls it is named; what only adds is let through."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from dev.reference.compatibility import breaks

Json = dict[str, Any]

TILL: Json = {
    "paths": {
        "/tills/{till_id}": {
            "put": {
                "security": [{"HTTPBearer": []}],
                "x-roles": ["billing_manager", "front_desk"],
                "parameters": [
                    {"in": "path", "name": "till_id", "required": True, "schema": {"type": "string"}},
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100, "default": 20}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Count"}}},
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Till"}}}},
                    "409": {"description": "Refused: `till-closed`"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Count": {
                "type": "object",
                "required": ["counted"],
                "properties": {
                    "counted": {"$ref": "#/components/schemas/Money"},
                    "kind": {"enum": ["day", "shift"], "type": "string"},
                    "note": {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]},
                },
            },
            "Till": {
                "type": "object",
                "required": ["till_id", "counted"],
                "properties": {
                    "till_id": {"type": "string"},
                    "counted": {"$ref": "#/components/schemas/Money"},
                    "status": {"enum": ["open", "closed"], "type": "string"},
                    "parent": {"$ref": "#/components/schemas/Till"},
                },
            },
            "Money": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer"}}},
        }
    },
}
WHERE = "PUT /tills/{till_id}"


def operation(document: Json) -> Json:
    found: Json = document["paths"]["/tills/{till_id}"]["put"]
    return found


def schema(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def required(name: str) -> Json:
    return {"in": "query", "name": name, "required": True, "schema": {"type": "string"}}


BREAKING: dict[str, tuple[Callable[[Json], object], str]] = {
    "a path gone": (lambda d: d["paths"].clear(), "is gone"),
    "a method gone": (lambda d: d["paths"]["/tills/{till_id}"].pop("put"), "is gone"),
    "a role less": (lambda d: operation(d).update({"x-roles": ["billing_manager"]}), "is no longer for front_desk"),
    "a parameter gone": (lambda d: operation(d)["parameters"].pop(), "query limit: is gone"),
    "a new parameter required": (
        lambda d: operation(d)["parameters"].append(required("day")),
        "query day: must now be sent",
    ),
    "a parameter made required": (
        lambda d: operation(d)["parameters"][1].update(required=True),
        "query limit: must now be sent",
    ),
    "a parameter limited": (
        lambda d: operation(d)["parameters"][1]["schema"].update(maximum=50),
        "query limit: is now limited: maximum 50",
    ),
    "another default": (
        lambda d: operation(d)["parameters"][1]["schema"].update(default=10),
        "query limit: means 10 now when it is not sent, and meant 20",
    ),
    "a body not taken": (lambda d: operation(d).pop("requestBody"), "body: is no longer taken"),
    "another media type": (
        lambda d: operation(d)["requestBody"].update(content={"text/csv": {}}),
        "body: application/json is no longer taken",
    ),
    "a field of the body required": (
        lambda d: schema(d, "Count")["required"].append("note"),
        "body/note: must now be sent",
    ),
    "a field of the body gone": (lambda d: schema(d, "Count")["properties"].pop("note"), "body/note: is gone"),
    "a value less in the body": (
        lambda d: schema(d, "Count")["properties"]["kind"].update(enum=["day"]),
        "body/kind: 'shift' is no longer taken",
    ),
    "a type less in the body": (
        lambda d: schema(d, "Count")["properties"].update(note={"type": "string", "maxLength": 100}),
        "body/note: null is no longer taken",
    ),
    "a tighter limit of one of two types": (
        lambda d: schema(d, "Count")["properties"]["note"]["anyOf"][0].update(maxLength=10),
        "body/note: is now limited: maxLength 10",
    ),
    "unknown fields refused": (
        lambda d: schema(d, "Count").update(additionalProperties=False),
        "body: unknown fields are no longer taken",
    ),
    "a field of the answer gone": (lambda d: schema(d, "Till")["properties"].pop("status"), "200/status: is gone"),
    "a field of the answer that may be missing": (
        lambda d: schema(d, "Till")["required"].remove("counted"),
        "200/counted: may now be missing",
    ),
    "a value more in the answer": (
        lambda d: schema(d, "Till")["properties"]["status"]["enum"].append("approved"),
        "200/status: 'approved' can now come",
    ),
    "null in the answer": (
        lambda d: schema(d, "Till")["properties"].update(till_id={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        "200/till_id: can now be null",
    ),
    "another status": (
        lambda d: operation(d)["responses"].update({"202": {"description": "later"}}),
        "202: can now be answered",
    ),
}

HARMLESS: dict[str, Callable[[Json], object]] = {
    "nothing": lambda d: None,
    "a path more": lambda d: d["paths"].update({"/tills": {"get": {"responses": {}}}}),
    "a method more": lambda d: d["paths"]["/tills/{till_id}"].update(get={"responses": {}}),
    "a role more": lambda d: operation(d)["x-roles"].append("auditor"),
    "an optional parameter more": lambda d: operation(d)["parameters"].append(required("day") | {"required": False}),
    "a looser limit": lambda d: operation(d)["parameters"][1]["schema"].update(maximum=500),
    "a limit gone": lambda d: operation(d)["parameters"][1]["schema"].pop("maximum"),
    "an optional field in the body": lambda d: schema(d, "Count")["properties"].update(who={"type": "string"}),
    "a field of the body optional": lambda d: schema(d, "Count").update(required=[]),
    "a value more in the body": lambda d: schema(d, "Count")["properties"]["kind"]["enum"].append("week"),
    "a field more in the answer": lambda d: schema(d, "Till")["properties"].update(who={"type": "string"}),
    "a value less in the answer": lambda d: schema(d, "Till")["properties"]["status"].update(enum=["open"]),
    "another refusal": lambda d: operation(d)["responses"].update({"404": {"description": "Refused"}}),
    "other words": lambda d: schema(d, "Till").update(description="what is in the drawer", title="Drawer"),
}


def changed(change: Callable[[Json], object]) -> Json:
    document = deepcopy(TILL)
    change(document)
    return document


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_a_caller_is_named_with_its_place(name: str) -> None:
    change, named = BREAKING[name]
    found = breaks(TILL, changed(change))
    assert any(line.startswith(WHERE) and line.removeprefix(WHERE).lstrip(": ") == named for line in found), found


@pytest.mark.parametrize("name", HARMLESS)
def test_what_breaks_nobody_is_let_through(name: str) -> None:
    assert breaks(TILL, changed(HARMLESS[name])) == []


def test_alternatives_are_compared_with_the_one_that_is_nearest() -> None:
    def way(kind: str, **fields: Json) -> Json:
        return {"type": "object", "properties": {"kind": {"const": kind, "type": "string"}, **fields}}

    cash, card, wire = way("cash", tendered={"type": "integer"}), way("card"), way("wire")
    old, new = deepcopy(TILL), deepcopy(TILL)
    schema(old, "Count")["properties"]["way"] = {"oneOf": [cash, card]}
    schema(new, "Count")["properties"]["way"] = {"oneOf": [card, wire, cash]}
    assert breaks(old, new) == []
    schema(new, "Count")["properties"]["way"] = {"oneOf": [card, wire]}
    assert breaks(old, new)
