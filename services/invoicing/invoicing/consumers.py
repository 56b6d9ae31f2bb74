"""Topics in: each batch goes to its use case."""

from chassis.messaging.consumer import Batch, Subscription
from contracts.clinical import SessionCompleted, SessionCorrected, SessionVoided
from contracts.payments import Payment, PaymentDisputed, PaymentFailed, PaymentReceived, PaymentRefunded
from contracts.topics import PAYMENTS, SESSIONS
from invoicing.store import Store
from invoicing.store.pricing import TermsLoader
from invoicing.store.session_log import SessionEvent
from invoicing.usecases.drafts.hear_sessions import CLINICAL_SYSTEM, hear_sessions
from invoicing.usecases.receivables import hear_payments as payments_
from kernel.change import Change
from kernel.clock import Clock


def subscriptions(store: Store, terms: TermsLoader, clock: Clock) -> tuple[Subscription, ...]:
    """What invoicing listens to."""

    async def sessions(batch: Batch[SessionEvent]) -> None:
        await hear_sessions(batch, store, terms, Change(clock(), CLINICAL_SYSTEM))

    async def payments(batch: Batch[Payment]) -> None:
        await payments_.hear_payments(batch, store, Change(clock(), payments_.PAYMENTS))

    return (
        Subscription(SESSIONS, (SessionCompleted, SessionCorrected, SessionVoided), sessions),
        Subscription(PAYMENTS, (PaymentReceived, PaymentFailed, PaymentRefunded, PaymentDisputed), payments),
    )
