"""Whatever is sent to the card routes and to the webhook, nothing breaks: no answer is a 5xx."""

import json
import re
from typing import Any

import pytest
import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dev.parts.service import ServicePart
from tests.integration.payments.desk import Desk, money
from tests.integration.payments.stripe_side import SECRET

pytestmark = pytest.mark.any_broker

FOLLOWED = (
    "payment_intent.succeeded",
    "charge.refunded",
    "charge.dispute.closed",
    "checkout.session.completed",
    "payout.paid",
    "refund.failed",
)
TEXTS = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
IDS = JSON | st.sampled_from(["pi_1", "", "../v1/customers", "pi 1", "é", "a" * 300, "pi_1?expand[]=x", "\x00"])
OBJECTS = st.fixed_dictionaries(
    {"object": st.sampled_from(["payment_intent", "charge", "refund", "dispute", "checkout.session", "payout"]) | JSON},
    optional={"id": IDS, "payment_intent": IDS, "metadata": JSON},
)
EVENTS = st.fixed_dictionaries(
    {"object": st.just("event") | JSON, "type": st.sampled_from(FOLLOWED) | JSON},
    optional={"id": IDS, "data": st.fixed_dictionaries({"object": OBJECTS | JSON}) | JSON},
)
quiet = settings(max_examples=60, suppress_health_check=list(HealthCheck))


# A header's value has no blanks around it (RFC 9110, section 5.5).
SIGNATURES = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=120).map(str.strip)


@given(st.binary(max_size=200), SIGNATURES)
@quiet
def test_no_body_and_no_signature_breaks_the_webhook(desk: Desk, body: bytes, signature: str) -> None:
    answer = desk.http.post("/stripe/webhook", content=body, headers={"Stripe-Signature": signature})
    assert answer.status_code == 400, answer.text


@given(st.one_of(EVENTS.map(json.dumps), JSON.map(json.dumps), st.text(max_size=200)))
@quiet
def test_no_signed_body_breaks_the_webhook(desk: Desk, body: str) -> None:
    try:
        encoded = body.encode()
    except UnicodeEncodeError:
        return
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    answer = desk.http.post("/stripe/webhook", content=encoded, headers={"Stripe-Signature": signature})
    assert answer.status_code in (200, 400), answer.text


@given(
    st.dictionaries(
        st.sampled_from(
            ["clinic_id", "patient_id", "invoice_id", "amount", "allow_credit", "part", "checkout", "next_instalment"]
        ),
        JSON | st.just(money(100)) | st.just({"success_url": "https://clinic.example"}),
    )
)
@quiet
def test_no_body_breaks_the_start_of_a_card_payment(desk: Desk, body: dict[str, Any]) -> None:
    answer = desk.post("/card-payments", {"clinic_id": desk.clinic, "patient_id": "pat-1", **body})
    assert answer.status_code < 500, answer.text


def test_no_route_has_a_field_for_a_card_number(desk: Desk, service: ServicePart) -> None:
    """PCI DSS: what we never take in we cannot lose."""
    document = service.asked("/openapi.json").json()
    schemas = document["components"]["schemas"]
    never = {"number", "card_number", "pan", "cvc", "cvv"}
    suspicious = {*never, "exp_month", "exp_year", "expiry", "card"}
    assert _fields(schemas, set(schemas)) & never == set(), "not shown either; of a kept card its expiry is"
    bodies = [
        way["requestBody"] for path in document["paths"].values() for way in path.values() if "requestBody" in way
    ]
    asked = _fields(schemas, _named(bodies))
    assert {"tendered", "consent"} <= asked
    assert asked & suspicious == set()
    for path in ("/payments", "/card-payments"):
        for name in sorted(suspicious):
            refused = desk.post(path, desk.transfer(**{name: "4242424242424242"}))
            assert (refused.status_code, "4242" in refused.text) == (422, False)


def _named(part: Any) -> set[str]:
    """The schemas that a part of the description refers to."""
    return set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(part)))


def _fields(schemas: dict[str, Any], names: set[str]) -> set[str]:
    """All fields of these schemas, and of those that they refer to."""
    seen: set[str] = set()
    while names - seen:
        name = (names - seen).pop()
        seen.add(name)
        names = names | _named(schemas[name])
    return {field for name in seen for field in schemas[name].get("properties", {})}
