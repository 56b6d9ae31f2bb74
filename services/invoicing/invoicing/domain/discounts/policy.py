"""A clinic's discount policy: which discounts there are, who gets them automatically, what people may grant by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from invoicing.domain.invoice.line import DiscountKind, DiscountScope
from invoicing.domain.invoice.parties import Coverage
from kernel.errors import BusinessError
from kernel.money import Money, scaled
from kernel.outcome import Outcome
from kernel.value import replace

PERCENT: Final = "percent"
FIXED: Final = "fixed"
LINE: Final = "line"
INVOICE: Final = "invoice"
GivenBy = Literal["by-hand", "everybody", "plan", "family", "prompt-payment"]
"""How a discount is given: by a person, or automatically."""
BY_HAND: Final = "by-hand"
EVERYBODY: Final = "everybody"
PLAN: Final = "plan"
FAMILY: Final = "family"
PROMPT: Final = "prompt-payment"
MANAGER = "billing_manager"


@dataclass(frozen=True, slots=True)
class PlanMatch:
    """A plan of a payer, a plan of that name of any payer, or all plans of a payer."""

    payer_id: str | None = None
    plan: str | None = None

    def has(self, cover: Coverage) -> bool:
        """Whether the coverage is one of these."""
        return self.payer_id in (None, cover.payer_id) and self.plan in (None, cover.plan)


@dataclass(frozen=True, slots=True)
class NamedDiscount:
    """One discount: `rate` per cent or a fixed `amount`, of each line that it fits or of the sum of those lines.

    It fits a line by its code and the day on which it was performed; with `plans`, only patients of one of them. One
    that is not `stackable` is never added to another. `family_size`: so many members a family has to have. `days`: how
    long after the issue the reduced amount may be paid.
    """

    discount_id: str
    name: str
    kind: DiscountKind
    given: GivenBy
    scope: DiscountScope = LINE
    rate: str | None = None
    amount: Money | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    codes: tuple[str, ...] = ()
    plans: tuple[PlanMatch, ...] = ()
    stackable: bool = True
    family_size: int = 2
    days: int | None = None

    def is_for(self, cover: Coverage | None) -> bool:
        """Whether a patient with this coverage may have it."""
        return not self.plans or (cover is not None and any(plan.has(cover) for plan in self.plans))


@dataclass(frozen=True, slots=True)
class RoleLimit:
    """What a role may grant alone: `rate` per cent of the line or invoice that it is of, `amount` on one invoice.

    What is not given is no limit.
    """

    role: str
    rate: str | None = None
    amount: Money | None = None


GRANTS_NOTHING = RoleLimit("", "0")
"""Every discount waits for a second person."""


@dataclass(frozen=True, slots=True)
class DiscountPolicy:
    """One version of a clinic's policy."""

    clinic_id: str
    version: int
    discounts: tuple[NamedDiscount, ...] = ()
    limits: tuple[RoleLimit, ...] = ()

    @property
    def asks_families(self) -> bool:
        """Whether it matters of which family a patient is."""
        return any(discount.given == FAMILY for discount in self.discounts)

    def named(self, discount_id: str) -> NamedDiscount | None:
        """The discount with this id."""
        return next((discount for discount in self.discounts if discount.discount_id == discount_id), None)


def limit_of(policy: DiscountPolicy | None, role: str) -> RoleLimit:
    """The limit of a role; without one in the policy a billing manager has none, and others may grant nothing alone."""
    found = next((limit for limit in policy.limits if limit.role == role), None) if policy is not None else None
    return found or (RoleLimit(role) if role == MANAGER else GRANTS_NOTHING)


@dataclass(frozen=True, slots=True)
class DiscountFamily:
    """Patients of one clinic who count as a family."""

    family_id: str
    clinic_id: str
    version: int
    patient_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiscountPolicyChanged:
    policy: DiscountPolicy


@dataclass(frozen=True, slots=True)
class FamilyChanged:
    family: DiscountFamily


def change_policy(
    policy: DiscountPolicy, before: DiscountPolicy | None
) -> Outcome[DiscountPolicy, DiscountPolicyChanged]:
    """The policy under the next version. Raises BusinessError naming the field."""
    changed = replace(check(policy), version=before.version + 1 if before else 1)
    return Outcome(changed, (DiscountPolicyChanged(changed),))


def change_family(
    family: DiscountFamily, before: DiscountFamily | None, of_patients: Iterable[DiscountFamily]
) -> Outcome[DiscountFamily, FamilyChanged]:
    """The family under the next version; `of_patients` are all that have one of its patients.

    Raises BusinessError for a patient who is of another family.
    """
    for other in of_patients:
        if other.family_id != family.family_id:
            raise BusinessError("family-taken", f"a patient is of family {other.family_id}", field="/patient_ids")
    changed = replace(family, version=before.version + 1 if before else 1)
    return Outcome(changed, (FamilyChanged(changed),))


def check(policy: DiscountPolicy) -> DiscountPolicy:
    """The policy itself when it is without contradiction. Raises BusinessError naming the field."""
    seen: set[str] = set()
    for nth, discount in enumerate(policy.discounts):
        if discount.discount_id in seen:
            raise BusinessError("discount-twice", "two discounts have this id", field=f"/discounts/{nth}/discount_id")
        seen.add(discount.discount_id)
        for name, message in _faults(discount):
            raise BusinessError("discount-contradicts", message, field=f"/discounts/{nth}/{name}")
    roles = [limit.role for limit in policy.limits]
    if len(set(roles)) < len(roles):
        raise BusinessError("limit-twice", "a role has two limits", field="/limits")
    return policy


def _faults(discount: NamedDiscount) -> list[tuple[str, str]]:
    """Fields that contradict others."""
    percent = discount.kind == PERCENT
    rate = scaled(discount.rate or "0")
    found = [
        (percent == (discount.rate is None), "rate", "a discount in per cent has a rate, and no other has"),
        (percent != (discount.amount is None), "amount", "a fixed discount has an amount, and no other has"),
        (percent and not 0 < rate[0] <= 100 * rate[1], "rate", "above 0 and at most 100"),
        (discount.amount is not None and discount.amount.amount_minor <= 0, "amount", "must be greater than zero"),
        (discount.given == PLAN and not discount.plans, "plans", "say for which plans it is"),
        (
            (discount.given == PROMPT) != (discount.days is not None),
            "days",
            "prompt payment has days, and no other has",
        ),
        (
            bool(discount.valid_from and discount.valid_until and discount.valid_until < discount.valid_from),
            "valid_until",
            "ends before it begins",
        ),
    ]
    if discount.given == PROMPT:
        found += [
            (not percent or rate[0] >= 100 * rate[1], "kind", "prompt payment is less than 100 per cent"),
            (discount.scope != INVOICE, "scope", "prompt payment is of the invoice"),
            (bool(discount.codes), "codes", "prompt payment is of the whole invoice"),
        ]
    return [(name, message) for wrong, name, message in found if wrong]
