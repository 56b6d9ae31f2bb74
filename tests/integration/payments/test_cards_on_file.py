"""A card on file: kept with consent, charged for instalments on the clinic's days, given up, and taken back."""

import json
from datetime import date
from typing import Any
from uuid import uuid4

import holidays
import pytest

from tests.integration.payments.conftest import Settings
from tests.integration.payments.desk import Desk, body_of, code_of, money
from tests.integration.payments.instalments import CONSENT, TODAY, Plan
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker

TRIES_AGAIN, GIVES_UP = "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"


@pytest.fixture
def plan(desk: Desk, settings: Settings) -> Plan:
    return Plan(desk, settings)


def test_a_card_is_kept_with_the_consent_and_without_its_number(plan: Plan) -> None:
    card = plan.keep()
    assert card["details"] == {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034}
    consent = card["consent"]
    assert {name: consent[name] for name in CONSENT} == CONSENT
    assert (consent["recorded_by"]["role"], card["revoked_at"]) == ("front_desk", None)
    shown = body_of(plan.desk.get("/cards-on-file", clinic_id=plan.desk.clinic, patient_id="pat-77"), 200)
    assert shown["items"] == [card]
    history = body_of(plan.desk.get(f"/cards-on-file/{card['card_id']}/revisions"), 200)["items"]
    assert [revision["version"] for revision in history] == [1, 2, 3]
    verified = body_of(plan.desk.manager.get(f"/clinics/{plan.desk.clinic}/revisions/verification"), 200)
    assert (verified["findings"], verified["documents"] > 0) == ([], True)


def test_a_patient_far_away_keeps_their_card_on_stripes_page(plan: Plan) -> None:
    link = {"success_url": "https://clinic.example/kept"}
    started = body_of(plan.desk.post("/cards-on-file", plan.body(link=link)), 201)
    assert started["client_secret"] is None
    typed = {"number": "4000 0025 0000 3155", "name": "Łucja Øster"}
    asked = plan.desk.stripe.http.post(started["url"], data=typed, headers={"Accept": "text/html"})
    plan.desk.stripe.http.post(asked.headers["location"]).raise_for_status()
    assert plan.until_card(started["card"]["card_id"], "active")["details"]["last4"] == "3155"


def test_an_instalment_is_announced_and_charged_on_its_day(plan: Plan) -> None:
    card, invoice_id = plan.keep(), plan.invoice()
    charge = plan.announced()
    assert (charge["status"], charge["instalment"], charge["amount"]) == ("announced", 1, money(4_000))
    assert (charge["due_on"], date.fromisoformat(charge["charge_on"]) > TODAY) == (str(TODAY), True)
    assert plan.payments() == []
    plan.let_day_come(charge["charge_id"])
    paid = plan.until_charge(charge["charge_id"], "paid")
    payment = plan.desk.read(paid["payment_id"])
    assert (payment["status"], payment["settled"], payment["invoice_id"]) == ("settled", money(4_000), invoice_id)
    assert payment["receipt_number"]
    [intent] = plan.desk.stripe.intents_of(payment["payment_id"])
    [stripe_charge] = plan.desk.stripe.charges_of(intent["id"])
    assert (stripe_charge["amount"], stripe_charge["customer"]) == (4_000, intent["customer"])
    assert plan.published(charge) == [("card-charge-announced", "announced")]
    assert paid["card_id"] == card["card_id"]
    assert plan.payments() == [payment]


def test_only_what_is_still_open_is_charged(plan: Plan) -> None:
    plan.keep()
    invoice_id = plan.invoice()
    charge = plan.announced()
    body_of(plan.desk.post("/payments", plan.desk.transfer(1_500, invoice_id=invoice_id)), 201)
    plan.let_day_come(charge["charge_id"])
    assert plan.until_charge(charge["charge_id"], "paid")["amount"] == money(2_500)
    assert [payment["amount"] for payment in plan.payments()] == [money(2_500)]


def test_what_was_paid_otherwise_is_not_charged(plan: Plan) -> None:
    plan.keep()
    invoice_id = plan.invoice()
    charge = plan.announced()
    body_of(plan.desk.post("/payments", plan.desk.transfer(4_000, invoice_id=invoice_id)), 201)
    plan.let_day_come(charge["charge_id"])
    assert plan.until_charge(charge["charge_id"], "dropped")["attempts"] == 0
    assert plan.payments() == []


def test_a_payment_on_its_way_is_waited_for(plan: Plan) -> None:
    plan.keep()
    invoice_id = plan.invoice()
    charge = plan.announced()
    started = plan.desk.charge(4_000, invoice_id=invoice_id)
    plan.let_day_come(charge["charge_id"])
    plan.desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    plan.desk.until_status(started["payment"]["payment_id"], "settled")
    plan.let_day_come(charge["charge_id"])
    plan.until_charge(charge["charge_id"], "dropped")
    assert len(plan.payments()) == 1


