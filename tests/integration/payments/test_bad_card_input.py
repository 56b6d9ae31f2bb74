"""What a card payment refuses before Stripe hears of it, with the code and the field: at the desk and by link."""

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.payments.desk import Desk, Json, body_of, code_of, money

pytestmark = pytest.mark.any_broker

BACK = {"success_url": "https://clinic.example/thanks"}


@pytest.fixture(params=[{}, {"checkout": BACK}], ids=["at the desk", "by link"])
def way(request: pytest.FixtureRequest) -> Json:
    how: Json = request.param
    return how


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (money(0), "amount-not-positive"),
        (money(-1), "amount-not-positive"),
        (money(-(2**53)), "invalid-request"),
        (money(2**53), "invalid-request"),
        (money(100, "EURO"), "invalid-request"),
        (money(100, "XXX"), "invalid-request"),
        ({"amount_minor": 1.5, "currency": "EUR"}, "invalid-request"),
        ({"amount_minor": "100", "currency": "EUR"}, "invalid-request"),
        ({"currency": "EUR"}, "invalid-request"),
        ("12.50", "invalid-request"),
        ([], "invalid-request"),
    ],
)
def test_an_amount_that_is_none_is_refused(desk: Desk, way: Json, amount: Any, code: str) -> None:
    refused = desk.post("/card-payments", desk.card(amount=amount, **way))
    assert (refused.status_code, code_of(refused)) == (422, code)
    assert desk.get("/payments").json()["items"] == []


def test_money_that_is_not_the_invoices_is_refused(desk: Desk, way: Json) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    for changes, code, field in (
        ({"amount": money(5_000, "USD")}, "currency-differs", "/amount"),
        ({"amount": money(5_001)}, "more-than-due", "/amount"),
        ({"patient_id": "pat-78"}, "invoice-of-another-patient", "/patient_id"),
        ({"invoice_id": "inv-of-nobody"}, "invoice-unknown", "/invoice_id"),
    ):
        refused = desk.post("/card-payments", desk.card(5_000, **{"invoice_id": invoice_id, **way, **changes}))
        assert (refused.status_code, code_of(refused), refused.json()["field"]) == (422, code, field)
    stranger = desk.of("clinic-elsewhere")
    assert code_of(stranger.post("/card-payments", stranger.card(invoice_id=invoice_id, **way))) == "invoice-unknown"
    assert desk.get("/payments", method="card").json()["items"] == []


def test_the_same_key_is_the_same_payment_and_never_another_one(desk: Desk, way: Json) -> None:
    key = uuid4().hex
    first = body_of(desk.post("/card-payments", desk.card(**way), key), 201)
    assert body_of(desk.post("/card-payments", desk.card(**way), key), 201) == first
    for other in (desk.card(6_000, **way), desk.card(patient_id="pat-78", **way), desk.card(allow_credit=True, **way)):
        refused = desk.post("/card-payments", other, key)
        assert (refused.status_code, code_of(refused)) == (409, "idempotency-key-reused")
    assert len(desk.get("/payments").json()["items"]) == 1
    assert len(desk.stripe.intents_of(first["payment"]["payment_id"])) == (0 if way else 1)
    for key_ in ("", "a b", "é", "x" * 256):
        headers: dict[str, str | bytes] = {**desk.headers(None), "Idempotency-Key": key_.encode("latin-1")}
        refused = desk.http.post("/card-payments", json=desk.card(**way), headers=headers)  # type: ignore[arg-type]
        assert (refused.status_code, code_of(refused)) == (400, "idempotency-key-malformed")


def test_a_refund_of_a_card_refuses_what_makes_no_sense(desk: Desk) -> None:
    payment_id = desk.paid_by_card(5_000)["payment_id"]
    for changes, code in (
        ({"amount": money(0)}, "amount-not-positive"),
        ({"amount": money(-1)}, "amount-not-positive"),
        ({"amount": money(5_001)}, "refund-too-high"),
        ({"amount": money(100, "USD")}, "currency-differs"),
        ({"register_id": "till-1"}, "register-not-used"),
        ({"reason": " "}, "invalid-request"),
    ):
        body = {"amount": money(100), "reason": "crown not fitted", **changes}
        refused = desk.manager.post(f"/payments/{payment_id}/refunds", body)
        assert (refused.status_code, code_of(refused)) == (422, code)
    assert desk.read(payment_id)["refunds"] == []
    pending = desk.charge()["payment"]["payment_id"]
    assert code_of(desk.manager.refund(pending, 100)) == "illegal-transition"
    refund = {"amount": money(1), "reason": "none"}
    for path, body in ((f"/card-payments/{uuid4().hex}/cancel", {}), (f"/payments/{uuid4().hex}/refunds", refund)):
        refused = desk.manager.post(path, body)
        assert (refused.status_code, code_of(refused)) == (404, "not-found")
