"""What of a payment event is cash in the drawer."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from cash_register.consumers import cash_of

from contracts.payments import PaymentMethod, PaymentReceived, PaymentRefunded
from contracts.values import ActorRef
from kernel.errors import BusinessError
from kernel.money import Money

DESK = ActorRef(actor_id="usr-desk", name="Front Desk", role="front_desk")
MANAGER = ActorRef(actor_id="usr-manager", role="billing_manager")
TAKEN = "2026-11-20T09:00:00.123456+01:00"
RETURNED = "2026-11-20T16:00:00+01:00"


def payment(**changed: Any) -> dict[str, Any]:
    money = {"amount_minor": 5_000, "currency": "EUR"}
    return {
        "payment_id": "pay_1",
        "clinic_id": "clinic-berlin",
        "patient_id": "pat-77",
        "invoice_id": None,
        "version": 1,
        "method": "cash",
        "status": "settled",
        "currency": "EUR",
        "amount": money,
        "refunded": {**money, "amount_minor": 0},
        "settled": money,
        "register_id": "front",
        "received_at": TAKEN,
        "changed_at": TAKEN,
        "changed_by": DESK,
        **changed,
    }


def refund(**changed: Any) -> dict[str, Any]:
    return {
        "refund_id": "ref_1",
        "amount": {"amount_minor": 2_000, "currency": "EUR"},
        "reason": "paid twice",
        "status": "settled",
        "refunded_at": RETURNED,
        "refunded_by": MANAGER,
        **changed,
    }


def refunded(*refunds: dict[str, Any], **changed: Any) -> PaymentRefunded:
    body = payment(status="partly_refunded", version=2, refunds=refunds, changed_by=MANAGER, **changed)
    return PaymentRefunded.model_validate(body)


def test_a_settled_cash_payment_is_cash_in_at_the_time_it_was_taken() -> None:
    [taken] = cash_of(PaymentReceived.model_validate(payment()))
    assert (taken.kind, taken.amount, taken.payment_id) == ("payment", Money(5_000, "EUR"), "pay_1")
    assert (taken.register_id, taken.by.actor_id) == ("front", "usr-desk")
    assert taken.at == datetime(2026, 11, 20, 8, 0, 0, 123_000, tzinfo=UTC)


def test_a_refunded_payment_is_the_same_cash_in_and_a_refund_out() -> None:
    [taken] = cash_of(PaymentReceived.model_validate(payment()))
    first, second = cash_of(refunded(refund()))
    assert (first.movement_id, first.amount, first.at) == (taken.movement_id, taken.amount, taken.at)
    assert (second.kind, second.amount, second.reason) == ("refund", Money(-2_000, "EUR"), "paid twice")
    assert (second.by.actor_id, second.register_id) == ("usr-manager", "front")


def test_a_refund_comes_out_of_the_register_that_it_names() -> None:
    assert [c.register_id for c in cash_of(refunded(refund(register_id="back")))] == ["front", "back"]


def test_a_refund_that_is_not_settled_moves_no_cash() -> None:
    moved = cash_of(refunded(refund(status="pending"), refund(refund_id="ref_2", status="failed")))
    assert [c.kind for c in moved] == ["payment"]


@pytest.mark.parametrize(
    "changed",
    [{"status": "pending"}, *({"method": method} for method in get_args(PaymentMethod) if method != "cash")],
)
def test_what_is_not_settled_cash_moves_none(changed: dict[str, str]) -> None:
    assert cash_of(PaymentReceived.model_validate(payment(**changed))) == []


def test_cash_for_no_register_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        cash_of(PaymentReceived.model_validate(payment(register_id=None)))
    assert refused.value.code == "register-missing"


@pytest.mark.parametrize("amount_minor", [0, -1, 10**13])
def test_cash_that_no_drawer_can_hold_is_refused(amount_minor: int) -> None:
    amount = {"amount_minor": amount_minor, "currency": "EUR"}
    with pytest.raises(BusinessError) as refused:
        cash_of(PaymentReceived.model_validate(payment(amount=amount)))
    assert refused.value.code == "amount-out-of-range"


def test_what_was_rounded_is_beside_what_moved() -> None:
    paid = {"amount_minor": 5_002, "currency": "EUR"}
    rounding = {"amount_minor": -2, "currency": "EUR"}
    handed = {
        "tendered": {"amount_minor": 6_000, "currency": "EUR"},
        "change": {"amount_minor": 1_000, "currency": "EUR"},
    }
    back = refund(amount={"amount_minor": 2_001, "currency": "EUR"}, rounding={"amount_minor": -1, "currency": "EUR"})
    taken, given = cash_of(refunded(back, amount=paid, rounding=rounding, **handed))
    assert (taken.amount, taken.rounding) == (Money(5_000, "EUR"), Money(-2, "EUR"))
    assert (given.amount, given.rounding) == (Money(-2_000, "EUR"), Money(1, "EUR"))


def test_change_that_leaves_out_what_was_rounded_is_refused() -> None:
    amounts = {
        "rounding": {"amount_minor": -2, "currency": "EUR"},
        "tendered": {"amount_minor": 5_000, "currency": "EUR"},
    }
    with pytest.raises(BusinessError) as refused:
        cash_of(PaymentReceived.model_validate(payment(**amounts)))
    assert refused.value.code == "change-differs"


CHF = {"amount_minor": 5_000, "currency": "CHF"}
EUR = {**CHF, "currency": "EUR"}


@pytest.mark.parametrize(
    "amounts",
    [
        {"tendered": CHF},
        {"tendered": EUR, "change": {**CHF, "amount_minor": 0}},
        {"rounding": {**CHF, "amount_minor": 1}},
        {"refunds": (refund(amount=CHF),)},
        {"refunds": (refund(rounding={**CHF, "amount_minor": 1}),)},
    ],
)
def test_cash_in_two_currencies_is_refused_by_its_reason(amounts: dict[str, Any]) -> None:
    with pytest.raises(BusinessError) as refused:
        cash_of(PaymentReceived.model_validate(payment(**amounts)))
    assert refused.value.code == "currency-differs"
