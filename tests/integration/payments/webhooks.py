"""Webhooks in the hands of a test: posted over HTTP as Stripe posts them, and what the service keeps of them."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import httpx2
import stripe

from tests.integration.payments.desk import Desk, Json
from tests.integration.payments.stripe_side import SECRET
from tests.parts.patience import until

signed = stripe.WebhookSignature.generate_signature_header


def event(type_: str, about: dict[str, object]) -> bytes:
    body = {"id": f"evt_{uuid4().hex}", "object": "event", "type": type_, "data": {"object": about}}
    return json.dumps(body, indent=1).encode()


def send(desk: Desk, body: bytes, signature: str | None = None) -> httpx2.Response:
    """With Stripe's signature, or the one given."""
    given = signed(body.decode(), SECRET) if signature is None else signature
    return desk.http.post("/stripe/webhook", content=body, headers={"Stripe-Signature": given})


def deliver(desk: Desk, *events: Json) -> None:
    """Events that Stripe made, each answered at once."""
    for event in events:
        answer = send(desk, json.dumps(event).encode())
        assert (answer.status_code, answer.json()) == (200, {"received": True})


def worked_off(kept: Any, events: Iterable[Json]) -> list[Json]:
    """What is kept of these events, once none of them waits."""
    ids = {"_id": {"$in": [event["id"] for event in events]}}
    return until(lambda: list(kept.find(ids)), lambda rows: all(row["status"] != "waiting" for row in rows))
