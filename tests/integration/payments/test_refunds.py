"""Above a clinic's limit money goes back only when a second person agrees; and it goes back by the way it came."""

import pytest

from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.statements import Moved, camt

pytestmark = pytest.mark.any_broker


def asked(desk: Desk, payment_id: str, amount: int = 4_000, **changes: str) -> str:
    """The id of a refund that waits."""
    body = body_of(desk.manager.refund(payment_id, amount, **changes), 202)
    entry = body["refunds"][-1]
    assert (entry["status"], body["settled"], body["refunded"]) == ("awaiting_approval", body["amount"], money(0))
    id_: str = entry["refund_id"]
    return id_


def paid(desk: Desk, amount: int = 5_000) -> str:
    id_: str = body_of(desk.post("/payments", desk.transfer(amount)), 201)["payment_id"]
    return id_


def refund_in(desk: Desk, payment_id: str) -> Json:
    [entry] = desk.read(payment_id)["refunds"]
    found: Json = entry
    return found


def test_up_to_the_limit_nobody_else_is_asked(desk: Desk) -> None:
    desk.refund_limit(3_000)
    body = body_of(desk.manager.refund(paid(desk), 3_000), 201)
    assert (body["refunds"][0]["status"], body["refunds"][0]["decided_by"]) == ("settled", None)


def test_above_the_limit_it_waits_and_is_reserved_until_another_manager_approves(desk: Desk) -> None:
    desk.refund_limit(3_000)
    payment_id = paid(desk)
    refund_id = asked(desk, payment_id)
    assert code_of(desk.manager.refund(payment_id, 1_001)) == "refund-too-high"
    [listed] = desk.get("/payments", clinic_id=desk.clinic, awaiting_approval=True).json()["items"]
    assert listed["payment_id"] == payment_id
    path = f"/payments/{payment_id}/refunds/{refund_id}"
    refused = desk.manager.post(f"{path}/approve", {})
    assert (refused.status_code, code_of(refused)) == (403, "maker-is-checker")
    assert code_of(desk.manager.post(f"{path}/reject", {"reason": "mistake"})) == "maker-is-checker"
    body = body_of(desk.second_manager.post(f"{path}/approve", {"reason": "seen the x-ray"}), 200)
    [entry] = body["refunds"]
    assert (entry["status"], entry["decision_reason"], body["settled"]) == ("settled", "seen the x-ray", money(1_000))
    assert (entry["refunded_by"]["actor_id"], entry["decided_by"]["actor_id"]) == (
        "usr-billing-manager",
        "usr-second-manager",
    )
    assert desk.get("/payments", clinic_id=desk.clinic, awaiting_approval=True).json()["items"] == []
    assert [kind for kind, _ in desk.published(payment_id, body["version"])] == ["payment-received", "payment-refunded"]
    assert code_of(desk.second_manager.post(f"{path}/reject", {"reason": "late"})) == "illegal-transition"


def test_what_is_rejected_is_free_again(desk: Desk) -> None:
    desk.refund_limit(3_000)
    payment_id = paid(desk)
    path = f"/payments/{payment_id}/refunds/{asked(desk, payment_id)}"
    assert code_of(desk.second_manager.post(f"{path}/reject", {})) == "invalid-request"
    body = body_of(desk.second_manager.post(f"{path}/reject", {"reason": "the crown fits"}), 200)
    assert (body["refunds"][0]["status"], body["refunds"][0]["decision_reason"]) == ("rejected", "the crown fits")
    assert body["settled"] == money(5_000)
    asked(desk, payment_id, 5_000)


def test_stripe_hears_of_a_cards_refund_only_once_it_is_approved(desk: Desk) -> None:
    desk.refund_limit(3_000)
    payment = desk.paid_by_card(5_000)
    payment_id, intent_id = payment["payment_id"], payment["card_payment_intent_id"]
    path = f"/payments/{payment_id}/refunds/{asked(desk, payment_id)}"
    assert desk.stripe.refunds_of(intent_id) == []
    body_of(desk.second_manager.post(f"{path}/approve", {}), 200)
    assert desk.until_status(payment_id, "partly_refunded")["settled"] == money(1_000)
    assert [refund["amount"] for refund in desk.stripe.refunds_of(intent_id)] == [4_000]


def test_cash_comes_out_of_a_register_that_is_open_when_it_is_approved(desk: Desk) -> None:
    desk.refund_limit(3_000)
    desk.open_register("till-1")
    payment_id = body_of(desk.post("/payments", desk.cash(5_000)), 201)["payment_id"]
    path = f"/payments/{payment_id}/refunds/{asked(desk, payment_id, register_id='till-2')}"
    assert code_of(desk.second_manager.post(f"{path}/approve", {})) == "register-not-open"
    assert refund_in(desk, payment_id)["status"] == "awaiting_approval"
    body_of(desk.second_manager.post(f"{path}/approve", {"register_id": "till-1"}), 200)
    assert (refund_in(desk, payment_id)["status"], refund_in(desk, payment_id)["register_id"]) == ("settled", "till-1")


def test_an_approval_that_is_sent_twice_gives_the_money_back_once(desk: Desk) -> None:
    desk.refund_limit(0)
    payment_id = paid(desk)
    path = f"/payments/{payment_id}/refunds/{asked(desk, payment_id)}/approve"
    first, again = (desk.second_manager.post(path, {}, key="approve-1") for _ in range(2))
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert desk.read(payment_id)["refunded"] == money(4_000)


@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_only_a_billing_manager_of_the_clinic_decides(desk: Desk, decide: str) -> None:
    desk.refund_limit(0)
    payment_id = paid(desk)
    path = f"/payments/{payment_id}/refunds/{asked(desk, payment_id)}/{decide}"
    body = {"reason": "because"}
    for role in ("front_desk", "auditor"):
        assert code_of(desk.as_(role).post(path, body)) == "role-missing"
    stranger = desk.as_("billing_manager", "clinic-other").post(path, body)
    assert (stranger.status_code, code_of(stranger)) == (404, "not-found")
    unknown = desk.second_manager.post(f"/payments/{payment_id}/refunds/ref-0/{decide}", body)
    assert (unknown.status_code, code_of(unknown)) == (404, "not-found")


def test_a_transfer_that_was_unmatched_meanwhile_gives_nothing_back(desk: Desk) -> None:
    desk.refund_limit(0)
    body_of(desk.upload(camt([Moved(5_000)])), 201)
    [transaction] = desk.transactions()
    path = f"/bank-transactions/{transaction['transaction_id']}"
    share = {"patient_id": "pat-77", "amount": money(5_000)}
    matched = body_of(desk.post(f"{path}/match", {"shares": [share]}), 200)
    payment_id = matched["decision"]["shares"][0]["payment_id"]
    refund_id = asked(desk, payment_id)
    body_of(desk.manager.post(f"{path}/unmatch", {"reason": "of another patient"}), 200)
    refused = desk.second_manager.post(f"/payments/{payment_id}/refunds/{refund_id}/approve", {})
    assert (refused.status_code, code_of(refused)) == (409, "illegal-transition")
    assert desk.read(payment_id)["status"] == "reversed"
