"""Where webhooks go. The endpoint given on the command line signs with the secret given there."""

import httpx2

from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject
from dev.stripe_sandbox.events import API_VERSION
from dev.stripe_sandbox.store import Store

CONFIGURED = "we_sandbox"


def create(call: Call) -> JsonObject:
    """The secret is shown in this answer and never again."""
    call.params.only("url", "enabled_events", "description", "metadata")
    url = check_url(call.params.required("url"))
    endpoint = _endpoint(new_id("we"), url, new_id("whsec", 32), call.now)
    endpoint["enabled_events"] = call.params.texts("enabled_events") or ["*"]
    endpoint["description"] = call.params.text("description")
    endpoint["metadata"] = call.params.metadata({})
    call.store.save(endpoint)
    return endpoint


def retrieve(call: Call) -> JsonObject:
    return without_secret(call.named("webhook_endpoint"))


def delete(call: Call) -> JsonObject:
    endpoint = call.named("webhook_endpoint")
    call.store.delete(endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def configure(store: Store, url: str, secret: str, now: int) -> JsonObject:
    """Sets the URL of the configured endpoint; raises InvalidRequest where it is none."""
    endpoint = _endpoint(CONFIGURED, check_url(url), secret, now)
    store.save(endpoint)
    return endpoint


def without_secret(endpoint: JsonObject) -> JsonObject:
    return {name: value for name, value in endpoint.items() if name != "secret"}


def check_url(url: str) -> str:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        parsed = httpx2.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or not 0 < (parsed.port or 80) < 65536:
        raise InvalidRequest("Invalid URL: it must be absolute, http or https.", code="url_invalid", param="url")
    return url


def _endpoint(endpoint_id: str, url: str, secret: str, now: int) -> JsonObject:
    return {
        "id": endpoint_id,
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": now,
        "description": None,
        "enabled_events": ["*"],
        "livemode": False,
        "metadata": {},
        "secret": secret,
        "status": "enabled",
        "url": url,
    }
