"""Signed events, and what each is about."""

from dataclasses import dataclass
from typing import Any

import stripe

from payments.usecases.ports import NewsSubject

# Everything else that is signed is kept, and ignored.
FOLLOWED = (
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.requires_action",
    "charge.refunded",
    "charge.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "checkout.session.completed",
    "checkout.session.expired",
    "payout.paid",
    "payout.failed",
    "payout.reconciliation_completed",
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A signed event; `about` is None for one that we have no use for."""

    event_id: str
    type: str
    about: NewsSubject | None


def webhook_of(event: stripe.Event) -> Webhook:
    """Raises ValueError or AttributeError for an event that is none."""
    if not (_is_name(event.id) and _is_name(event.type)):
        raise ValueError("an event has an id and a type")
    about = about_of(event.data.object.to_dict()) if event.type in FOLLOWED else None
    return Webhook(event.id, event.type, about)


def about_of(thing: dict[str, Any]) -> NewsSubject | None:
    """A charge, a refund and a dispute are about their PaymentIntent: it is looked at with all of them."""
    match thing.get("object"):
        case "checkout.session":
            return _about("checkout", thing.get("id"))
        case "payout":
            return _about("payout", thing.get("id"))
        case "payment_intent":
            return _about("intent", thing.get("id"))
        case _:
            return _about("intent", thing.get("payment_intent"))


def _about(kind: Any, id_: Any) -> NewsSubject | None:
    return NewsSubject(kind, id_) if _is_name(id_) else None


def _is_name(value: Any) -> bool:
    """Stripe's ids and types are short, and ASCII."""
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isascii() and value.isprintable()
