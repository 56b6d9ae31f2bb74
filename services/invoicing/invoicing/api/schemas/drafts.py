"""What can be changed of a draft."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from contracts.clinical import Procedure
from contracts.invoicing import LineKind
from contracts.values import Id, Quantity, Text
from invoicing.api.schemas.common import Body, ReasonBody
from invoicing.api.schemas.lines import LinePriceBody
from invoicing.domain.drafts.editing import Edits, LineChange, NewLine, Removal, Resolution
from invoicing.domain.invoice.invoice import Invoice

CDT = Procedure.model_fields["system"].default
MAX_REASON_LETTERS = 1000
Short = Annotated[Text, Field(max_length=200)]
Surfaces = Annotated[tuple[Annotated[Text, Field(max_length=20)], ...], Field(max_length=20)]


class NewLineBody(Body):
    """A procedure (of a code system, CDT if it is left out), a material (by SKU and unit), or anything else (manual).

    It is priced by the clinic's lists; a `price` of its own takes a billing manager.
    """

    kind: LineKind
    code: Id
    system: Short | None = None
    unit: Short | None = None
    description: Text = ""
    tooth: Short | None = None
    surfaces: Surfaces = ()
    area: Short | None = None
    quantity: Quantity = "1"
    performed_on: date | None = None
    provider_id: Id | None = None
    price: LinePriceBody | None = None

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
        price, reason = (None, None) if self.price is None else (self.price.price(), self.price.reason)
        return NewLine(
            self.kind, self.code, system, unit, self.description, self.tooth, self.surfaces, self.area, self.quantity,
            self.performed_on, self.provider_id, price, reason,
        )  # fmt: skip


class LineChangeBody(Body):
    """What is left out stays; `tooth`, `area` and `provider_id` may be null."""

    line_id: Id
    code: Id | None = None
    system: Short | None = None
    unit: Short | None = None
    description: Text | None = None
    tooth: Short | None = None
    surfaces: Surfaces | None = None
    area: Short | None = None
    quantity: Quantity | None = None
    performed_on: date | None = None
    provider_id: Id | None = None

    @field_validator(
        "code", "system", "unit", "description", "surfaces", "quantity", "performed_on", mode="before"
    )  # fmt: skip
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
    """A line that is not to be billed. What the session told of stays told, with who left it out and why."""

    line_id: Id


class ResolutionBody(Body):
    """Of a line that both changed: keep what a person made of it, or what the session says now."""

    line_id: Id
    keep: Literal["mine", "session"]


class EditBody(Body):
    """What can be changed on a draft, all of it or nothing; what is left out stays."""

    note: Text | None = None
    due_on: date | None = None
    add: Annotated[tuple[NewLineBody, ...], Field(max_length=200)] = ()
    change: Annotated[tuple[LineChangeBody, ...], Field(max_length=200)] = ()
    remove: Annotated[tuple[RemovalBody, ...], Field(max_length=200)] = ()
    resolve: Annotated[tuple[ResolutionBody, ...], Field(max_length=200)] = ()
    reason: Annotated[Text, Field(min_length=1)] | None = None

    def edits(self, draft: Invoice) -> Edits:
        """As the domain has them."""
        said = self.model_fields_set
        return Edits(
            note=self.note if "note" in said else draft.note,
            due_on=self.due_on if "due_on" in said else draft.due_on,
            add=[one.line() for one in self.add],
            change=[one.change() for one in self.change],
            remove=[Removal(one.line_id, one.reason) for one in self.remove],
            resolve=[Resolution(one.line_id, one.keep) for one in self.resolve],
        )

    def why(self) -> str | None:
        """The reason of the revision: as given, else those of the removals."""
        reasons = dict.fromkeys(one.reason for one in self.remove)
        return self.reason or "; ".join(reasons)[:MAX_REASON_LETTERS] or None
