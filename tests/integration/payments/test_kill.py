"""`kill -9` of the running service between intent, Stripe's answer and record: one charge, and it is found again."""

from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest

from dev.parts.service import ServicePart
from tests.integration.payments.conftest import Settings
from tests.integration.payments.desk import Desk, Json, body_of, money
from tests.integration.payments.dying import armed, risen, to_be_killed
from tests.integration.payments.instalments import Plan
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker

POINTS = ["payments-after-intent", "payments-after-stripe", "payments-after-record"]
BACK = {"success_url": "https://clinic.example/thanks"}
AT_ONCE = {"CARD_NOTICE_DAYS": "0", "CARD_CHARGE_HOUR": "0"}


@pytest.fixture(scope="module")
def mortal(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServicePart]:
    """One for all tests here: each has a clinic of its own, and kills what the one before has started again."""
    with to_be_killed({**settings, **AT_ONCE}, tmp_path_factory.mktemp("mortal")) as service:
        yield service


def only_payment(desk: Desk) -> Json:
    [payment] = desk.get("/payments").json()["items"]
    found: Json = payment
    return found


@pytest.mark.parametrize("point", POINTS)
def test_a_charge_that_was_cut_off_is_made_once_when_the_desk_asks_again(
    mortal: ServicePart, own_desk: Desk, point: str
) -> None:
    key, body = uuid4().hex, own_desk.card()
    armed(mortal, point)
    with pytest.raises(httpx2.TransportError):
        own_desk.post("/card-payments", body, key)
    risen(mortal)
    started = body_of(own_desk.post("/card-payments", body, key), 201)
    own_desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    settled = own_desk.until_status(started["payment"]["payment_id"], "settled")
    assert only_payment(own_desk) == settled
    [intent] = own_desk.stripe.intents_of(settled["payment_id"])
    assert [charge["status"] for charge in own_desk.stripe.charges_of(intent["id"])] == ["succeeded"]


@pytest.mark.parametrize("point", POINTS[:2])
def test_a_charge_that_was_cut_off_is_found_though_nobody_asks_again(
    mortal: ServicePart, own_desk: Desk, point: str
) -> None:
    armed(mortal, point)
    with pytest.raises(httpx2.TransportError):
        own_desk.post("/card-payments", own_desk.card())
    risen(mortal)
    payment = until(lambda: only_payment(own_desk), lambda p: p["card_payment_intent_id"] is not None)
    [intent] = own_desk.stripe.intents_of(payment["payment_id"])
    assert intent["id"] == payment["card_payment_intent_id"]
    own_desk.stripe.confirm(intent["id"])
    settled = own_desk.until_status(payment["payment_id"], "settled")
    assert own_desk.published(payment["payment_id"], settled["version"]) == [("payment-received", settled)]
    assert len(own_desk.stripe.charges_of(intent["id"])) == 1


@pytest.mark.parametrize("point", POINTS[:2])
def test_a_card_on_file_is_charged_once_though_the_service_dies(
    mortal: ServicePart, own_desk: Desk, point: str
) -> None:
    plan = Plan(own_desk, {})
    armed(mortal, point)
    plan.keep()
    own_desk.publish(own_desk.invoice(instalments=plan.parts(), due=10_000))
    risen(mortal)
    [charge] = until(plan.charges, lambda charges: [c["status"] for c in charges] == ["paid"])
    payment = only_payment(own_desk)
    assert (payment["payment_id"], payment["settled"]) == (charge["payment_id"], money(4_000))
    [intent] = own_desk.stripe.intents_of(payment["payment_id"])
    assert [charge["status"] for charge in own_desk.stripe.charges_of(intent["id"])] == ["succeeded"]
    assert charge["attempts"] == 1


@pytest.mark.parametrize("point", ["cards-after-intent", "cards-after-stripe", "cards-after-record"])
def test_a_card_that_was_cut_off_is_kept_once(mortal: ServicePart, own_desk: Desk, point: str) -> None:
    plan, key = Plan(own_desk, {}), uuid4().hex
    before = len(own_desk.stripe.customers())
    armed(mortal, point)
    with pytest.raises(httpx2.TransportError):
        own_desk.post("/cards-on-file", plan.body(), key)
    risen(mortal)
    kept = body_of(own_desk.post("/cards-on-file", plan.body(), key), 201)
    own_desk.stripe.enter_kept_card(kept["client_secret"])
    plan.until_card(kept["card"]["card_id"], "active")
    assert len(own_desk.get("/cards-on-file").json()["items"]) == 1
    assert len(own_desk.stripe.customers()) == before + 1


