"""Stripe's published test cards: by number, by payment method (`pm_card_…`) and by token (`tok_…`)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    code: str
    decline_code: str
    message: str
    param: str | None = None


INQUIRY = "inquiry"


@dataclass(frozen=True)
class TestCard:
    """`authentication`: its owner is asked each time; `_once`: until they were asked for later payments.
    `good_at_setup`: declined only when charged. `dispute`: what its bank opens once it paid: a reason, or INQUIRY."""

    number: str
    decline: Decline | None = None
    authentication: bool = False
    authentication_once: bool = False
    good_at_setup: bool = False
    refund_settles_later: bool = False
    dispute: str | None = None

    @property
    def refuses_setup(self) -> Decline | None:
        """What the bank says when the card is to be kept."""
        return None if self.good_at_setup else self.decline

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def brand(self) -> str:
        return {"3": "amex", "5": "mastercard"}.get(self.number[0], "visa")


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", decline_code, message)


_EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.", "exp_month")
_WRONG_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "cvc")
_PROCESSING = Decline(
    "processing_error", "processing_error", "An error occurred while processing your card. Try again in a little bit."
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)

_CARDS = {
    "visa": TestCard("4242424242424242"),
    "debit": TestCard("4000056655665556"),
    "mastercard": TestCard("5555555555554444"),
    "amex": TestCard("378282246310005"),
    "chargeDeclined": TestCard("4000000000000002", _declined("generic_decline")),
    "chargeDeclinedInsufficientFunds": TestCard(
        "4000000000009995", _declined("insufficient_funds", "Your card has insufficient funds.")
    ),
    "chargeDeclinedLostCard": TestCard("4000000000009987", _declined("lost_card")),
    "chargeDeclinedStolenCard": TestCard("4000000000009979", _declined("stolen_card")),
    "chargeDeclinedExpiredCard": TestCard("4000000000000069", _EXPIRED),
    "chargeDeclinedIncorrectCvc": TestCard("4000000000000127", _WRONG_CVC),
    "chargeDeclinedProcessingError": TestCard("4000000000000119", _PROCESSING),
    "threeDSecure2Required": TestCard("4000000000003220", authentication=True),
    "threeDSecureRequired": TestCard("4000000000003063", authentication=True),
    "authenticationRequired": TestCard("4000002760003184", authentication=True),
    "threeDSecureRequiredChargeDeclined": TestCard("4000008400001629", _declined("generic_decline"), True),
    "authenticationRequiredOnSetup": TestCard("4000002500003155", authentication_once=True),
    "authenticationRequiredSetupForOffSession": TestCard("4000003800000446", authentication_once=True),
    "authenticationRequiredChargeDeclinedInsufficientFunds": TestCard(
        "4000008260003178",
        _declined("insufficient_funds", "Your card has insufficient funds."),
        authentication_once=True,
        good_at_setup=True,
    ),
    "chargeCustomerFail": TestCard("4000000000000341", _declined("generic_decline"), good_at_setup=True),
    "pendingRefund": TestCard("4000000000007726", refund_settles_later=True),
    "createDispute": TestCard("4000000000000259", dispute="fraudulent"),
    "createDisputeProductNotReceived": TestCard("4000000000002685", dispute="product_not_received"),
    "createDisputeInquiry": TestCard("4000000000001976", dispute=INQUIRY),
}
_BY_NUMBER = {card.number: card for card in _CARDS.values()}
_BY_LAST4 = {card.last4: card for card in _CARDS.values()}


def by_name(name: str) -> TestCard | None:
    """`pm_card_visa`, `tok_visa`; declines with and without the brand (`pm_card_visa_chargeDeclined`)."""
    for prefix in ("pm_card_", "tok_"):
        if name.startswith(prefix):
            return _CARDS.get(name.removeprefix(prefix).removeprefix("visa_"))
    return None


def by_number(number: str) -> TestCard | None:
    return _BY_NUMBER.get(number.replace(" ", ""))


def by_last4(last4: str) -> TestCard:
    return _BY_LAST4[last4]
