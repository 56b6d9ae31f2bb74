"""An AsyncAPI 3.0 document for each service: what it says, what it hears, and where its rejected records go."""

import json
from typing import Any

from contracts.envelope import Event
from contracts.samples import SAMPLES
from contracts.topics import HEARS, MAX_VALUE_BYTES, TOPICS, Topic, consumer_group, dead_letter, max_record_bytes

Json = dict[str, Any]
BINDING_VERSION = "0.5.0"
UTF8 = {"type": "string"}
ABOUT = (
    "CloudEvents 1.0 in Kafka's binary mode. Every event carries a full snapshot of its aggregate and its version: a "
    "reader drops what is not newer than what it has, and ignores fields it does not know."
)


def document(service: str) -> Json:
    """Channels are named as their topics; a reader of the document needs the folder schemas/ beside it."""
    written = [topic for topic in TOPICS if topic.owner == service]
    heard = HEARS[service]
    topics = [*written, *heard]
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:chairside:{service}",
        "info": {
            "title": f"Chairside {service}",
            "version": "1",
            "description": ABOUT,
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": "localhost:9092", "protocol": "kafka"}},
        "channels": {topic.name: _channel(topic) for topic in topics} | {dead_letter(service): _dead_letter(service)},
        "operations": {
            **{f"say-{topic.name}": _operation("send", topic.name) for topic in written},
            **{f"hear-{topic.name}": _hear(service, topic) for topic in heard},
            f"reject-to-{dead_letter(service)}": _operation("send", dead_letter(service)),
        },
        "components": {
            "messages": {event.TYPE: _message(event, topic) for topic in topics for event in topic.events}
            | {"rejected-record": _rejected_record()},
            "schemas": {"cloud-event-headers": _cloud_event_headers(), "error-headers": _error_headers()},
        },
    }


def _channel(topic: Topic) -> Json:
    return {
        "address": topic.name,
        "description": f"Written by {topic.owner}. Key: {topic.key}.",
        "messages": {event.TYPE: {"$ref": f"#/components/messages/{event.TYPE}"} for event in topic.events},
        "bindings": {"kafka": _topic_binding(topic.name)},
    }


def _dead_letter(service: str) -> Json:
    name = dead_letter(service)
    return {
        "address": name,
        "description": f"What {service} could not read, or what broke a rule. Key: that of the record.",
        "messages": {"rejected-record": {"$ref": "#/components/messages/rejected-record"}},
        "bindings": {"kafka": _topic_binding(name)},
    }


def _topic_binding(name: str) -> Json:
    configuration = {"max.message.bytes": max_record_bytes(name)}
    return {"topic": name, "topicConfiguration": configuration, "bindingVersion": BINDING_VERSION}


def _operation(action: str, channel: str) -> Json:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _hear(service: str, topic: Topic) -> Json:
    group = {"type": "string", "enum": [consumer_group(service, topic.name)]}
    return _operation("receive", topic.name) | {
        "bindings": {"kafka": {"groupId": group, "bindingVersion": BINDING_VERSION}}
    }


def _message(event: type[Event], topic: Topic) -> Json:
    message = SAMPLES[event.TYPE].message()
    headers = {name: (value or b"").decode() for name, value in message.headers}
    return {
        "name": event.TYPE,
        "summary": (event.__doc__ or "").strip(),
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/cloud-event-headers"},
                {"type": "object", "properties": {"ce_type": {"const": event.TYPE}}},
            ]
        },
        "payload": {"$ref": f"../schemas/{event.TYPE}.json"},
        "bindings": {"kafka": {"key": UTF8 | {"description": topic.key}, "bindingVersion": BINDING_VERSION}},
        "examples": [{"headers": headers, "payload": json.loads(message.value or b"")}],
    }


def _rejected_record() -> Json:
    return {
        "name": "rejected-record",
        "summary": "A record with its key, bytes and headers untouched, and why it was rejected.",
        "contentType": "application/octet-stream",
        "headers": {"$ref": "#/components/schemas/error-headers"},
        "payload": {
            "description": f"The bytes of the record, at most {MAX_VALUE_BYTES}, or how they begin; maybe no JSON."
        },
        "bindings": {"kafka": {"key": UTF8, "bindingVersion": BINDING_VERSION}},
    }


def _cloud_event_headers() -> Json:
    return {
        "type": "object",
        "description": "CloudEvents 1.0, Kafka protocol binding, binary mode. All values are UTF-8.",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "content-type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": UTF8 | {"description": "`subject:version`: the same change, published twice, has the same id."},
            "ce_source": {"type": "string", "format": "uri-reference"},
            "ce_type": UTF8,
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_subject": UTF8 | {"description": "The id of the aggregate."},
            "ce_partitionkey": UTF8 | {"description": "The record's key."},
            "content-type": {"const": "application/json"},
            "traceparent": UTF8 | {"description": "W3C Trace Context of the cause."},
        },
    }


def _error_headers() -> Json:
    return {
        "type": "object",
        "description": "Added to the headers of the rejected record, which may be anything.",
        "required": ["error-code", "error-message", "error-topic", "error-partition", "error-offset"],
        "properties": {
            "error-code": UTF8 | {"description": "Stable, kebab-case.", "examples": ["not-json", "waits-behind"]},
            "error-message": UTF8 | {"description": "Where and why, without patient data."},
            "error-topic": UTF8,
            "error-partition": {"type": "string", "pattern": "^[0-9]+$"},
            "error-offset": {"type": "string", "pattern": "^[0-9]+$"},
        },
    }
