"""Signed events, and what each is about."""

from typing import Any, TypeGuard

import stripe

from payments.domain.cards.webhook import NewsSubject, StripeEvent, SubjectKind

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
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "checkout.session.completed",
    "checkout.session.expired",
    "payout.paid",
    "payout.failed",
    "payout.reconciliation_completed",
)


def event_of(event: stripe.Event, body: bytes) -> StripeEvent:
    """`body` is what is kept of it. Raises ValueError, AttributeError or RecursionError for an event that is none."""
    if not (_is_name(event.id) and _is_name(event.type)):
        raise ValueError("an event has an id and a type")
    thing = event.data.object.to_dict()
    if event.type not in FOLLOWED:
        return StripeEvent(event.id, event.type, None, body)
    if not _is_name(thing.get("id")):
        raise ValueError("what an event is about has an id")
    return StripeEvent(event.id, event.type, about_of(thing), body)


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


def _about(kind: SubjectKind, id_: object) -> NewsSubject | None:
    return NewsSubject(kind, id_) if _is_name(id_) else None


def _is_name(value: object) -> TypeGuard[str]:
    """Stripe's ids and types are short, and ASCII."""
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isascii() and value.isprintable()
