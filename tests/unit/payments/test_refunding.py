"""What may go back, and how."""

import pytest
from payments.domain.card import answer_refund, awaits_news, declined
from payments.domain.lifecycle import Told
from payments.domain.payment import Payment
from payments.domain.refunding import refund

from chassis.kernel.errors import BusinessError, IllegalTransition
from chassis.kernel.money import Money
from tests.unit.payments.examples import (
    AT,
    STRIPE,
    card_payment,
    cash_payment,
    eur,
    refund_command,
    settled_card_payment,
    transfer_payment,
)


def test_part_of_a_transfer_goes_back_at_once() -> None:
    change = refund(transfer_payment(), refund_command(), "ref-1", AT)
    payment = change.payment
    assert (payment.status, payment.refunded, payment.settled) == ("partly_refunded", eur(4000), eur(6000))
    assert change.events == (Told("refunded", payment),)
    assert payment.version == 2


def test_the_rest_goes_back_later() -> None:
    once = refund(transfer_payment(), refund_command(), "ref-1", AT).payment
    twice = refund(once, refund_command(amount=eur(6000)), "ref-2", AT).payment
    assert (twice.status, twice.settled, len(twice.refunds)) == ("refunded", eur(0), 2)


def test_no_more_goes_back_than_what_is_left() -> None:
    once = refund(transfer_payment(), refund_command(), "ref-1", AT).payment
    with pytest.raises(BusinessError) as refused:
        refund(once, refund_command(amount=eur(6001)), "ref-2", AT)
    assert refused.value.code == "refund-too-high"


@pytest.mark.parametrize("payment", [card_payment(), refund(transfer_payment(), refund_command(amount=eur(10000)),
                                                            "ref-1", AT).payment])  # fmt: skip
def test_what_never_came_or_went_back_already_is_not_refunded(payment: Payment) -> None:
    with pytest.raises(IllegalTransition):
        refund(payment, refund_command(), "ref-2", AT)


@pytest.mark.parametrize(
    ("payment", "changes", "code"),
    [
        (cash_payment(), {}, "register-required"),
        (transfer_payment(), {"register_id": "till-1"}, "register-not-used"),
        (transfer_payment(), {"amount": eur(0)}, "amount-not-positive"),
        (transfer_payment(), {"amount": Money(4000, "CHF")}, "currency-differs"),
    ],
)
def test_a_refund_fits_its_payment(payment: Payment, changes: dict[str, object], code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        refund(payment, refund_command(**changes), "ref-1", AT)
    assert refused.value.code == code


def test_a_cards_refund_is_pending_until_stripe_has_answered_and_is_taken_off_what_may_go_back() -> None:
    change = refund(settled_card_payment(), refund_command(), "ref-1", AT)
    payment = change.payment
    assert (payment.status, payment.refunds[0].status) == ("settled", "pending")
    assert (payment.settled, payment.refundable) == (eur(10000), eur(6000))
    assert change.events == ()
    assert awaits_news(payment)


def test_a_refund_that_stripe_does_not_make_leaves_the_money_where_it_is() -> None:
    pending = refund(settled_card_payment(), refund_command(), "ref-1", AT).payment
    change = answer_refund(pending, "ref-1", declined("not-refundable"), AT, STRIPE)
    [entry] = change.payment.refunds
    assert (entry.status, entry.failure) == ("failed", declined("not-refundable"))
    assert (change.payment.refundable, change.events) == (eur(10000), ())
