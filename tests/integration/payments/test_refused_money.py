"""What no way to pay takes: refused with code and field, the same at the till, by transfer, by card and by link."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.integration.payments.desk import Desk, Json, body_of, code_of, money

pytestmark = pytest.mark.any_broker

LINK = {"success_url": "https://clinic.example/thanks"}


@dataclass(frozen=True)
class Way:
    """How money is taken: the route, and its body."""

    path: str
    body: Callable[..., Json]

    def pay(self, desk: Desk, amount: int = 5_000, /, key: str = "", **changes: Any) -> httpx2.Response:
        if self.path == "/payments" and "tendered" in self.body(desk):
            changes = {"tendered": changes.get("amount") or money(amount), **changes}
        return desk.post(self.path, self.body(desk, amount, **changes), key)


WAYS = [
    pytest.param(Way("/payments", Desk.cash), id="cash"),
    pytest.param(Way("/payments", Desk.transfer), id="transfer"),
    pytest.param(Way("/card-payments", Desk.card), id="card"),
    pytest.param(Way("/card-payments", lambda desk, *a, **k: Desk.card(desk, *a, checkout=LINK, **k)), id="link"),
]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, desk: Desk) -> Way:
    chosen: Way = request.param
    if chosen.body is Desk.cash:
        desk.open_register()
    return chosen


def taken(desk: Desk) -> list[str]:
    return [payment["payment_id"] for payment in desk.get("/payments").json()["items"]]


@pytest.mark.parametrize(
    ("invoice", "changes", "status", "code", "field"),
    [
        ("draft", {}, 409, "invoice-not-finalized", "/invoice_id"),
        ("void", {}, 409, "invoice-void", "/invoice_id"),
        ("paid", {}, 409, "invoice-paid", "/invoice_id"),
        ("archived", {}, 409, "invoice-paid", "/invoice_id"),
        ("draft", {"allow_credit": True}, 409, "invoice-not-finalized", "/invoice_id"),
        ("void", {"allow_credit": True}, 409, "invoice-void", "/invoice_id"),
        (None, {"invoice_id": "inv-of-nobody"}, 422, "invoice-unknown", "/invoice_id"),
        ("finalized", {"patient_id": "pat-78"}, 422, "invoice-of-another-patient", "/patient_id"),
        ("finalized", {"amount": money(5_000, "CHF")}, 422, "currency-differs", "/amount"),
        ("finalized", {"amount": money(5_001)}, 422, "more-than-due", "/amount"),
        ("finalized", {"amount": money(0)}, 422, "amount-not-positive", "/amount"),
        ("finalized", {"amount": money(-1)}, 422, "amount-not-positive", "/amount"),
        (None, {"amount": money(0)}, 422, "amount-not-positive", "/amount"),
        (None, {"amount": money(-5_000)}, 422, "amount-not-positive", "/amount"),
        (None, {"amount": money(2**53)}, 422, "invalid-request", "/amount/amount_minor"),
        (None, {"amount": {"amount_minor": 12.5, "currency": "EUR"}}, 422, "invalid-request", "/amount/amount_minor"),
        (None, {"amount": money(5_000, "euro")}, 422, "invalid-request", "/amount/currency"),
        (None, {"amount": None}, 422, "invalid-request", "/amount"),
        (None, {"amount": None, "next_instalment": True}, 422, "invalid-request", "/invoice_id"),
        (None, {"patient_id": None}, 422, "invalid-request", "/patient_id"),
        (None, {"card_number": "4242424242424242"}, 422, "invalid-request", "/card_number"),
    ],
)
def test_money_that_nobody_may_take_is_refused_and_the_field_is_named(
    desk: Desk, way: Way, invoice: str | None, changes: Json, status: int, code: str, field: str
) -> None:
    of_invoice = {} if invoice is None else {"invoice_id": desk.known_invoice(invoice, due=5_000)}
    before = taken(desk)
    refused = way.pay(desk, 5_000, **{**of_invoice, **changes})
    problem = refused.json()
    assert (refused.status_code, code_of(refused), problem["status"], problem["field"]) == (status, code, status, field)
    assert refused.headers["content-type"] == "application/problem+json"
    assert "4242" not in refused.text
    assert taken(desk) == before


def test_the_same_key_takes_the_money_once_and_with_another_body_is_refused(desk: Desk, way: Way) -> None:
    key = uuid4().hex
    first = body_of(way.pay(desk, 5_000, key=key), 201)
    assert body_of(way.pay(desk, 5_000, key=key), 201) == first
    before = taken(desk)
    for refused in (way.pay(desk, 5_001, key=key), way.pay(desk, 5_000, key=key, patient_id="pat-78")):
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["field"]) == (
            409,
            "idempotency-key-reused",
            "Idempotency-Key",
        )
    assert taken(desk) == before