def test_a_declined_card_is_tried_again_on_set_days_and_then_given_up(plan: Plan) -> None:
    body_of(plan.desk.manager.put(plan.desk.settings_path, {"retry_days": [2, 9]}), 200)
    plan.keep(TRIES_AGAIN)
    plan.invoice()
    charge = plan.announced()
    first_on = date.fromisoformat(charge["charge_on"])
    for attempt, wait in ((1, 2), (2, 9)):
        plan.let_day_come(charge["charge_id"])
        waits = plan.until_charge(charge["charge_id"], "waiting", attempt)
        assert (date.fromisoformat(waits["charge_on"]) - first_on).days == wait
        assert waits["failure"]["code"] == "card-declined"
    plan.let_day_come(charge["charge_id"])
    over = plan.until_charge(charge["charge_id"], "given_up", 3)
    assert [payment["status"] for payment in plan.payments()] == ["failed"] * 3
    assert [len(plan.desk.stripe.intents_of(p["payment_id"])) for p in plan.payments()] == [1, 1, 1]
    assert plan.published(over) == [
        ("card-charge-announced", "announced"),
        ("card-charge-failed", "given_up"),
    ]


def test_what_another_day_will_not_change_is_given_up_at_once(plan: Plan) -> None:
    plan.keep(GIVES_UP)
    plan.invoice()
    charge = plan.announced()
    plan.let_day_come(charge["charge_id"])
    over = plan.until_charge(charge["charge_id"], "given_up", 1)
    assert over["failure"]["code"] == "authentication-failed"
    assert ("card-charge-failed", "given_up") in plan.published(over)


def test_consent_that_was_taken_back_ends_everything(plan: Plan) -> None:
    started = body_of(plan.desk.post("/cards-on-file", plan.body()), 201)
    plan.desk.stripe.enter_kept_card(started["client_secret"])
    card = plan.until_card(started["card"]["card_id"], "active")
    plan.invoice()
    charge = plan.announced()
    path, headers = f"/cards-on-file/{card['card_id']}", plan.desk.authorization()
    revoked = plan.desk.http.delete(path, params={"reason": "asked by phone"}, headers=headers).json()
    assert (revoked["status"], revoked["revoked_at"] is not None) == ("revoked", True)
    assert plan.desk.http.delete(path, headers=headers).json()["version"] == revoked["version"]
    plan.let_day_come(charge["charge_id"])
    plan.until_charge(charge["charge_id"], "dropped")
    method_id = plan.desk.stripe.setup(started["client_secret"])["payment_method"]
    until(lambda: plan.desk.stripe.payment_method(method_id)["customer"], lambda customer: customer is None)
    assert plan.payments() == []
    reasons = [revision["reason"] for revision in body_of(plan.desk.get(f"{path}/revisions"), 200)["items"]]
    assert "asked by phone" in reasons


def test_a_new_card_takes_the_place_of_the_old_one(plan: Plan) -> None:
    plan.keep()
    plan.invoice()
    old = plan.announced()
    card = plan.keep("pm_card_mastercard")
    [new] = until(lambda: [c for c in plan.charges() if c["card_id"] == card["card_id"]], bool)
    for charge, becomes in ((old, "dropped"), (new, "paid")):
        plan.let_day_come(charge["charge_id"])
        plan.until_charge(charge["charge_id"], becomes)
    [payment] = plan.payments()
    [intent] = plan.desk.stripe.intents_of(payment["payment_id"])
    [charged] = plan.desk.stripe.charges_of(intent["id"])
    assert charged["payment_method_details"]["card"]["last4"] == card["details"]["last4"] == "4444"


def test_consent_taken_back_before_a_card_was_entered_leaves_no_card_at_stripe(plan: Plan) -> None:
    started = body_of(plan.desk.post("/cards-on-file", plan.body()), 201)
    plan.desk.http.delete(
        f"/cards-on-file/{started['card']['card_id']}", headers=plan.desk.authorization()
    ).raise_for_status()
    until(lambda: plan.desk.stripe.setup(started["client_secret"])["status"], lambda status: status == "canceled")


def test_a_card_is_charged_on_working_days_of_the_clinic(plan: Plan) -> None:
    calendar = {"time_zone": "Europe/Berlin", "country": "DE", "subdivision": "BE"}
    body_of(plan.desk.manager.put(plan.desk.settings_path, {"calendar": calendar}), 200)
    plan.keep()
    plan.invoice()
    charge_on = date.fromisoformat(plan.announced()["charge_on"])
    assert holidays.country_holidays("DE", subdiv="BE").is_working_day(charge_on)


