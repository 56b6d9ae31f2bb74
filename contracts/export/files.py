"""Every generated file, by its path below contracts/, as it should be."""

import json
from typing import Any

from contracts.envelope import Event, Message
from contracts.export.asyncapi import document
from contracts.samples import SAMPLES
from contracts.topics import SERVICES, TOPICS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, Any]


def generated() -> dict[str, str]:
    """Path -> text. A type without a sample raises KeyError."""
    files: dict[str, Json] = {}
    for topic in TOPICS:
        for event in topic.events:
            files[schema_path(event.TYPE)] = schema(event)
            files[example_path(event.TYPE)] = example(SAMPLES[event.TYPE].message())
    for service in SERVICES:
        files[f"asyncapi/{service}.json"] = document(service)
    return {path: as_text(content) for path, content in sorted(files.items())}


def schema_path(type_: str) -> str:
    return f"schemas/{type_}.json"


def example_path(type_: str) -> str:
    return f"examples/{type_}.json"


def schema(event: type[Event]) -> Json:
    """What a reader takes: optional fields may be missing, and unknown ones are ignored."""
    return (
        {"$schema": DIALECT, "$id": f"urn:chairside:{event.TYPE}"} | event.model_json_schema() | {"title": event.TYPE}
    )


def example(message: Message) -> Json:
    """A message as readable JSON. The value goes on the wire in UTF-8, without the spaces."""
    return {
        "topic": message.topic,
        "key": (message.key or b"").decode(),
        "headers": {name: (value or b"").decode() for name, value in message.headers},
        "value": json.loads(message.value or b""),
    }


def as_text(content: Json) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
