"""The webhook: signed on the raw body, kept under its event id, answered at once."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from tests.integration.payments.conftest import Settings
from tests.integration.payments.desk import Desk, code_of
from tests.integration.payments.stripe_side import SECRET
from tests.integration.payments.webhooks import event, send, signed
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker


@pytest.fixture
def kept(settings: Settings) -> Iterator[Any]:
    """What the service keeps of webhooks."""
    with MongoClient[dict[str, Any]](settings["MONGO_URI"]) as client:
        yield client[settings["MONGO_DATABASE"]]["webhooks"]


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(lambda: "", id="none"),
        pytest.param(lambda: "nonsense", id="nonsense"),
        pytest.param(lambda: "t=1,v1=00", id="old"),
        pytest.param(lambda: f"t={int(time.time())},v1={'0' * 64}", id="zeros"),
        pytest.param(lambda: signed("another body", SECRET), id="another body"),
        pytest.param(lambda: signed("{}", "whsec_of_somebody_else"), id="another secret"),
    ],
)
def test_a_body_that_stripe_did_not_sign_is_refused(desk: Desk, signature: Callable[[], str]) -> None:
    refused = send(desk, b"{}", signature())
    assert (refused.status_code, code_of(refused)) == (400, "signature-invalid")


def test_signatures_and_bodies_that_are_not_even_text_are_refused(desk: Desk) -> None:
    now = int(time.time())
    for headers, body in (
        ({b"Stripe-Signature": f"t={now},v1=é".encode("latin-1")}, b"{}"),
        ({b"Stripe-Signature": f"t={now},v1=00".encode()}, b"\xff\xfe"),
        ({}, b"{}"),
    ):
        refused = desk.http.post("/stripe/webhook", content=body, headers=headers)
        assert (refused.status_code, code_of(refused)) == (400, "signature-invalid")


def test_a_signature_that_is_too_old_is_refused(desk: Desk) -> None:
    body = event("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1"})
    old = signed(body.decode(), SECRET, int(time.time()) - 3600)
    assert code_of(send(desk, body, old)) == "signature-invalid"


@pytest.mark.parametrize(("age_s", "status"), [(310, 400), (290, 200), (0, 200)])
def test_a_signature_is_good_for_five_minutes(desk: Desk, age_s: int, status: int) -> None:
    """Stripe's own tolerance, "Verify webhook signatures"."""
    body = event("customer.created", {"object": "customer", "id": "cus_1"})
    assert send(desk, body, signed(body.decode(), SECRET, int(time.time()) - age_s)).status_code == status


def test_an_event_that_was_altered_on_its_way_is_refused_and_not_kept(desk: Desk, kept: Any) -> None:
    desk.stripe.faults(webhooks="off")
    started = desk.charge()
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    intent_id = started["payment"]["card_payment_intent_id"]
    [made] = [e for e in desk.stripe.events_of(intent_id) if e["type"] == "payment_intent.succeeded"]
    sent = json.dumps(made)
    for was, is_ in (("5000", "9000"), (intent_id, "pi_of_another"), ("succeeded", "canceled"), ("{", "{ ")):
        altered = sent.replace(was, is_)
        assert altered != sent
        assert code_of(send(desk, altered.encode(), signed(sent, SECRET))) == "signature-invalid"
    assert kept.find_one({"_id": made["id"]}) is None


NESTED = 20_000
NO_EVENTS = [
    pytest.param(b'{"id": "evt_1", "type": "payout.paid", "data": {"object": ' + b"[" * NESTED + b"]" * NESTED + b"}}",
                 id="nested deeply"),
    pytest.param(b'{"a": ' * NESTED + b"1" + b"}" * NESTED, id="nothing but nested"),
    pytest.param(b'{"id": "evt_1", "type": "payout.paid", "created": ' + b"9" * 5_000 + b"}", id="many digits"),
    pytest.param(b"{", id="no JSON"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b'"evt_1"', id="a text"),
    pytest.param(b"null", id="null"),
    pytest.param(b"{}", id="nothing in it"),
    pytest.param(b'{"type": "payout.paid", "data": {"object": {"object": "payout", "id": "po_1"}}}', id="no id"),
    pytest.param(b'{"id": 7, "type": "payout.paid", "data": {"object": {"object": "payout", "id": "po_1"}}}',
                 id="an id that is none"),
    pytest.param(b'{"id": "evt_1", "data": {"object": {"object": "payout", "id": "po_1"}}}', id="no type"),
    pytest.param(b'{"id": "evt_1", "type": "payout.paid"}', id="about nothing"),
    pytest.param(b'{"id": "evt_1", "type": "payout.paid", "data": {"object": null}}', id="about null"),
    pytest.param(b'{"id": "evt_1", "type": "payout.paid", "data": {"object": {"object": "payout"}}}',
                 id="about a thing without an id"),
    pytest.param(b'{"id": "evt_1", "type": "charge.updated", "data": {"object": {"object": "charge", "id": {}}}}',
                 id="about a thing whose id is none"),
]  # fmt: skip