def test_the_same_request_keeps_one_card(plan: Plan) -> None:
    key = uuid4().hex
    first, again = [body_of(plan.desk.post("/cards-on-file", plan.body(), key), 201) for _ in range(2)]
    assert first == again


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "4242424242424242"}, "/number"),
        ({"consent": {**CONSENT, "text_version": " "}}, "/consent/text_version"),
        ({"consent": None}, "/consent"),
        ({"link": {"success_url": "javascript:alert(1)"}}, "/link/success_url"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_naming_the_field(plan: Plan, change: Any, field: str) -> None:
    refused = plan.desk.post("/cards-on-file", plan.body(**change))
    assert (refused.status_code, refused.json()["field"]) == (422, field)


def test_only_the_clinics_own_desk_keeps_and_sees_cards(plan: Plan) -> None:
    card = body_of(plan.desk.post("/cards-on-file", plan.body()), 201)["card"]
    path = f"/cards-on-file/{card['card_id']}"
    stranger = plan.desk.as_("front_desk", "clinic-of-others")
    assert [stranger.get(path).status_code, stranger.post("/cards-on-file", plan.body()).status_code] == [404, 404]
    assert stranger.http.delete(path, headers=stranger.authorization()).status_code == 404
    auditor = plan.desk.as_("auditor")
    assert auditor.get(path).status_code == 200
    assert code_of(auditor.post("/cards-on-file", plan.body())) == "role-missing"
    assert auditor.http.delete(path, headers=auditor.authorization()).status_code == 403


def by_card_on_file(card_id: str, agreed: str = "in_person") -> dict[str, Any]:
    return {"card_on_file": {"card_id": card_id, "agreed": agreed}}


@pytest.mark.parametrize("agreed", ["in_person", "by_phone"])
def test_a_card_on_file_pays_an_invoice_at_the_desk_at_once(plan: Plan, agreed: str) -> None:
    desk, card = plan.desk, plan.keep()
    invoice_id = desk.known_invoice(due=5_000)
    key, body = uuid4().hex, desk.card(5_000, invoice_id=invoice_id, **by_card_on_file(card["card_id"], agreed))
    paid = body_of(desk.post("/card-payments", body, key), 201)["payment"]
    assert (paid["status"], paid["settled"], paid["taken_by"]["role"]) == ("settled", money(5_000), "front_desk")
    assert desk.published(paid["payment_id"], paid["version"])[0][0] == "payment-received"
    assert body_of(desk.post("/card-payments", body, key), 201)["payment"]["payment_id"] == paid["payment_id"]
    [intent] = desk.stripe.intents_of(paid["payment_id"])
    assert [charge["amount"] for charge in desk.stripe.charges_of(intent["id"])] == [5_000]
    history = body_of(desk.get(f"/payments/{paid['payment_id']}/revisions"), 200)["items"]
    assert f'"agreed": "{agreed}"' in json.dumps(history), "who asks later finds how the patient agreed"


def test_the_next_instalment_is_paid_by_the_card_on_file_and_is_not_charged_again(plan: Plan) -> None:
    desk, card, invoice_id = plan.desk, plan.keep(), plan.invoice()
    charge = plan.announced()
    body = desk.card(amount=None, next_instalment=True, invoice_id=invoice_id, **by_card_on_file(card["card_id"]))
    paid = body_of(desk.post("/card-payments", body), 201)["payment"]
    assert (paid["status"], paid["amount"]) == ("settled", money(4_000))
    plan.let_day_come(charge["charge_id"])
    plan.until_charge(charge["charge_id"], "dropped")
    assert [payment["payment_id"] for payment in plan.payments()] == [paid["payment_id"]]


def test_a_card_on_file_that_is_declined_says_so_at_once_and_another_one_may_be_entered(plan: Plan) -> None:
    card = plan.keep(TRIES_AGAIN)
    answer = body_of(plan.desk.post("/card-payments", plan.desk.card(**by_card_on_file(card["card_id"]))), 201)
    assert (answer["payment"]["status"], answer["payment"]["failure"]["code"]) == ("failed", "card-declined")
    plan.desk.stripe.enter_card(answer["client_secret"]).raise_for_status()
    settled = plan.desk.until_status(answer["payment"]["payment_id"], "settled")
    assert [payment["payment_id"] for payment in plan.payments()] == [settled["payment_id"]]


def test_only_an_active_card_of_the_patient_is_charged_at_the_desk(plan: Plan) -> None:
    desk, card = plan.desk, plan.keep()
    pending = body_of(desk.post("/cards-on-file", plan.body()), 201)["card"]
    stranger = desk.of("clinic-elsewhere")
    page = {"checkout": {"success_url": "https://clinic.example/thanks"}}
    of_card, unknown = by_card_on_file(card["card_id"]), "/card_on_file/card_id"
    for asking, changes, status, code, field in (
        (desk, by_card_on_file("crd-none"), 422, "card-unknown", unknown),
        (desk, {**of_card, "patient_id": "pat-78"}, 422, "card-unknown", unknown),
        (stranger, of_card, 422, "card-unknown", unknown),
        (desk, by_card_on_file(pending["card_id"]), 409, "card-not-active", unknown),
        (desk, {**of_card, **page}, 422, "invalid-request", "/card_on_file"),
        (desk, by_card_on_file(card["card_id"], "by nobody"), 422, "invalid-request", "/card_on_file/agreed"),
    ):
        refused = asking.post("/card-payments", asking.card(**changes))
        assert (refused.status_code, code_of(refused), refused.json()["field"]) == (status, code, field)
    revoked = desk.http.delete(f"/cards-on-file/{card['card_id']}", headers=desk.authorization())
    assert revoked.status_code == 200
    assert code_of(desk.post("/card-payments", desk.card(**of_card))) == "card-not-active"
    assert plan.payments() == []
