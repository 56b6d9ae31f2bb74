"""What an API's description shows as examples."""

from typing import Any

Json = dict[str, Any]


def examples_of(document: Json, content: Json) -> list[Any]:
    """Those of a body or an answer, wherever in the document they are."""
    if "example" in content:
        return [content["example"]]
    shared = document["components"].get("examples", {})
    named = content.get("examples", {}).values()
    return [shared[e["$ref"].rpartition("/")[2]]["value"] if "$ref" in e else e["value"] for e in named]
