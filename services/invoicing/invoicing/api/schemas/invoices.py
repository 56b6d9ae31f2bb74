"""What can be changed of a draft."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from contracts.clinical import Procedure
from contracts.invoicing import LineKind
from contracts.values import Factor, Id, Quantity, Text
from invoicing.api.schemas.common import Body, Reason, ReasonBody, example
from invoicing.api.schemas.lines import LinePriceBody
from invoicing.domain.drafts.edits import Edits, LineChange, NewLine, Removal, Resolution
from invoicing.domain.invoice.invoice import Invoice

CDT = Procedure.model_fields["system"].default
MOST_REASON_LETTERS = 1000
Short = Annotated[Text, Field(max_length=200)]
Surfaces = Annotated[tuple[Annotated[Text, Field(max_length=20)], ...], Field(max_length=20)]
DiagnosisIds = Annotated[tuple[Id, ...], Field(max_length=20)]
NEVER_NULL = ("code", "system", "unit", "description", "surfaces", "quantity", "performed_on", "diagnosis_ids")


class NewLineBody(Body):
    """A procedure (of a code system, CDT if it is left out), a material (by SKU and unit), or anything else (manual).

    It is priced by the clinic's lists; a `price` of its own takes a billing manager.
    """

    kind: LineKind = Field(description="what is billed: a procedure, a material, or anything else")
    code: Id = Field(description="the procedure's code, the material's SKU, or any of your own", examples=["D0220"])
    system: Short | None = Field(default=None, description="code system of a procedure; CDT if left out")
    unit: Short | None = Field(default=None, description="what it is counted in; `each` for a material if left out")
    description: Text = Field(default="", description="what the invoice says")
    tooth: Short | None = Field(default=None, description="the tooth, in the clinic's notation", examples=["14"])
    surfaces: Surfaces = Field(default=(), description="surfaces of the tooth", examples=[["M", "O"]])
    area: Short | None = Field(default=None, description="quadrant, arch or other area")
    quantity: Quantity = Field(default="1", description="how much, as a decimal above zero")
    performed_on: date | None = Field(
        default=None, description="when it was done: decides the price; if left out, as the draft's last line, or today"
    )
    provider_id: Id | None = Field(default=None, description="who did it; if left out, the draft's provider")
    diagnosis_ids: DiagnosisIds = Field(default=(), description="the invoice's diagnoses that it was done for")
    factor: Factor | None = Field(default=None, description="what the single fee of the list is multiplied by")
    factor_reason: Text | None = Field(default=None, description="why the factor is above what is usual")
    fee_agreed_on: date | None = Field(default=None, description="when another fee was agreed to in writing")
    price: LinePriceBody | None = Field(default=None, description="a price by hand: for billing managers")

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        if self.system is not None and self.kind != "procedure":
            raise ValueError("only a procedure has a system")
        if self.unit is not None and self.kind == "procedure":
            raise ValueError("a procedure has no unit")
        return self

    def line(self) -> NewLine:
        """As the domain has it."""
        system = (self.system or CDT) if self.kind == "procedure" else None
        unit = (self.unit or "each") if self.kind == "material" else self.unit
        return NewLine(
            self.kind,
            self.code,
            system,
            unit,
            self.description,
            self.tooth,
            self.surfaces,
            self.area,
            self.quantity,
            self.performed_on,
            self.provider_id,
            self.diagnosis_ids,
            self.factor,
            self.factor_reason,
            self.fee_agreed_on,
            price=None if self.price is None else self.price.price(),
            reason=None if self.price is None else self.price.reason,
        )


class LineChangeBody(Body):
    """What is left out stays; `tooth`, `area`, `provider_id`, and what is said of the factor, may be null."""

    line_id: Id = Field(description="a line of the draft")
    code: Id | None = Field(default=None, description="another code, priced anew")
    system: Short | None = Field(default=None, description="another code system; of procedures")
    unit: Short | None = Field(default=None, description="another unit; not of procedures")
    description: Text | None = Field(default=None, description="what the invoice says")
    tooth: Short | None = Field(default=None, description="the tooth; null for none")
    surfaces: Surfaces | None = Field(default=None, description="surfaces of the tooth")
    area: Short | None = Field(default=None, description="quadrant, arch or other area; null for none")
    quantity: Quantity | None = Field(
        default=None, description="how much; less than the session has takes a billing manager"
    )
    performed_on: date | None = Field(default=None, description="when it was done, priced anew")
    provider_id: Id | None = Field(default=None, description="who did it; null for nobody")
    diagnosis_ids: DiagnosisIds | None = Field(default=None, description="the invoice's diagnoses that it was done for")
    factor: Factor | None = Field(default=None, description="what the single fee is multiplied by, priced anew")
    factor_reason: Text | None = Field(default=None, description="why the factor is above what is usual; null for none")
    fee_agreed_on: date | None = Field(default=None, description="when another fee was agreed to; null for none")

    @field_validator(*NEVER_NULL, mode="before")
    @classmethod
    def _there(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("must not be null")
        return value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set - {"line_id"}:
            raise ValueError("says nothing to change")
        return self

    def change(self) -> LineChange:
        """As the domain has it."""
        return LineChange(self.line_id, {name: getattr(self, name) for name in self.model_fields_set - {"line_id"}})


class RemovalBody(ReasonBody):
    """A line that is not to be billed. What the session has of it stays on record, with who left it out and why."""

    model_config = example({"line_id": "procedure:p-2", "reason": "covered by the warranty"})

    line_id: Id = Field(description="a line of the draft; one that the session has takes a billing manager")


class ResolutionBody(Body):
    """Of a line that both changed: keep what a person made of it, or what the session has now."""

    line_id: Id = Field(description="a line that a person changed or removed")
    keep: Literal["mine", "session"] = Field(description="`mine`: what a person made of it; `session`: what it has now")


class EditBody(Body):
    """What can be changed on a draft, all of it or nothing; what is left out stays."""

    model_config = example(
        {
            "note": "Please pay by transfer.",
            "due_on": "2026-12-24",
            "add": [{"kind": "procedure", "code": "D0220", "description": "X-ray", "tooth": "14"}],
            "change": [{"line_id": "procedure:p-1", "tooth": "15"}],
            "reason": "as the dentist said",
        }
    )

    note: Text | None = Field(default=None, description="printed on the invoice; null for none")
    due_on: date | None = Field(default=None, description="when it is due; null: by the clinic's payment terms")
    add: Annotated[tuple[NewLineBody, ...], Field(max_length=200)] = Field(default=(), description="new lines")
    change: Annotated[tuple[LineChangeBody, ...], Field(max_length=200)] = Field(
        default=(), description="lines that are to be otherwise"
    )
    remove: Annotated[tuple[RemovalBody, ...], Field(max_length=200)] = Field(
        default=(), description="lines that are not to be billed"
    )
    resolve: Annotated[tuple[ResolutionBody, ...], Field(max_length=200)] = Field(
        default=(), description="which side counts, of lines that the session and a person changed"
    )
    reason: Reason | None = Field(default=None, description="why; if left out, the reasons of the removals")

    def edits(self, draft: Invoice) -> Edits:
        """As the domain has them."""
        given = self.model_fields_set
        return Edits(
            note=self.note if "note" in given else draft.note,
            due_on=self.due_on if "due_on" in given else draft.due_on,
            add=[body.line() for body in self.add],
            change=[body.change() for body in self.change],
            remove=[Removal(body.line_id, body.reason) for body in self.remove],
            resolve=[Resolution(body.line_id, body.keep) for body in self.resolve],
        )

    def revision_reason(self) -> str | None:
        """The reason of the revision: as given, else those of the removals."""
        reasons = dict.fromkeys(body.reason for body in self.remove)
        return self.reason or "; ".join(reasons)[:MOST_REASON_LETTERS] or None