@pytest.mark.parametrize("point", ["refunds-after-intent", "refunds-after-stripe"])
def test_a_refund_that_was_cut_off_is_made_once(mortal: ServicePart, own_desk: Desk, point: str) -> None:
    armed(mortal, point)
    payment = own_desk.paid_by_card(5_000)
    path, key = f"/payments/{payment['payment_id']}/refunds", uuid4().hex
    body = {"amount": money(2_000), "reason": "crown not fitted"}
    with pytest.raises(httpx2.TransportError):
        own_desk.manager.post(path, body, key)
    risen(mortal)
    body_of(own_desk.manager.post(path, body, key), 201)
    refunded = own_desk.until_status(payment["payment_id"], "partly_refunded")
    assert refunded["refunded"] == money(2_000)
    assert len(own_desk.stripe.refunds_of(payment["card_payment_intent_id"])) == 1


@pytest.mark.parametrize("point", ["refunds-after-intent", "refunds-after-stripe"])
def test_a_refund_that_was_cut_off_after_its_approval_is_made_once(
    mortal: ServicePart, own_desk: Desk, point: str
) -> None:
    armed(mortal, point)
    own_desk.refund_limit(0)
    payment = own_desk.paid_by_card(5_000)
    asked = body_of(own_desk.manager.refund(payment["payment_id"], 2_000), 202)["refunds"][0]
    path, key = f"/payments/{payment['payment_id']}/refunds/{asked['refund_id']}/approve", uuid4().hex
    with pytest.raises(httpx2.TransportError):
        own_desk.second_manager.post(path, {}, key)
    risen(mortal)
    body_of(own_desk.second_manager.post(path, {}, key), 200)
    refunded = own_desk.until_status(payment["payment_id"], "partly_refunded")
    assert refunded["refunded"] == money(2_000)
    assert len(own_desk.stripe.refunds_of(payment["card_payment_intent_id"])) == 1


@pytest.mark.parametrize("point", POINTS)
def test_a_link_that_was_cut_off_is_made_once_when_the_desk_asks_again(
    mortal: ServicePart, own_desk: Desk, point: str
) -> None:
    key, body = uuid4().hex, own_desk.card(checkout=BACK)
    armed(mortal, point)
    with pytest.raises(httpx2.TransportError):
        own_desk.post("/card-payments", body, key)
    risen(mortal)
    started = body_of(own_desk.post("/card-payments", body, key), 201)
    payment_id = started["payment"]["payment_id"]
    [page] = own_desk.stripe.pages_of(payment_id)
    assert page["url"] == started["checkout"]["url"]
    own_desk.stripe.pay_on_page(page["url"])
    assert only_payment(own_desk)["payment_id"] == own_desk.until_status(payment_id, "settled")["payment_id"]
    [intent] = own_desk.stripe.intents_of(payment_id)
    assert [charge["status"] for charge in own_desk.stripe.charges_of(intent["id"])] == ["succeeded"]


@pytest.mark.parametrize("point", POINTS[:2])
def test_a_link_that_was_cut_off_is_found_though_nobody_asks_again(
    mortal: ServicePart, own_desk: Desk, point: str
) -> None:
    armed(mortal, point)
    with pytest.raises(httpx2.TransportError):
        own_desk.post("/card-payments", own_desk.card(checkout=BACK))
    risen(mortal)
    payment = until(lambda: only_payment(own_desk), lambda p: p["next_step"] == "enter_card")
    [page] = own_desk.stripe.pages_of(payment["payment_id"])
    own_desk.stripe.pay_on_page(page["url"])
    own_desk.until_status(payment["payment_id"], "settled")


@pytest.mark.parametrize("point", ["cancels-after-intent", "cancels-after-stripe", "cancels-after-record"])
@pytest.mark.parametrize("asks_again", [True, False], ids=["asks again", "asks no more"])
def test_a_cancellation_that_was_cut_off_is_done(
    mortal: ServicePart, own_desk: Desk, point: str, asks_again: bool
) -> None:
    armed(mortal, point)
    payment_id, key = own_desk.charge()["payment"]["payment_id"], uuid4().hex
    own_desk.stripe.faults(webhooks="off")
    with pytest.raises(httpx2.TransportError):
        own_desk.cancel(payment_id, key)
    risen(mortal)
    if asks_again:
        assert body_of(own_desk.cancel(payment_id, key), 200)["status"] == "canceled"
    canceled = own_desk.until_status(payment_id, "canceled")
    [intent] = own_desk.stripe.intents_of(payment_id)
    assert intent["status"] == "canceled"
    assert own_desk.published(payment_id, canceled["version"]) == [("payment-failed", canceled)]
