"""What is said to the HTTP API about discounts: a clinic's policy, its families, and what a person grants."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from contracts.invoicing import DiscountKind
from contracts.money import Money
from contracts.values import Id, Rate, Text
from invoicing.api.schemas.common import Body, ReasonBody, ReasonedBody, shortest
from invoicing.domain.discounts.policy import DiscountFamily, DiscountPolicy
from invoicing.domain.drafts.discount_grants import WantedDiscount

_POLICY = TypeAdapter(DiscountPolicy)
Name = Annotated[Text, Field(min_length=1, max_length=100)]
ShortRate = Annotated[Rate, AfterValidator(shortest)]


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


class FamilyBody(ReasonedBody):
    """Patients of a clinic who count as a family; none of them any more for an empty list."""

    patient_ids: Annotated[tuple[Id, ...], Field(max_length=50)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.patient_ids)) < len(self.patient_ids):
            raise ValueError("a patient is there twice")
        return self

    def family(self, clinic_id: str, family_id: str) -> DiscountFamily:
        """The domain's family; its version is set when it is stored."""
        return DiscountFamily(family_id, clinic_id, 0, self.patient_ids)


class FamilyView(FamilyBody):
    """The family as stored."""

    clinic_id: Id
    family_id: Id
    version: int

    @classmethod
    def of(cls, family: DiscountFamily) -> Self:
        """As it was put, with its version."""
        return cls.model_validate(asdict(family))


class GrantBody(ReasonBody):
    """A discount on one line or, without `line_id`, on the whole invoice: one of the policy, or a free one."""

    discount_id: Id | None = None
    name: Name | None = None
    rate: ShortRate | None = None
    amount: Money | None = None
    line_id: Id | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        free = [self.name is not None, (self.rate is not None) != (self.amount is not None)]
        if self.discount_id is None and not all(free):
            raise ValueError("either discount_id, or a name with rate or amount")
        if self.discount_id is not None and (self.name or self.rate or self.amount):
            raise ValueError("a discount of the policy has its own name, rate and amount")
        return self

    def wanted(self) -> WantedDiscount:
        """As the domain has it."""
        return WantedDiscount(self.discount_id, self.name, self.rate, self.amount, self.line_id)
