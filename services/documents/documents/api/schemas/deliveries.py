"""Deliveries over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from documents.domain.deliveries.delivery import Delivery, DeliveryStatus

_SENT: JsonDict = {
    "delivery_id": "dlv_019ab2f4c1d07e5b8a3c4d5e6f708192",
    "invoice_id": "inv_0192f3c1",
    "document_id": "doc_7c1f0a9b3e5d4c2b8f6a1e0d9c8b7a65",
    "clinic_id": "clinic-berlin",
    "status": "sent",
    "requested_at": "2026-11-23T09:00:00Z",
    "requested_by": "usr-3",
    "settled_at": "2026-11-23T09:00:02Z",
    "failure": None,
}


class DeliveryView(BaseModel):
    """A delivery by its ids and state; addresses are not shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SENT]})

    delivery_id: str = Field(description="new for each order to send")
    invoice_id: str = Field(description="the invoice that is sent")
    document_id: str = Field(description="the document that it is sent as")
    clinic_id: str = Field(description="the clinic of the invoice")
    status: DeliveryStatus = Field(description="`sent`: the mail server took it; `failed`: it was given up")
    requested_at: datetime = Field(description="when it was ordered")
    requested_by: str = Field(description="who ordered it: the subject of their token")
    settled_at: datetime | None = Field(description="when it was sent or given up; null while it is queued")
    failure: str | None = Field(description="why it failed: a stable code, without patient data")

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls(
            delivery_id=delivery.delivery_id,
            invoice_id=delivery.invoice_id,
            document_id=delivery.document_id,
            clinic_id=delivery.clinic_id,
            status=delivery.status,
            requested_at=delivery.requested_at,
            requested_by=delivery.requested_by.actor_id,
            settled_at=delivery.settled_at,
            failure=delivery.failure,
        )
