"""A card payment that is not to be made any more, while no card has paid it."""

from datetime import datetime, timedelta

from kernel.change import Change
from kernel.outcome import Outcome
from payments.domain.cards.stripe_snapshot import declined
from payments.domain.intake.lifecycle import PaymentOutcome, demand, moved, noted
from payments.domain.intake.payment import CancelCode, Cancellation, Payment


def request_cancel(payment: Payment, code: CancelCode, change: Change) -> PaymentOutcome:
    """It is canceled when Stripe has answered; what Stripe never took is canceled at once.

    Raises IllegalTransition for a payment that is decided.
    """
    demand(payment, "cancel")
    if not payment.undecided:
        return moved(payment, "cancel", "failed", change, failure=declined(code))
    if payment.cancellation is not None:
        return Outcome(payment)
    return noted(payment, change, cancellation=Cancellation(code, change.at, change.by))


def is_canceling(payment: Payment) -> bool:
    """Whether Stripe is still to cancel it. A bank that is being asked has to answer first."""
    return payment.undecided and payment.cancellation is not None


def has_expired(payment: Payment, now: datetime, after: timedelta) -> bool:
    """Whether nobody paid it in time."""
    return payment.undecided and payment.cancellation is None and now - payment.received_at > after