@pytest.mark.parametrize("body", NO_EVENTS)
def test_what_is_signed_and_no_event_is_refused_and_not_sent_again_for_ever(desk: Desk, kept: Any, body: bytes) -> None:
    """Stripe sends again, for days, what is answered with a status of ours."""
    refused = send(desk, body)
    assert (refused.status_code, code_of(refused)) == (400, "event-malformed")
    assert kept.count_documents({"_id": {"$in": ["evt_1", 7, None]}}) == 0, "what earlier tests did may still arrive"


@pytest.mark.parametrize("body", NO_EVENTS)
def test_nothing_is_read_of_what_is_not_signed(desk: Desk, body: bytes) -> None:
    refused = send(desk, body, "t=1,v1=00")
    assert (refused.status_code, code_of(refused)) == (400, "signature-invalid")


def test_an_event_is_kept_raw_and_once(desk: Desk, kept: Any) -> None:
    body = event("customer.created", {"object": "customer", "id": "cus_1"})
    for _ in range(3):
        assert send(desk, body).json() == {"received": True}
    [row] = kept.find({"_id": json.loads(body)["id"]})
    assert (row["body"], row["type"], row["status"]) == (body, "customer.created", "ignored")


@pytest.mark.parametrize(
    ("type_", "about"),
    [
        ("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_of_nobody"}),
        ("charge.refunded", {"object": "charge", "id": "ch_1", "payment_intent": None}),
        ("charge.dispute.created", {"object": "dispute", "id": "dp_1", "payment_intent": "pi_of_nobody"}),
        ("invented.by.stripe", {"object": "news"}),
    ],
)
def test_what_is_not_about_our_payments_is_kept_and_ignored(
    desk: Desk, kept: Any, type_: str, about: dict[str, object]
) -> None:
    body = event(type_, about)
    assert send(desk, body).status_code == 200
    event_id = json.loads(body)["id"]
    until(lambda: kept.find_one({"_id": event_id})["status"], lambda status: status == "ignored")


def test_a_forged_content_moves_no_money_since_stripe_is_asked(desk: Desk, kept: Any) -> None:
    payment = desk.charge()["payment"]
    about = {"object": "payment_intent", "id": payment["card_payment_intent_id"], "status": "succeeded"}
    body = event("payment_intent.succeeded", about)
    assert send(desk, body).status_code == 200
    until(lambda: kept.find_one({"_id": json.loads(body)["id"]})["status"], lambda status: status == "done")
    assert desk.read(payment["payment_id"])["status"] == "pending"


def test_an_event_waits_while_stripe_does_not_answer(desk: Desk) -> None:
    started = desk.charge()
    desk.stripe.faults(next_requests=[{"status": 500, "method": "GET", "path": "/v1/payment_intents"}] * 4)
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    desk.until_status(started["payment"]["payment_id"], "settled")


def test_every_event_of_a_payment_is_worked_off(desk: Desk, kept: Any) -> None:
    payment = desk.paid_by_card()
    about = {"about.id": payment["card_payment_intent_id"]}
    until(lambda: kept.count_documents({**about, "type": "charge.updated"}), lambda count: count == 1)
    rows = until(lambda: list(kept.find(about)), lambda rows: all(row["status"] != "waiting" for row in rows))
    assert {(row["status"], row["payment_id"]) for row in rows} == {("done", payment["payment_id"])}
