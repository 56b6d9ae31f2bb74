"""Many drafts finalized at once: which of them, and what became of each."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.invoicing import InvoiceStatus
from contracts.money import Money
from contracts.values import Id, Text
from invoicing.api.schemas.common import Body, example
from invoicing.api.schemas.examples import CLINIC, INVOICE_ID, eur
from invoicing.domain.invoice.invoice import Invoice
from kernel.errors import BusinessError

MOST_AT_ONCE = 200
OTHER_ID = "inv_7f1c0a5be2d94c61a0a3f1f0c6d1b2e4"
MANY_EXAMPLE = {
    "clinic_id": CLINIC,
    "drafts": [{"invoice_id": INVOICE_ID, "version": 1}, {"invoice_id": OTHER_ID, "version": 3}],
}
VERDICTS_EXAMPLE = {
    "finalized": 1,
    "refused": 1,
    "items": [
        {
            "invoice_id": INVOICE_ID,
            "outcome": "finalized",
            "version": 2,
            "status": "finalized",
            "number": "clinic-berlin-2026-000001",
            "due": eur(13214),
            "problem": None,
        },
        {
            "invoice_id": OTHER_ID,
            "outcome": "refused",
            "version": None,
            "status": None,
            "number": None,
            "due": None,
            "problem": {
                "status": 409,
                "code": "unpriced",
                "detail": f"invoice {OTHER_ID} cannot be finalized: unpriced",
            },
        },
    ],
}


class DraftBody(Body):
    """A draft, as the caller read it."""

    invoice_id: Id = Field(description="the draft, `inv_…`")
    version: int = Field(ge=1, description="the version that was read: another one by now is refused")


class FinalizeManyBody(Body):
    """Drafts of one clinic, in the order in which they get their numbers."""

    model_config = example(MANY_EXAMPLE)

    clinic_id: Id = Field(description="the clinic of all of them")
    drafts: Annotated[tuple[DraftBody, ...], Field(min_length=1, max_length=MOST_AT_ONCE)] = Field(
        description=f"which drafts, each once; {MOST_AT_ONCE} at most"
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({draft.invoice_id for draft in self.drafts}) != len(self.drafts):
            raise ValueError("a draft is named twice")
        return self


class RefusalView(BaseModel):
    """Why a draft is a draft still: as the problem document would say it, had it been asked for alone."""

    model_config = ConfigDict(frozen=True)

    status: int = Field(description="the HTTP status that it would have had alone", examples=[409])
    code: str = Field(description="stable and kebab-case", examples=["unpriced"])
    detail: Text = Field(description="what happened, in English, with ids but never with a person's data")


class VerdictView(BaseModel):
    """What became of one draft."""

    model_config = ConfigDict(frozen=True)

    invoice_id: Id = Field(description="the draft")
    outcome: Literal["finalized", "refused"] = Field(description="whether it is an invoice now")
    version: int | None = Field(default=None, description="of the invoice; null where it was refused")
    status: InvoiceStatus | None = Field(
        default=None, description="`finalized`, or `paid` or `no_charge` at once; null where it was refused"
    )
    number: Text | None = Field(default=None, description="of the invoice; null where it was refused")
    due: Money | None = Field(default=None, description="what is left to pay, by all payers; null where it was refused")
    problem: RefusalView | None = Field(default=None, description="why it was refused")

    @classmethod
    def of(cls, invoice_id: str, verdict: Invoice | BusinessError) -> Self:
        if isinstance(verdict, BusinessError):
            problem = RefusalView(status=verdict.status, code=verdict.code, detail=verdict.message)
            return cls(invoice_id=invoice_id, outcome="refused", problem=problem)
        due = verdict.totals.due
        return cls(
            invoice_id=invoice_id,
            outcome="finalized",
            version=verdict.version,
            status=verdict.status,
            number=verdict.number,
            due=Money(amount_minor=due.amount_minor, currency=due.currency),
        )


class VerdictsView(BaseModel):
    """What became of all of them, in the order in which they were named."""

    model_config = ConfigDict(frozen=True)

    finalized: int = Field(description="how many are invoices now")
    refused: int = Field(description="how many are drafts still")
    items: tuple[VerdictView, ...] = Field(description="one for each draft, in the order of the request")

    @classmethod
    def of(cls, items: tuple[VerdictView, ...]) -> Self:
        refused = sum(item.outcome == "refused" for item in items)
        return cls(finalized=len(items) - refused, refused=refused, items=items)
