"""A delivery: one document on its way to the patient. The address is in the invoice, and only there."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from kernel.actor import Actor
from kernel.errors import IllegalTransition


@dataclass(frozen=True, slots=True)
class Delivery:
    """queued -> sent | failed"""

    delivery_id: str
    version: int
    clinic_id: str
    invoice_id: str
    document_id: str
    status: Literal["queued", "sent", "failed"]
    requested_at: datetime
    requested_by: Actor
    settled_at: datetime | None = None
    failure: str | None = None


def delivered(delivery: Delivery, at: datetime) -> Delivery:
    """Raises IllegalTransition unless it is queued."""
    return replace(_queued(delivery, "be delivered"), version=delivery.version + 1, status="sent", settled_at=at)


def given_up(delivery: Delivery, failure: str, at: datetime) -> Delivery:
    """Raises IllegalTransition unless it is queued."""
    queued = _queued(delivery, "be given up")
    return replace(queued, version=delivery.version + 1, status="failed", settled_at=at, failure=failure)


def _queued(delivery: Delivery, command: str) -> Delivery:
    if delivery.status != "queued":
        raise IllegalTransition("the delivery", delivery.status, command)
    return delivery
