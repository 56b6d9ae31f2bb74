"""A delivery: one document on its way to the patient. The address is in the invoice, and only there."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Never

from documents.domain.documents.document import Source
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import IllegalTransition
from kernel.outcome import Outcome

DeliveryStatus = Literal["queued", "sent", "failed"]
DeliveryCommand = Literal["be delivered", "be given up"]

TRANSITIONS: dict[tuple[DeliveryStatus, DeliveryCommand], DeliveryStatus] = {
    ("queued", "be delivered"): "sent",
    ("queued", "be given up"): "failed",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery has no events of its own: what became of it, its document tells."""

    delivery_id: str
    version: int
    clinic_id: str
    invoice_id: str
    document_id: str
    status: DeliveryStatus
    requested_at: datetime
    requested_by: Actor
    settled_at: datetime | None = None
    failure: str | None = None


def request_delivery(delivery_id: str, source: Source, change: Change) -> Outcome[Delivery, Never]:
    """The document of the source is to be mailed."""
    return Outcome(
        Delivery(
            delivery_id=delivery_id,
            version=1,
            clinic_id=source.clinic_id,
            invoice_id=source.source_id,
            document_id=source.document_id,
            status="queued",
            requested_at=change.at,
            requested_by=change.by,
        )
    )


def record_delivered(delivery: Delivery, change: Change) -> Outcome[Delivery, Never]:
    """Raises IllegalTransition unless it is queued."""
    status = _next(delivery, "be delivered")
    return Outcome(replace(delivery, version=delivery.version + 1, status=status, settled_at=change.at))


def give_up(delivery: Delivery, failure: str, change: Change) -> Outcome[Delivery, Never]:
    """Raises IllegalTransition unless it is queued."""
    status = _next(delivery, "be given up")
    given_up = replace(delivery, version=delivery.version + 1, status=status, settled_at=change.at, failure=failure)
    return Outcome(given_up)


def _next(delivery: Delivery, command: DeliveryCommand) -> DeliveryStatus:
    status = TRANSITIONS.get((delivery.status, command))
    if status is None:
        raise IllegalTransition("the delivery", delivery.status, command)
    return status
