"""Discount policies of clinics."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from contracts.invoicing import DiscountKind
from contracts.money import Money
from contracts.values import Id, Text
from invoicing.api.schemas.common import Body, ReasonedBody, ShortRate
from invoicing.domain.discounts.policy import DiscountPolicy

_POLICY = TypeAdapter(DiscountPolicy)


Name = Annotated[Text, Field(min_length=1, max_length=100)]


class PlanBody(Body):
    """A plan of a payer, a plan of that name of any payer, or all plans of a payer."""

    payer_id: Id | None = None
    plan: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.payer_id is None and self.plan is None:
            raise ValueError("a payer or a plan")
        return self


class NamedDiscountBody(Body):
    """A discount of the policy: `rate` per cent, or a fixed `amount`, of a line or of the invoice.

    `given`: `by-hand` by a person, or automatically to `everybody`, to patients of the `plans`, to members of a
    `family` of at least `family_size`, for `prompt-payment` within `days` of the issue. It fits lines with one of the
    `codes` (all without any) that were performed from `valid_from` to `valid_until`.
    """

    discount_id: Id
    name: Name
    kind: DiscountKind
    given: Literal["by-hand", "everybody", "plan", "family", "prompt-payment"]
    scope: Literal["line", "invoice"] = "line"
    rate: ShortRate | None = None
    amount: Money | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    codes: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    plans: Annotated[tuple[PlanBody, ...], Field(max_length=200)] = ()
    stackable: bool = True
    family_size: Annotated[int, Field(ge=2, le=20)] = 2
    days: Annotated[int, Field(ge=0, le=365)] | None = None


class RoleLimitBody(Body):
    """What a role may grant alone: `rate` per cent of what is reduced, `amount` on one invoice; null is no limit."""

    role: Literal["front_desk", "billing_manager"]
    rate: ShortRate | None = None
    amount: Money | None = None


class DiscountPolicyBody(ReasonedBody):
    """A clinic's discount policy, whole."""

    discounts: Annotated[tuple[NamedDiscountBody, ...], Field(max_length=200)] = ()
    limits: Annotated[tuple[RoleLimitBody, ...], Field(max_length=2)] = ()

    def policy(self, clinic_id: str) -> DiscountPolicy:
        """The domain's policy; its version is set when it is stored."""
        return _POLICY.validate_python({**self.model_dump(), "clinic_id": clinic_id, "version": 0})


class DiscountPolicyView(DiscountPolicyBody):
    """The policy as stored."""

    clinic_id: Id
    version: int

    @classmethod
    def of(cls, policy: DiscountPolicy) -> Self:
        """As it was put, with its version."""
        return cls.model_validate(asdict(policy))
