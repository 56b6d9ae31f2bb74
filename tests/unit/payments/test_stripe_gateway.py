"""What Stripe's objects and amounts mean to us."""

from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st
from payments.adapters.stripe.amounts import from_stripe, to_stripe
from payments.adapters.stripe.declines import decline_of
from payments.adapters.stripe.reading import dispute_of, refund_of
from payments.domain.intake.payment import Dispute, DisputeStatus

from kernel.currencies import IN_USE
from kernel.money import Money


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Money(12345, "EUR"), 12345),
        (Money(500, "JPY"), 500),
        (Money(5_120, "KWD"), 5_120),
        (Money(99_999, "HUF"), 99_999),
        (Money(500, "ISK"), 50000),
        (Money(7, "UGX"), 700),
        (Money(1200, "MGA"), 12),
    ],
)
def test_amounts_are_written_as_stripe_writes_the_currency(ours: Money, theirs: int) -> None:
    assert to_stripe(ours) == theirs
    assert from_stripe(theirs, ours.currency.lower()) == ours


@pytest.mark.parametrize(
    "amount", [Money(1250, "MGA"), *(Money(5_124, currency) for currency in ("BHD", "JOD", "KWD", "OMR", "TND"))]
)
def test_an_amount_that_stripe_does_not_take_is_none(amount: Money) -> None:
    assert to_stripe(amount) is None


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(IN_USE)))
def test_what_is_written_for_stripe_is_read_as_it_was(amount_minor: int, currency: str) -> None:
    theirs = to_stripe(Money(amount_minor, currency))
    assert theirs is None or from_stripe(theirs, currency.lower()) == Money(amount_minor, currency)


@pytest.mark.parametrize(("theirs", "ours"), [(775, 8), (-775, -8), (749, 7), (-749, -7), (50, 1)])
def test_a_fee_with_a_fraction_that_the_currency_does_not_have_is_rounded_the_same_both_ways(
    theirs: int, ours: int
) -> None:
    assert from_stripe(theirs, "isk") == Money(ours, "ISK")


@pytest.mark.parametrize(
    ("status", "booked", "means", "taken"),
    [
        ("needs_response", [], "open", False),
        ("needs_response", [-4200], "open", True),
        ("appeal_under_review", [-4200], "open", True),
        ("lost", [-4200], "lost", True),
        ("lost", [], "lost", False),
        ("won", [-4200], "won", True),
        ("won", [-4200, 4150], "won", False),
        ("lost", [-4200, 4200, -4200], "lost", True),
        ("prevented", [], "won", False),
        ("prevented", [-4200], "lost", True),
        ("warning_needs_response", [], "inquiry", False),
    ],
)
def test_stripes_balance_says_whether_the_money_is_gone(
    status: str, booked: list[int], means: DisputeStatus, taken: bool
) -> None:
    entries = [{"id": f"txn_{n}", "object": "balance_transaction", "amount": a} for n, a in enumerate(booked)]
    given_ = {"id": "dp_1", "object": "dispute", "amount": 4200, "currency": "eur", "status": status}
    seen = dispute_of(stripe.Dispute.construct_from({**given_, "balance_transactions": entries}, "sk_test_x"))
    assert seen == Dispute("dp_1", Money(4200, "EUR"), means, taken, len(booked))
    assert seen.counts == taken


def test_a_charge_says_what_its_cardholder_saw() -> None:
    shown = {"presentment_amount": 5_500, "presentment_currency": "usd"}
    charge = stripe.Charge.construct_from({"id": "ch_1", "presentment_details": shown}, "sk_test_x")
    given_ = {"id": "dp_1", "object": "dispute", "amount": 4200, "currency": "usd", "status": "needs_response"}
    dispute = stripe.Dispute.construct_from(given_, "sk_test_x")
    assert dispute_of(dispute, charge).charged == Money(5_500, "USD")
    assert dispute_of(dispute, None).charged is None


