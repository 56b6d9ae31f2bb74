"""Topics in."""

from chassis.messaging.consumer import Subscription
from contracts.clinical import SessionCompleted, SessionCorrected, SessionVoided
from contracts.payments import PaymentDisputed, PaymentFailed, PaymentReceived, PaymentRefunded
from contracts.topics import PAYMENTS, SESSIONS
from invoicing.usecases.drafts.hear_sessions import HearSessions
from invoicing.usecases.receivables.hear_payments import HearPayments


def subscriptions(sessions: HearSessions, payments: HearPayments) -> tuple[Subscription, ...]:
    """What invoicing listens to."""
    return (
        Subscription(SESSIONS, (SessionCompleted, SessionCorrected, SessionVoided), sessions),
        Subscription(PAYMENTS, (PaymentReceived, PaymentFailed, PaymentRefunded, PaymentDisputed), payments),
    )
