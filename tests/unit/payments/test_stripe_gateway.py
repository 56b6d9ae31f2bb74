"""What Stripe's objects and amounts mean to us."""

from typing import Any

import pytest
import stripe
from payments.domain.payment import Dispute
from payments.stripe_gateway import dispute_of, from_stripe, refund_of, to_stripe

from chassis.kernel.money import Money


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Money(12345, "EUR"), 12345),
        (Money(500, "JPY"), 500),
        (Money(5, "KWD"), 5),
        (Money(500, "ISK"), 50000),
        (Money(7, "UGX"), 700),
        (Money(1200, "MGA"), 12),
    ],
)
def test_amounts_are_written_as_stripe_writes_the_currency(ours: Money, theirs: int) -> None:
    assert to_stripe(ours) == theirs
    assert from_stripe(theirs, ours.currency.lower()) == ours


def test_an_amount_that_stripe_cannot_write_is_none() -> None:
    assert to_stripe(Money(1250, "MGA")) is None


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("warning_needs_response", "inquiry"),
        ("warning_under_review", "inquiry"),
        ("warning_closed", "won"),
        ("needs_response", "open"),
        ("under_review", "open"),
        ("won", "won"),
        ("lost", "lost"),
        ("prevented", "won"),
        ("invented_later", "inquiry"),
    ],
)
def test_a_disputes_status_says_whether_it_takes_the_money(said: str, means: Any) -> None:
    given = {"id": "dp_1", "object": "dispute", "amount": 4200, "currency": "eur", "status": said}
    assert dispute_of(stripe.Dispute.construct_from(given, "sk_test_x")) == Dispute("dp_1", Money(4200, "EUR"), means)


@pytest.mark.parametrize(
    ("said", "means"),
    [("succeeded", "settled"), ("failed", "failed"), ("canceled", "failed"), ("pending", "pending"),
     ("requires_action", "pending"), (None, "pending")],
)  # fmt: skip
def test_a_refunds_status_says_whether_the_money_went_back(said: str | None, means: str) -> None:
    given = {
        "id": "re_1", "object": "refund", "amount": 100, "currency": "eur", "status": said, "created": 1_763_900_000,
        "metadata": {"refund_id": "ref_1"},
    }  # fmt: skip
    seen = refund_of(stripe.Refund.construct_from(given, "sk_test_x"))
    assert (seen.status, seen.refund_id, seen.amount) == (means, "ref_1", Money(100, "EUR"))
