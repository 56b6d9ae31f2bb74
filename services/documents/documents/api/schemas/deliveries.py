"""Deliveries over HTTP."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.config import JsonDict

from contracts.values import Id, LanguageTag
from documents.domain.deliveries.delivery import (
    AttemptOutcome,
    Delivery,
    DeliveryStatus,
    Enclosed,
    Occasion,
    RecipientKind,
    Sendable,
)
from documents.domain.deliveries.reports import Action
from documents.usecases.deliveries.send_invoice import SendInvoice

SEND_EXAMPLE: JsonDict = {"to": "insurer", "documents": ["submission", "invoice"], "language": "de-DE"}
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
    "to": "patient",
    "documents": ["invoice"],
    "occasion": "asked",
    "step": None,
    "attempts": [
        {"at": "2026-11-23T09:00:01Z", "outcome": "taken", "code": 250, "answer": "2.0.0 Ok: queued as 4c9XyT"}
    ],
    "reports": [],
}
WORDS = ("patient", "insurer", "guardian")


class SendBody(BaseModel):
    """To whom, and what goes along. Everything may be left out: the invoice goes to the patient."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [SEND_EXAMPLE]})

    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)] = Field(
        default="patient",
        description="`patient`, `guardian` or `insurer`, as the invoice names them, or an e-mail address",
        examples=["patient", "insurer", "guardian", "office@example.org"],
    )
    payer_id: Id | None = Field(
        default=None, description="which insurer, where the patient has two; the first one unless it is said"
    )
    documents: Annotated[tuple[Sendable, ...], Field(max_length=5)] = Field(
        default=(),
        description="of each kind all there are of the invoice; left out: the invoice, and to an insurer the "
        "submission",
    )
    language: LanguageTag | None = Field(
        default=None, description="BCP 47 tag of the language of the mail; the recipient's unless it is said"
    )
    again: bool = Field(
        default=False, description="sends also what the same recipient got within a day (409 `already-sent`)"
    )

    @field_validator("to")
    @classmethod
    def _is_a_recipient(cls, to: str) -> str:
        if to not in WORDS and "@" not in to:
            raise ValueError(f"is neither one of {', '.join(WORDS)} nor an e-mail address")
        return to

    @field_validator("language")
    @classmethod
    def _is_spoken(cls, language: str | None) -> str | None:
        from documents.adapters.labels import languages  # loaded with the first mail, as all words are

        if language is not None and language.partition("-")[0].lower() not in languages():
            raise ValueError(f"mails are written in {', '.join(sorted(languages()))}")
        return language

    def command(self) -> SendInvoice:
        rest = (self.payer_id, self.documents, self.language, self.again)
        match self.to:
            case "patient" | "insurer" | "guardian":
                return SendInvoice(self.to, None, *rest)
            case address:
                return SendInvoice("address", address, *rest)


class AttemptView(BaseModel):
    """One try to hand the mail over."""

    at: datetime = Field(description="when it began")
    outcome: AttemptOutcome = Field(
        description="`taken` or `refused` by the mail server; `unanswered`: there was none; `open`: it is under way, "
        "or was ended in the middle"
    )
    code: int | None = Field(description="reply code of SMTP; null where nobody answered")
    answer: str | None = Field(description="the server's words, without any address")


class ReportView(BaseModel):
    """What a mail system reported later (RFC 3464)."""

    at: datetime = Field(description="when it was taken in")
    action: Action = Field(description="`failed`: it came back; `delayed`: it may still arrive; else it went on")
    status: str | None = Field(description="enhanced status code (RFC 3463), as `5.1.1`")
    answer: str | None = Field(description="the diagnosis, without any address")


class DeliveryView(BaseModel):
    """A delivery by its ids and state; addresses are not shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SENT]})

    delivery_id: str = Field(description="new for each order to send")
    invoice_id: str = Field(description="the invoice that is sent")
    document_id: str = Field(description="the document that it is sent as")
    clinic_id: str = Field(description="the clinic of the invoice")
    status: DeliveryStatus = Field(
        description="`sent`: the mail server took it; `failed`: it was given up, or came back"
    )
    requested_at: datetime = Field(description="when it was ordered")
    requested_by: str = Field(description="who ordered it: the subject of their token")
    settled_at: datetime | None = Field(description="when it was sent or given up; null while it is queued")
    failure: str | None = Field(description="why it failed: a stable code, without patient data")
    to: RecipientKind = Field(description="whom it goes to; `address`: one that was given with the order")
    documents: list[Enclosed] = Field(description="what goes along, one for each document")
    occasion: Occasion = Field(
        description="`asked`: somebody ordered it; `issued`: by the clinic's setting; `reminder`: it was overdue"
    )
    step: int | None = Field(description="of a reminder, from 1; null for anything else")
    attempts: list[AttemptView] = Field(description="each try, the first one first")
    reports: list[ReportView] = Field(description="what mail systems reported of it since")

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
            to=delivery.to,
            documents=[each.kind for each in delivery.documents],
            occasion=delivery.occasion,
            step=delivery.step,
            attempts=[AttemptView(at=a.at, outcome=a.outcome, code=a.code, answer=a.answer) for a in delivery.attempts],
            reports=[ReportView(at=r.at, action=r.action, status=r.status, answer=r.answer) for r in delivery.reports],
        )
