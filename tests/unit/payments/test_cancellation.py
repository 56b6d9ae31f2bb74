"""A card payment that is not to be made any more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from payments.domain.cards.cancellation import has_expired, is_canceling, request_cancel
from payments.domain.cards.stripe_snapshot import StripeSnapshot, awaits_news, declined, refuse
from payments.domain.intake.lifecycle import PaymentEvent
from payments.domain.intake.payment import CancelCode, Payment

from kernel.errors import IllegalTransition
from tests.unit.payments.examples import (
    AT,
    DESK,
    STRIPE,
    card_payment,
    cash_payment,
    heard,
    settled_card_payment,
    snapshot,
)

CANCELED, PAID = snapshot(status="canceled"), snapshot(status="succeeded", succeeded_at=AT)
NO_FUNDS = snapshot(decline=declined("insufficient-funds", AT, "ch_1"))


def asked(payment: Payment, code: CancelCode = "canceled") -> Payment:
    return request_cancel(payment, code, AT, DESK).payment


def test_a_wish_to_cancel_is_noted_and_told_when_stripe_has_canceled() -> None:
    change = request_cancel(card_payment(), "canceled", AT, DESK)
    assert (change.payment.status, change.events) == ("pending", ())
    assert change.payment.cancel_requested_at == AT
    assert is_canceling(change.payment)
    done = heard(change.payment, CANCELED)
    assert (done.payment.status, done.events[-1]) == ("canceled", PaymentEvent("failed", done.payment))
    assert not is_canceling(done.payment)
    assert not awaits_news(done.payment)


def test_a_card_that_was_faster_settles_the_payment() -> None:
    settled = heard(asked(card_payment()), PAID).payment
    assert (settled.status, settled.failure) == ("settled", None)
    assert not is_canceling(settled)


def test_a_bank_that_declines_meanwhile_leaves_the_wish_standing() -> None:
    assert is_canceling(heard(asked(card_payment()), NO_FUNDS).payment)


def test_a_wish_that_is_repeated_changes_nothing() -> None:
    once = asked(card_payment())
    assert request_cancel(once, "expired", AT + timedelta(days=1), STRIPE).payment == once


def test_what_stripe_never_took_is_canceled_at_once() -> None:
    failed = refuse(card_payment(), declined("not-chargeable"), AT, STRIPE).payment
    change = request_cancel(failed, "canceled", AT, DESK)
    assert (change.payment.status, change.events) == ("canceled", (PaymentEvent("failed", change.payment),))


@pytest.mark.parametrize("decided", [settled_card_payment(), heard(card_payment(), CANCELED).payment, cash_payment()])
def test_what_is_decided_is_not_canceled(decided: Payment) -> None:
    with pytest.raises(IllegalTransition):
        request_cancel(decided, "canceled", AT, DESK)


@pytest.mark.parametrize("said", [snapshot(), NO_FUNDS])
def test_what_nobody_paid_in_time_has_expired(said: StripeSnapshot) -> None:
    payment, day = heard(card_payment(), said).payment, timedelta(days=1)
    assert not has_expired(payment, payment.received_at + day, day)
    assert has_expired(payment, payment.received_at + day + timedelta(seconds=1), day)
    canceled = heard(asked(payment, "expired"), CANCELED).payment
    assert canceled.failure is not None
    assert canceled.failure.code == "expired"


def test_what_was_paid_or_is_being_canceled_does_not_expire() -> None:
    late = AT + timedelta(days=9)
    for payment in (settled_card_payment(), asked(card_payment())):
        assert not has_expired(payment, late, timedelta(days=1))


def test_the_next_step_is_what_stripe_said_last_and_none_once_it_is_decided() -> None:
    entering = heard(card_payment(), snapshot(step="enter_card")).payment
    assert (entering.next_step, entering.version) == ("enter_card", 2)
    assert heard(entering, snapshot(step="enter_card")).payment == entering
    asking = heard(entering, snapshot(step="authenticate"))
    assert (asking.payment.next_step, asking.events) == ("authenticate", ())
    assert heard(asking.payment, PAID).payment.next_step is None
    assert heard(asking.payment, CANCELED).payment.next_step is None
    again = heard(asking.payment, replace(NO_FUNDS, step="enter_card")).payment
    assert (again.status, again.next_step) == ("failed", "enter_card")
