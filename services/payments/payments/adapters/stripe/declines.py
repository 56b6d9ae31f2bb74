"""Why a card did not pay, from Stripe's words to ours."""

from dataclasses import replace
from typing import Any

import stripe

from payments.adapters.stripe.reading import time_of
from payments.domain.cards.declines import DeclineCode
from payments.domain.cards.stripe_snapshot import declined
from payments.domain.intake.payment import Failure

# Stripe: "Decline codes" and "Error codes". What is not here is `card-declined`; so are, on purpose, lost and stolen
# cards and suspected fraud: Stripe says not to tell the customer more than a generic decline.
DECLINES: dict[str, DeclineCode] = {
    "insufficient_funds": "insufficient-funds",
    "withdrawal_count_limit_exceeded": "amount-too-high",
    "card_velocity_exceeded": "amount-too-high",
    "invalid_amount": "amount-too-high",
    "expired_card": "card-expired",
    "incorrect_number": "card-details-wrong",
    "invalid_number": "card-details-wrong",
    "incorrect_cvc": "card-details-wrong",
    "invalid_cvc": "card-details-wrong",
    "invalid_expiry_month": "card-details-wrong",
    "invalid_expiry_year": "card-details-wrong",
    "incorrect_zip": "card-details-wrong",
    "incorrect_address": "card-details-wrong",
    "incorrect_pin": "card-details-wrong",
    "invalid_pin": "card-details-wrong",
    "authentication_required": "authentication-failed",
    "authentication_not_handled": "authentication-failed",
    "mobile_device_authentication_required": "authentication-failed",
    "payment_intent_authentication_failure": "authentication-failed",
    "payment_intent_payment_attempt_expired": "authentication-failed",
    "approve_with_id": "try-again",
    "issuer_not_available": "try-again",
    "processing_error": "try-again",
    "reenter_transaction": "try-again",
    "try_again_later": "try-again",
    "card_not_supported": "card-not-supported",
    "currency_not_supported": "card-not-supported",
    "invalid_account": "card-not-supported",
    "new_account_information_available": "card-not-supported",
    "service_not_allowed": "card-not-supported",
    "transaction_not_allowed": "card-not-supported",
    "testmode_decline": "card-not-supported",
    "duplicate_transaction": "paid-already",
}

# Of these Stripe says that the same card is not to be tried again, though the customer hears nothing in particular.
FINAL = frozenset(
    {
        "do_not_try_again",
        "fraudulent",
        "lost_card",
        "merchant_blacklist",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "stolen_card",
        "stop_payment_order",
    }
)


def decline_of(intent: stripe.PaymentIntent, charge: stripe.Charge | None) -> Failure | None:
    """An attempt is a charge or, when the cardholder's bank was not even asked, the card that was entered."""
    error = intent.last_payment_error
    if intent.status != "requires_payment_method" or error is None:
        return None
    card, charge_id = _detail(error, "payment_method"), _detail(error, "charge")
    moments = [charge.created] if charge is not None and charge.id == charge_id else []
    moments += [card.created] if card else []
    reasons = [_detail(error, name) for name in ("decline_code", "code")]
    code: DeclineCode = next((DECLINES[reason] for reason in reasons if reason in DECLINES), "card-declined")
    failure = declined(code, time_of(max(moments, default=intent.created)), charge_id or (card.id if card else None))
    return replace(failure, final=bool(FINAL & set(reasons)) or _detail(error, "advice_code") == "do_not_try_again")


def _detail(error: stripe.StripeObject, name: str) -> Any:
    """Stripe leaves out what it has nothing to say about."""
    return getattr(error, name, None)
