"""What is said to the HTTP API about insurers: a clinic's plans, and the split of one draft."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.money import Money
from contracts.values import Id, Rate, Text
from invoicing.domain.insurance.split import WantedSplit
from invoicing.domain.invoice.parties import Coverage
from kernel.money import scaled

Minor = Annotated[int, Field(ge=0, le=10**12)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShareBody(_Body):
    """`rate` per cent of an amount, or a fixed `amount_minor` of it."""

    kind: Literal["percent", "fixed"]
    rate: Rate | None = None
    amount_minor: Minor | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.rate is None) != (self.kind == "fixed") or (self.amount_minor is None) != (self.kind == "percent"):
            raise ValueError("percent has a rate, fixed has amount_minor")
        if self.rate is not None and scaled(self.rate)[0] > 100 * scaled(self.rate)[1]:
            raise ValueError("nobody pays more than 100 per cent")
        return self


class LineCoverBody(_Body):
    """The share of the lines with one of the codes; of every line, where none is named."""

    codes: Annotated[tuple[Id, ...], Field(max_length=2_000)] = ()
    share: ShareBody


class InsurancePlanBody(_Body):
    """What a payer pays for one plan or (null) for all others: by line, the first that fits, or of the invoice."""

    payer_id: Id
    plan: Text | None = None
    lines: Annotated[tuple[LineCoverBody, ...], Field(max_length=100)] = ()
    invoice: ShareBody | None = None
    yearly_maximum_minor: Minor | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.lines) == (self.invoice is not None):
            raise ValueError("either lines or invoice")
        return self


def each_once(plans: tuple[InsurancePlanBody, ...]) -> tuple[InsurancePlanBody, ...]:
    """Raises ValueError for two that would both fit."""
    if len({(plan.payer_id, plan.plan) for plan in plans}) < len(plans):
        raise ValueError("a plan of a payer is there twice")
    return plans


class LinePartBody(_Body):
    """The insurer's part of one line."""

    line_id: Id
    insurer_part: Money


class SplitBody(_Body):
    """The insurer's part, of the invoice or by line. Without a payer, it is the one of the patient's coverage."""

    insurer_part: Money | None = None
    lines: Annotated[tuple[LinePartBody, ...], Field(max_length=2_000)] = ()
    payer_id: Id | None = None
    payer_name: Text | None = None
    plan: Text | None = None
    member_id: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.lines) == (self.insurer_part is not None):
            raise ValueError("either lines or insurer_part")
        if len({line.line_id for line in self.lines}) < len(self.lines):
            raise ValueError("a line is there twice")
        return self

    def wanted(self) -> WantedSplit:
        """As the domain has it."""
        names = self.payer_name, self.plan, self.member_id, None
        return WantedSplit(
            insurer_part=self.insurer_part,
            lines={line.line_id: line.insurer_part for line in self.lines},
            coverage=None if self.payer_id is None else Coverage(self.payer_id, *names),
        )


class RefusalBody(_Body):
    """What of his part the insurer does not pay, and why."""

    amount: Money
    reason: Annotated[Text, Field(min_length=1)]

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.amount.amount_minor <= 0:
            raise ValueError("the amount must be greater than zero")
        return self
