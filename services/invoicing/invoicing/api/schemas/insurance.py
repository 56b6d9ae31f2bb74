"""Insurers: a clinic's plans, the split of one draft, and what an insurer refuses to pay."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.money import Money
from contracts.values import Id, Minor, Rate, Text
from invoicing.api.schemas.common import Body, Reason, example
from invoicing.domain.insurance.split import WantedSplit
from invoicing.domain.invoice.parties import Coverage
from kernel.money import scaled
from kernel.value import replace


class ShareBody(Body):
    """`rate` per cent of an amount, or a fixed `amount_minor` of it."""

    kind: Literal["percent", "fixed"] = Field(description="`percent` takes a `rate`, `fixed` an `amount_minor`")
    rate: Rate | None = Field(default=None, description="per cent, at most 100")
    amount_minor: Minor | None = Field(default=None, description="at most what is there, in minor units")

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.rate is None) != (self.kind == "fixed") or (self.amount_minor is None) != (self.kind == "percent"):
            raise ValueError("percent has a rate, fixed has amount_minor")
        if self.rate is not None and scaled(self.rate)[0] > 100 * scaled(self.rate)[1]:
            raise ValueError("nobody pays more than 100 per cent")
        return self


class LineCoverBody(Body):
    """The share of the lines with one of the codes; of every line, where none is named."""

    codes: Annotated[tuple[Id, ...], Field(max_length=2_000)] = Field(
        default=(), description="codes of procedures or materials; without any, every line"
    )
    share: ShareBody = Field(description="the insurer's share of such a line")


class InsurancePlanBody(Body):
    """What a payer pays for one plan or (null) for all others: by line, the first that fits, or of the invoice."""

    payer_id: Id = Field(description="the insurer, as the patient's coverage names it")
    plan: Text | None = Field(default=None, description="the plan; null for all of the payer's other plans")
    lines: Annotated[tuple[LineCoverBody, ...], Field(max_length=100)] = Field(
        default=(), description="shares by line: of each line the first one that fits counts"
    )
    invoice: ShareBody | None = Field(default=None, description="instead of `lines`: a share of the whole invoice")
    yearly_maximum_minor: Minor | None = Field(
        default=None,
        description="the most the payer pays for what is done for one patient in a benefit year, in minor units",
    )
    renews_in_month: Annotated[int, Field(ge=1, le=12)] = Field(
        default=1, description="the month in which the benefit year begins; 1: it is the calendar year"
    )

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


class LinePartBody(Body):
    """The insurer's part of one line."""

    line_id: Id = Field(description="a line of the draft")
    insurer_part: Money = Field(description="what the insurer pays of it, VAT included")


class InsurerPartBody(Body):
    """An insurer's part, of the invoice or by line. Without a payer, it is the one of the patient's coverage."""

    insurer_part: Money | None = Field(default=None, description="what the insurer pays of the whole invoice")
    lines: Annotated[tuple[LinePartBody, ...], Field(max_length=2_000)] = Field(
        default=(), description="instead of `insurer_part`: what the insurer pays of each line"
    )
    payer_id: Id | None = Field(default=None, description="the insurer; without one, the coverage's")
    payer_name: Text | None = Field(default=None, description="with a payer: its name")
    plan: Text | None = Field(default=None, description="with a payer: the patient's plan")
    member_id: Text | None = Field(default=None, description="with a payer: the patient's number there")

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


class SplitBody(InsurerPartBody):
    """The insurer's part, and that of a second insurer, who pays some of what the first leaves."""

    model_config = example(
        {"insurer_part": {"amount_minor": 7500, "currency": "EUR"}, "payer_id": "payer-aok", "payer_name": "AOK"}
    )

    secondary: InsurerPartBody | None = Field(
        default=None, description="a second insurer's part; without a payer, it is the second coverage's"
    )

    def wanted(self) -> WantedSplit:
        second = None if self.secondary is None else self.secondary.wanted()
        return replace(super().wanted(), secondary=second)


class RefusalBody(Body):
    """What of their part the insurer does not pay, and why."""

    model_config = example({"amount": {"amount_minor": 2500, "currency": "EUR"}, "reason": "not covered by the plan"})

    amount: Money = Field(description="above zero, and at most what the insurer still owes")
    reason: Reason = Field(description="why; kept with the revision")
    payer_id: Id | None = Field(default=None, description="which insurer; needed where there are two")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.amount.amount_minor <= 0:
            raise ValueError("the amount must be greater than zero")
        return self
