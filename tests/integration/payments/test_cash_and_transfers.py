"""Money over the desk and from the bank, and everything it is refused for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.payments.desk import Desk, body_of, code_of, money
from tests.parts.patience import until

Json = dict[str, Any]
Way = Callable[..., Json]


def by_cash(desk: Desk, amount: int = 5_000, /, **changes: Any) -> Json:
    """Into a register that is open; the one cent that shows it is another payment."""
    desk.open_register()
    return desk.cash(amount, **changes)


def by_transfer(desk: Desk, amount: int = 5_000, /, **changes: Any) -> Json:
    return desk.transfer(amount, **changes)


@pytest.fixture(params=[by_cash, by_transfer])
def way(request: pytest.FixtureRequest) -> Way:
    """The body of a payment, by each way to pay that the desk takes."""
    chosen: Way = request.param
    return chosen


def test_cash_is_received_with_a_receipt_and_change_and_published_once(desk: Desk) -> None:
    desk.open_register()
    body = body_of(desk.post("/payments", desk.cash(4_550, tendered=money(5_000))), 201)
    assert (body["status"], body["change"], body["settled"]) == ("settled", money(450), money(4_550))
    assert body["receipt_number"] == f"R-{desk.clinic}-000002"
    assert desk.read(body["payment_id"]) == body
    assert desk.published(body["payment_id"], 1) == [("payment-received", body)]


def test_a_transfer_for_a_finalized_invoice_is_received(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    body = body_of(desk.post("/payments", desk.transfer(5_000, invoice_id=invoice_id)), 201)
    assert (body["invoice_id"], body["received_on"]) == (invoice_id, "2026-11-20")
    assert body["changed_by"]["role"] == "front_desk"


def test_an_insurers_transfer_says_whose_part_it_pays(desk: Desk) -> None:
    body = body_of(desk.post("/payments", desk.transfer(part="insurer")), 201)
    assert body["part"] == desk.read(body["payment_id"])["part"] == "insurer"
    assert desk.published(body["payment_id"], 1) == [("payment-received", body)]
    assert body_of(desk.post("/payments", desk.transfer()), 201)["part"] == "patient"


def test_receipts_of_a_clinic_have_no_gap_though_many_desks_take_money_at_once(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as desks:
        answers = list(desks.map(lambda _: desk.post("/payments", desk.transfer()), range(16)))
    numbers = sorted(body_of(answer, 201)["receipt_number"] for answer in answers)
    assert numbers == [f"R-{desk.clinic}-{number:06d}" for number in range(1, 17)]


def test_two_desks_cannot_both_take_what_is_due_on_one_invoice(desk: Desk, way: Way) -> None:
    body = way(desk, 6_000, invoice_id=desk.known_invoice(due=10_000))
    with ThreadPoolExecutor(4) as desks:
        answers = list(desks.map(lambda _: desk.post("/payments", body), range(4)))
    assert sorted(code_of(answer) for answer in answers) == ["", *["more-than-due"] * 3]


def test_the_same_key_gives_the_same_answer_and_takes_the_money_once(desk: Desk, way: Way) -> None:
    key, body = uuid4().hex, way(desk)
    first, again = desk.post("/payments", body, key), desk.post("/payments", body, key)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert len(desk.get("/payments", method=body["method"]).json()["items"]) == (2 if body["method"] == "cash" else 1)


def test_money_is_not_taken_without_a_key(desk: Desk) -> None:
    assert code_of(desk.post("/payments", desk.transfer(), key=None)) == "idempotency-key-missing"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": money(0)}, 422, "amount-not-positive"),
        ({"amount": money(-1)}, 422, "amount-not-positive"),
        ({"amount": {"amount_minor": 12.5, "currency": "EUR"}}, 422, "invalid-request"),
        ({"amount": money(10**30)}, 422, "invalid-request"),
        ({"amount": money(5_000, "XTS")}, 422, "invalid-request"),
        ({"amount": money(5_000, "euro")}, 422, "invalid-request"),
        ({"amount": None}, 422, "invalid-request"),
        ({"invoice_id": "inv-of-nobody"}, 422, "invoice-unknown"),
        ({"method": "card"}, 422, "invalid-request"),
        ({"card_number": "4242424242424242"}, 422, "invalid-request"),
        ({"received_on": "yesterday"}, 422, "invalid-request"),
        ({"reference": " "}, 422, "invalid-request"),
    ],
)
def test_a_transfer_that_does_not_fit_is_refused(desk: Desk, changes: Json, status: int, code: str) -> None:
    refused = desk.post("/payments", desk.transfer(**changes))
    assert (refused.status_code, code_of(refused)) == (status, code)
    assert "4242424242424242" not in refused.text


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"amount": money(0)}, 422, "amount-not-positive", "/amount"),
        ({"amount": money(-1)}, 422, "amount-not-positive", "/amount"),
        ({"tendered": money(-5_000)}, 422, "tendered-too-little", "/tendered"),
        ({"tendered": money(4_999)}, 422, "tendered-too-little", "/tendered"),
        ({"tendered": money(5_000, "CHF")}, 422, "currency-differs", "/tendered"),
        ({"tendered": None}, 422, "invalid-request", "/tendered"),
        ({"amount": money(5_000, "CHF"), "tendered": money(5_000, "CHF")}, 422, "currency-differs", "/amount"),
        ({"amount": {"amount_minor": True, "currency": "EUR"}}, 422, "invalid-request", "/amount/amount_minor"),
        ({"register_id": None}, 422, "invalid-request", "/register_id"),
        ({"register_id": "till-9"}, 409, "register-not-open", "/register_id"),
        ({"reference": "RF18539007547034"}, 422, "invalid-request", "/reference"),
        ({"invoice_id": "inv-of-nobody"}, 422, "invoice-unknown", "/invoice_id"),
    ],
)
def test_cash_that_does_not_fit_is_refused_naming_the_field(
    desk: Desk, changes: Json, status: int, code: str, field: str
) -> None:
    refused = desk.post("/payments", by_cash(desk, **changes))
    assert (refused.status_code, code_of(refused), refused.json()["field"]) == (status, code, field)
    assert len(desk.get("/payments").json()["items"]) == 1


def test_more_than_what_is_due_is_taken_when_it_may_become_credit(desk: Desk, way: Way) -> None:
    body = way(desk, 10_001, invoice_id=desk.known_invoice(due=10_000), allow_credit=True)
    assert body_of(desk.post("/payments", body), 201)["settled"] == money(10_001)


def test_what_was_paid_a_moment_ago_is_no_longer_due(desk: Desk, way: Way) -> None:
    body = way(desk, 10_000, invoice_id=desk.known_invoice(due=10_000))
    body_of(desk.post("/payments", body), 201)
    assert code_of(desk.post("/payments", body)) == "more-than-due"


def test_an_older_event_does_not_bring_back_an_older_invoice(desk: Desk) -> None:
    paid = desk.invoice("paid", due=0, version=3)
    marker = desk.invoice()
    desk.publish(paid, desk.invoice("finalized", invoice_id=paid.invoice_id, version=2), marker)
    probe = desk.transfer(1, invoice_id=marker.invoice_id)
    until(lambda: desk.post("/payments", probe), lambda answer: answer.status_code == 201)
    assert code_of(desk.post("/payments", desk.transfer(1, invoice_id=paid.invoice_id))) == "invoice-paid"


def test_cash_without_an_open_register_is_refused(desk: Desk) -> None:
    refused = desk.post("/payments", desk.cash())
    assert (refused.status_code, code_of(refused)) == (409, "register-not-open")


def test_a_closed_register_takes_no_more_cash(desk: Desk) -> None:
    desk.open_register()
    desk.publish(desk.day(status="closed", version=2))
    refused = until(lambda: desk.post("/payments", desk.cash()), lambda answer: answer.status_code != 201)
    assert code_of(refused) == "register-not-open"


def test_another_clinics_register_takes_no_cash(desk: Desk) -> None:
    desk.open_register()
    refused = desk.as_("front_desk", "clinic-other").post("/payments", desk.cash(clinic_id="clinic-other"))
    assert code_of(refused) == "register-not-open"


def test_what_is_tendered_must_cover_the_amount(desk: Desk) -> None:
    desk.open_register()
    assert code_of(desk.post("/payments", desk.cash(5_000, tendered=money(4_999)))) == "tendered-too-little"


def test_a_key_whose_request_was_refused_may_be_used_again(desk: Desk) -> None:
    key = uuid4().hex
    assert code_of(desk.post("/payments", desk.cash(), key)) == "register-not-open"
    desk.open_register()
    body_of(desk.post("/payments", desk.cash(), key), 201)


def planned(desk: Desk) -> str:
    """The id of an invoice of 100.00 that is paid in two instalments."""
    plan = [
        {"number": 1, "due_on": "2026-12-01", "amount": money(4_000)},
        {"number": 2, "due_on": "2027-01-01", "amount": money(6_000)},
    ]
    return desk.known_invoice(instalments=plan, due_on="2027-01-01")


def test_the_next_instalment_is_paid_without_naming_its_amount(desk: Desk) -> None:
    body = {"amount": None, "next_instalment": True, "invoice_id": planned(desk)}
    desk.open_register()
    cash = body_of(desk.post("/payments", desk.cash(**body, tendered=money(5_000))), 201)
    assert (cash["amount"], cash["change"]) == (money(4_000), money(1_000))
    card = body_of(desk.post("/card-payments", desk.card(**body)), 201)["payment"]
    assert card["amount"] == money(6_000)
    assert body_of(desk.post("/payments", desk.transfer(**body)), 201)["amount"] == money(6_000)
    refused = desk.post("/payments", desk.transfer(**body))
    assert (refused.status_code, code_of(refused)) == (409, "nothing-due")


def test_the_next_instalment_is_of_the_patients_own_open_invoice(desk: Desk) -> None:
    body = {"amount": None, "next_instalment": True}
    for changes, code in (
        ({"invoice_id": planned(desk), "patient_id": "pat-78"}, "invoice-of-another-patient"),
        ({"invoice_id": "inv-of-nobody"}, "invoice-unknown"),
        ({"invoice_id": desk.known_invoice("draft")}, "invoice-not-finalized"),
        ({}, "invalid-request"),
        ({"invoice_id": planned(desk), "amount": money(1)}, "invalid-request"),
    ):
        assert code_of(desk.post("/payments", desk.transfer(**body | changes))) == code


def test_a_split_invoice_takes_of_each_payer_no_more_than_their_part(desk: Desk) -> None:
    split = {
        "payer_id": "aok",
        "rule": "by hand",
        "insurer_part": money(8_000),
        "patient_part": money(2_000),
        "insurer_paid": money(0),
        "patient_paid": money(0),
    }
    invoice_id = desk.known_invoice(insurance=split)
    assert code_of(desk.post("/payments", desk.transfer(2_001, invoice_id=invoice_id))) == "more-than-due"
    body_of(desk.post("/payments", desk.transfer(2_000, invoice_id=invoice_id)), 201)
    body_of(desk.post("/payments", desk.transfer(8_000, invoice_id=invoice_id, part="insurer")), 201)
    assert code_of(desk.post("/payments", desk.transfer(1, invoice_id=invoice_id))) == "more-than-due"
