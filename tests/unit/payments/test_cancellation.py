"""A card payment that is not to be made any more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from payments.domain.cards.cancellation import has_expired, is_canceling, request_cancel
from payments.domain.cards.stripe_snapshot import StripeSnapshot, awaits_news, declined, refuse
from payments.domain.intake.lifecycle import PaymentEvent
from payments.domain.intake.payment import CancelCode, Payment

from kernel.change import Change
from kernel.errors import IllegalTransition
from tests.unit.payments.examples import (
    AT,
    BY_DESK,
    BY_STRIPE,
    STRIPE,
    card_payment,
    cash_payment,
    heard,
    published,
    settled_card_payment,
    snapshot,
)

CANCELED, PAID = snapshot(status="canceled"), snapshot(status="succeeded", succeeded_at=AT)
NO_FUNDS = snapshot(decline=declined("insufficient-funds", AT, "ch_1"))


def asked(payment: Payment, code: CancelCode = "canceled") -> Payment:
    return request_cancel(payment, code, BY_DESK).state


def test_a_wish_to_cancel_is_noted_and_published_when_stripe_has_canceled() -> None:
    outcome = request_cancel(card_payment(), "canceled", BY_DESK)
    assert (outcome.state.status, published(outcome)) == ("pending", ())
    assert outcome.state.cancel_requested_at == AT
    assert is_canceling(outcome.state)
    done = heard(outcome.state, CANCELED)
    assert (done.state.status, published(done)[-1]) == ("canceled", PaymentEvent("failed", done.state, BY_STRIPE))
    assert not is_canceling(done.state)
    assert not awaits_news(done.state)


def test_a_card_that_was_faster_settles_the_payment() -> None:
    settled = heard(asked(card_payment()), PAID).state
    assert (settled.status, settled.failure) == ("settled", None)
    assert not is_canceling(settled)


def test_a_bank_that_declines_meanwhile_leaves_the_wish_standing() -> None:
    assert is_canceling(heard(asked(card_payment()), NO_FUNDS).state)


def test_a_wish_that_is_repeated_changes_nothing() -> None:
    once = asked(card_payment())
    assert request_cancel(once, "expired", Change(AT + timedelta(days=1), STRIPE)).state == once


def test_what_stripe_never_took_is_canceled_at_once() -> None:
    failed = refuse(card_payment(), declined("not-chargeable"), BY_STRIPE).state
    outcome = request_cancel(failed, "canceled", BY_DESK)
    assert (outcome.state.status, published(outcome)) == ("canceled", (PaymentEvent("failed", outcome.state, BY_DESK),))


@pytest.mark.parametrize("decided", [settled_card_payment(), heard(card_payment(), CANCELED).state, cash_payment()])
def test_what_is_decided_is_not_canceled(decided: Payment) -> None:
    with pytest.raises(IllegalTransition):
        request_cancel(decided, "canceled", BY_DESK)


@pytest.mark.parametrize("seen", [snapshot(), NO_FUNDS])
def test_what_nobody_paid_in_time_has_expired(seen: StripeSnapshot) -> None:
    payment, day = heard(card_payment(), seen).state, timedelta(days=1)
    assert not has_expired(payment, payment.received_at + day, day)
    assert has_expired(payment, payment.received_at + day + timedelta(seconds=1), day)
    canceled = heard(asked(payment, "expired"), CANCELED).state
    assert canceled.failure is not None
    assert canceled.failure.code == "expired"


def test_what_was_paid_or_is_being_canceled_does_not_expire() -> None:
    late = AT + timedelta(days=9)
    for payment in (settled_card_payment(), asked(card_payment())):
        assert not has_expired(payment, late, timedelta(days=1))


def test_the_next_step_is_what_stripe_has_last_and_none_once_it_is_decided() -> None:
    entering = heard(card_payment(), snapshot(step="enter_card")).state
    assert (entering.next_step, entering.version) == ("enter_card", 2)
    assert heard(entering, snapshot(step="enter_card")).state == entering
    asking = heard(entering, snapshot(step="authenticate"))
    assert (asking.state.next_step, published(asking)) == ("authenticate", ())
    assert heard(asking.state, PAID).state.next_step is None
    assert heard(asking.state, CANCELED).state.next_step is None
    again = heard(asking.state, replace(NO_FUNDS, step="enter_card")).state
    assert (again.status, again.next_step) == ("failed", "enter_card")
