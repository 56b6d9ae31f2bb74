"""Refunds by transfer and the debits of a statement: what has left is known, and what has not is shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.payments.desk import Desk, Json, body_of, code_of
from tests.integration.payments.test_bank import REFERENCES, billed, only, payments_of
from tests.parts.patience import until
from tests.parts.statements import Moved, camt

pytestmark = pytest.mark.any_broker

TODAY = datetime.now(UTC).date().isoformat()


def paid(desk: Desk, amount: int = 5_000) -> Json:
    """A payment by a transfer of the bank."""
    billed(desk, amount, reference=REFERENCES[0])
    body_of(desk.upload(camt([Moved(amount, reference=REFERENCES[0], day=TODAY)])), 201)
    return only(payments_of(desk, only(desk.transactions())))


def refunded(desk: Desk, payment: Json, amount: int) -> str:
    body = body_of(desk.manager.refund(payment["payment_id"], amount), 201)
    return str(body["refunds"][-1]["refund_id"])


def book(desk: Desk, *moves: Moved) -> None:
    body_of(desk.upload(camt(moves, opening=500_000, number="2")), 201)


def debits(desk: Desk) -> list[Json]:
    return [t for t in desk.transactions() if not t["credit"]]


def unseen(desk: Desk) -> list[str]:
    items: list[Json] = desk.get("/payments", refund_unseen="true", clinic_id=desk.clinic).json()["items"]
    return [payment["payment_id"] for payment in items]


def sent_back(desk: Desk) -> list[tuple[str, Any]]:
    report = desk.get(f"/clinics/{desk.clinic}/reports/settlement", date=TODAY).json()
    return [(refund["refund_id"], refund["bank_transaction_id"]) for refund in report["sent_back"]]


def test_a_refund_to_who_paid_is_known_to_have_left_and_one_that_has_not_is_shown(desk: Desk) -> None:
    payment = paid(desk)
    gone, waiting = (refunded(desk, payment, amount) for amount in (1_200, 800))
    assert unseen(desk) == [payment["payment_id"]]
    book(desk, Moved(-1_200, "refund", day=TODAY), Moved(-800, "rent", iban=None, day=TODAY))
    by_amount = {t["amount"]["amount_minor"]: t for t in debits(desk)}
    gives = by_amount[1_200]["gives_back"]
    assert (by_amount[1_200]["status"], gives["refund_id"], gives["rule"], gives["score"]) == (
        "refund",
        gone,
        "payer",
        80,
    )
    assert (by_amount[800]["status"], by_amount[800]["gives_back"]) == ("debit", None)
    assert sent_back(desk) == [(gone, by_amount[1_200]["transaction_id"]), (waiting, None)]
    assert unseen(desk) == [payment["payment_id"]]
    [first, _] = desk.read(payment["payment_id"])["refunds"]
    assert first["bank_transaction_id"] == by_amount[1_200]["transaction_id"]
    steps = desk.get(f"/payments/{payment['payment_id']}/revisions").json()["items"]
    assert any(step["reason"] == gives["reason"] for step in steps)


def test_a_refund_that_was_sent_before_it_is_recorded_is_found(desk: Desk) -> None:
    payment = paid(desk)
    book(desk, Moved(-700, f"back {REFERENCES[0]}", iban=None, day=TODAY))
    assert only(debits(desk))["status"] == "debit"
    refund_id = refunded(desk, payment, 700)
    seen = until(lambda: only(debits(desk)), lambda t: t["status"] == "refund")
    assert (seen["gives_back"]["refund_id"], seen["gives_back"]["rule"]) == (refund_id, "reference")
    assert [step["command"] for step in seen["history"]] == ["pass_over", "look_again", "give_back"]
    assert unseen(desk) == []


def test_a_person_says_which_refund_it_is_and_takes_it_back(desk: Desk) -> None:
    payment = paid(desk)
    refund_id = refunded(desk, payment, 900)
    book(desk, Moved(-900, "cash desk", iban=None, day=TODAY), Moved(-901, iban=None, day=TODAY))
    by_amount = {t["amount"]["amount_minor"]: f"/bank-transactions/{t['transaction_id']}" for t in debits(desk)}
    refund = {"payment_id": payment["payment_id"], "refund_id": refund_id}
    refused = desk.post(f"{by_amount[901]}/give-back", refund)
    assert (refused.status_code, code_of(refused), refused.json()["field"]) == (422, "amount-differs", "/refund_id")
    gone = body_of(desk.post(f"{by_amount[900]}/give-back", refund), 200)
    assert (gone["status"], gone["gives_back"]["rule"]) == ("refund", "person")
    assert code_of(desk.post(f"{by_amount[901]}/give-back", refund)) == "refund-not-awaited"
    assert unseen(desk) == []
    assert code_of(desk.post(f"{by_amount[900]}/unmatch", {"reason": "x"})) == "role-missing"
    back = body_of(desk.manager.post(f"{by_amount[900]}/unmatch", {"reason": "the rent"}), 200)
    assert (back["status"], back["gives_back"]) == ("unmatched", None)
    assert unseen(desk) == [payment["payment_id"]]
    other = desk.of("clinic-of-others")
    theirs = body_of(other.post("/payments", other.transfer(900)), 201)
    foreign = {"payment_id": theirs["payment_id"], "refund_id": refund_id}
    assert desk.post(f"{by_amount[900]}/give-back", foreign).status_code == 404
