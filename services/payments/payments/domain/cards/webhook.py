"""An event of Stripe's, and how it is worked off: it only says that there is news, and of what."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

WebhookOutcome = Literal["done", "ignored"]
WebhookStatus = Literal["waiting"] | WebhookOutcome
SubjectKind = Literal["intent", "checkout", "payout"]
FOUND = "found"
"""In place of an event's id and type, where none came."""
LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class NewsSubject:
    """What there may be news of: a PaymentIntent, a Checkout page or a payout, by Stripe's id."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """As it came by webhook, or would have come; `about` is None for one that we have no use for."""

    event_id: str
    type: str
    about: NewsSubject | None
    body: bytes

    @classmethod
    def found(cls, about: NewsSubject) -> "StripeEvent":
        """In place of one that never came."""
        return cls(f"{FOUND}-{about.id}", FOUND, about, b"")


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """An event that waits, after so many attempts."""

    event_id: str
    about: NewsSubject
    attempts: int


def next_attempt_at(now: datetime, attempts: int) -> datetime:
    """Twice as long after each attempt, and never longer than ten minutes."""
    return now + min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_WAIT)
