"""An example that several operations show is in an API's description once."""

import copy
from typing import Any

from chassis.http.examples import share_examples

Json = dict[str, Any]
PAID: Json = {"status": "paid"}


def document(*contents: Json) -> Json:
    paths = {
        f"/{nth}": {
            "get": {"operationId": f"get_{nth}", "responses": {"200": {"content": {"application/json": content}}}}
        }
        for nth, content in enumerate(contents)
    }
    return {"paths": paths, "components": {"schemas": {}}}


def shown(described: Json) -> list[Json]:
    return [path["get"]["responses"]["200"]["content"]["application/json"] for path in described["paths"].values()]


def test_what_is_shown_twice_is_named_by_both() -> None:
    described = share_examples(document({"example": PAID}, {"example": PAID}))
    reference = {"examples": {"default": {"$ref": "#/components/examples/get_0-200"}}}
    assert shown(described) == [reference, reference]
    assert described["components"]["examples"] == {"get_0-200": {"value": PAID}}


def test_what_is_shown_once_stays_where_it_is() -> None:
    described = document({"example": PAID}, {"example": {"status": "void"}}, {})
    assert share_examples(copy.deepcopy(described)) == described


def test_two_examples_of_one_name_are_kept_apart() -> None:
    old, new = {"value": {"status": 409}}, {"value": {"status": 422}}
    described = share_examples(document(*({"examples": {"differs": example}} for example in (old, old, new, new))))
    assert described["components"]["examples"] == {"differs": old, "differs-2": new}
    assert [next(iter(content["examples"].values()))["$ref"].rpartition("/")[2] for content in shown(described)] == [
        "differs",
        "differs",
        "differs-2",
        "differs-2",
    ]
