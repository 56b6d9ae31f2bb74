"""Discount policies of clinics."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from contracts.invoicing import DiscountKind
from contracts.money import Money, MoneyInUse
from contracts.values import Id, ShortRate, Text
from invoicing.api.schemas.common import Body, Json, ReasonedBody, example
from invoicing.domain.discounts.policy import DiscountPolicy

_POLICY = TypeAdapter(DiscountPolicy)
Name = Annotated[Text, Field(min_length=1, max_length=100)]
_EXAMPLE: Json = {
    "discounts": [
        {"discount_id": "staff", "name": "Staff", "kind": "percent", "given": "by-hand", "rate": "20"},
        {
            "discount_id": "skonto",
            "name": "Paid within 7 days",
            "kind": "percent",
            "given": "prompt-payment",
            "scope": "invoice",
            "rate": "2",
            "days": 7,
        },
    ],
    "limits": [
        {"role": "front_desk", "rate": "10", "amount": {"amount_minor": 5000, "currency": "EUR"}},
        {"role": "billing_manager"},
    ],
}


class PlanBody(Body):
    """A plan of a payer, a plan of that name of any payer, or all plans of a payer."""

    payer_id: Id | None = Field(default=None, description="the payer; without one, any")
    plan: Text | None = Field(default=None, description="the plan; without one, all of the payer's")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.payer_id is None and self.plan is None:
            raise ValueError("a payer or a plan")
        return self


class NamedDiscountBody(Body):
    """A discount of the policy: `rate` per cent, or a fixed `amount`, of a line or of the invoice.

    `given`: `by-hand` by a person, or automatically to `everybody`, to patients of the `plans`, to members of a
    `family` of at least `family_size`, for `prompt-payment` within `days` of the issue. It fits lines with one of the
    `codes` (all without any) that were performed from `valid_from` to `valid_until`.
    """

    discount_id: Id = Field(description="once in the policy")
    name: Name = Field(description="as it is printed on the invoice")
    kind: DiscountKind = Field(description="`percent` takes a `rate`, `fixed` an `amount`")
    given: Literal["by-hand", "everybody", "plan", "family", "prompt-payment"] = Field(description="how it is given")
    scope: Literal["line", "invoice"] = Field(default="line", description="what it is taken from")
    rate: ShortRate | None = Field(default=None, description="per cent, above 0 and at most 100")
    amount: MoneyInUse | None = Field(default=None, description="what is taken off, at most what is there")
    valid_from: date | None = Field(default=None, description="for what was performed from this day on")
    valid_until: date | None = Field(default=None, description="for what was performed until this day")
    codes: Annotated[tuple[Id, ...], Field(max_length=200)] = Field(
        default=(), description="only for lines with one of these codes; without any, for all"
    )
    plans: Annotated[tuple[PlanBody, ...], Field(max_length=200)] = Field(
        default=(), description="only for patients with one of these plans"
    )
    stackable: bool = Field(default=True, description="counts together with others; else only the best one counts")
    family_size: Annotated[int, Field(ge=2, le=20)] = Field(default=2, description="least size of the patient's family")
    days: Annotated[int, Field(ge=0, le=365)] | None = Field(
        default=None, description="for `prompt-payment`: to be paid within so many days of the issue"
    )


class RoleLimitBody(Body):
    """What a role may grant alone: `rate` per cent of what is reduced, `amount` on one invoice; null is no limit."""

    role: Literal["front_desk", "billing_manager"] = Field(description="the role; once in the policy")
    rate: ShortRate | None = Field(default=None, description="at most so much per cent of the line or the invoice")
    amount: MoneyInUse | None = Field(default=None, description="at most so much on one invoice")


class DiscountPolicyBody(ReasonedBody):
    """A clinic's discount policy, whole."""

    model_config = example(_EXAMPLE)

    discounts: Annotated[tuple[NamedDiscountBody, ...], Field(max_length=200)] = Field(
        default=(), description="the discounts that there are"
    )
    limits: Annotated[tuple[RoleLimitBody, ...], Field(max_length=2)] = Field(
        default=(),
        description="what each role may grant alone; without one the front desk nothing, and billing managers anything",
    )

    def policy(self, clinic_id: str) -> DiscountPolicy:
        """The domain's policy; its version is set when it is stored."""
        return _POLICY.validate_python({**self.model_dump(), "clinic_id": clinic_id, "version": 0})


class NamedDiscountView(NamedDiscountBody):
    """A discount of the policy as stored, also in a currency that was withdrawn since."""

    amount: Money | None = Field(default=None, description="what is taken off, at most what is there")


class RoleLimitView(RoleLimitBody):
    """A limit as stored, also in a currency that was withdrawn since."""

    amount: Money | None = Field(default=None, description="at most so much on one invoice")


class DiscountPolicyView(DiscountPolicyBody):
    """The policy as stored."""

    model_config = example({**_EXAMPLE, "clinic_id": "clinic-berlin", "version": 2})

    discounts: Annotated[tuple[NamedDiscountView, ...], Field(max_length=200)] = Field(
        default=(), description="the discounts that there are"
    )
    limits: Annotated[tuple[RoleLimitView, ...], Field(max_length=2)] = Field(
        default=(),
        description="what each role may grant alone; without one the front desk nothing, and billing managers anything",
    )
    clinic_id: Id = Field(description="the clinic")
    version: int = Field(description="one more with each change; also the ETag")

    @classmethod
    def of(cls, policy: DiscountPolicy) -> Self:
        """As it was put, with its version."""
        return cls.model_validate(asdict(policy))