@pytest.mark.parametrize(
    ("status", "means"),
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
def test_a_disputes_status_says_whether_it_takes_the_money(status: str, means: Any) -> None:
    given = {"id": "dp_1", "object": "dispute", "amount": 4200, "currency": "eur", "status": status}
    assert dispute_of(stripe.Dispute.construct_from(given, "sk_test_x")) == Dispute("dp_1", Money(4200, "EUR"), means)


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("succeeded", "settled"),
        ("failed", "failed"),
        ("canceled", "failed"),
        ("pending", "pending"),
        ("requires_action", "pending"),
        (None, "pending"),
    ],
)
def test_a_refunds_status_says_whether_the_money_went_back(status: str | None, means: str) -> None:
    given = {
        "id": "re_1",
        "object": "refund",
        "amount": 100,
        "currency": "eur",
        "status": status,
        "created": 1_763_900_000,
        "metadata": {"refund_id": "ref_1"},
    }
    seen = refund_of(stripe.Refund.construct_from(given, "sk_test_x"))
    assert (seen.status, seen.refund_id, seen.amount) == (means, "ref_1", Money(100, "EUR"))


# Stripe: "Decline codes". Each is mapped, or is on purpose no more than a card that was declined.
TOLD_NO_MORE = """
    call_issuer do_not_honor do_not_try_again fraudulent generic_decline lost_card merchant_blacklist no_action_taken
    not_permitted pickup_card pin_try_exceeded restricted_card revocation_of_all_authorizations
    revocation_of_authorization security_violation stolen_card stop_payment_order
    offline_pin_required online_or_offline_pin_required
"""
TOLD = """
    approve_with_id authentication_not_handled authentication_required card_not_supported card_velocity_exceeded
    currency_not_supported duplicate_transaction expired_card incorrect_address incorrect_cvc incorrect_number
    incorrect_pin incorrect_zip insufficient_funds invalid_account invalid_amount invalid_cvc invalid_expiry_month
    invalid_expiry_year invalid_number invalid_pin issuer_not_available mobile_device_authentication_required
    new_account_information_available processing_error reenter_transaction service_not_allowed testmode_decline
    transaction_not_allowed try_again_later withdrawal_count_limit_exceeded
"""


@pytest.mark.parametrize("code", (TOLD + TOLD_NO_MORE).split())
def test_every_decline_code_of_stripe_has_words_for_the_desk(code: str) -> None:
    error = {"type": "card_error", "code": "card_declined", "decline_code": code, "charge": "ch_1"}
    given = {"id": "pi_1", "status": "requires_payment_method", "created": 1_763_900_000, "last_payment_error": error}
    decline = decline_of(stripe.PaymentIntent.construct_from(given, "sk_test_x"), None)
    assert decline is not None
    assert (decline.code == "card-declined") == (code in TOLD_NO_MORE.split())
    assert decline.message.endswith(".")


@pytest.mark.parametrize(
    ("answer", "final"),
    [
        ({"decline_code": "lost_card"}, True),
        ({"decline_code": "stolen_card"}, True),
        ({"decline_code": "generic_decline", "advice_code": "do_not_try_again"}, True),
        ({"decline_code": "generic_decline", "advice_code": "try_again_later"}, False),
        ({"decline_code": "insufficient_funds"}, False),
        ({}, False),
    ],
)
def test_a_bank_that_will_not_change_its_mind_is_heard(answer: dict[str, str], final: bool) -> None:
    error = {"type": "card_error", "code": "card_declined", **answer}
    given = {"id": "pi_1", "status": "requires_payment_method", "created": 1, "last_payment_error": error}
    decline = decline_of(stripe.PaymentIntent.construct_from(given, "sk_test_x"), None)
    assert decline is not None
    assert decline.final == final


def test_a_decline_code_that_stripe_invents_later_is_a_declined_card() -> None:
    error = {"type": "card_error", "code": "invented", "decline_code": "later"}
    given = {"id": "pi_1", "status": "requires_payment_method", "created": 1_763_900_000, "last_payment_error": error}
    decline = decline_of(stripe.PaymentIntent.construct_from(given, "sk_test_x"), None)
    assert decline is not None
    assert decline.code == "card-declined"
