"""Events: a snapshot of the object in each, stored and queued for every endpoint that wants its type."""

from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import JsonObject

API_VERSION = "2026-10-28.endive"
_ALL_ENDPOINTS = 100


def emit(call: Call, event_type: str, item: JsonObject, *, before: JsonObject | None = None) -> None:
    """In the caller's transaction. `before`: the object as it was, for previous_attributes of an update."""
    endpoints = [
        endpoint["id"]
        for _, endpoint in call.store.select("webhook_endpoint", limit=_ALL_ENDPOINTS, order="ASC")
        if {"*", event_type} & set(endpoint["enabled_events"])
    ]
    event: JsonObject = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": call.now,
        "data": {"object": item},
        "livemode": False,
        "pending_webhooks": len(endpoints),
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": event_type,
    }
    if before is not None:
        event["data"]["previous_attributes"] = {name: value for name, value in before.items() if value != item[name]}
    call.store.save(event)
    for endpoint_id in endpoints:
        call.store.queue(event["id"], endpoint_id)
