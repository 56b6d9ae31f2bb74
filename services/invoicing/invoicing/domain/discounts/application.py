"""What discounts take from the lines of a draft. It follows from the set of them alone, never from an order.

Every discount has its part of each line that it fits, reckoned on the price before any discount, as if it were the
only one; one of the invoice is spread over the lines in proportion. Of each line, either all stackable parts are taken
together, or the greatest one of the others alone: whichever is more. What a person granted freely, without a name of
the policy, comes on top. No line costs less than nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from invoicing.domain.discounts.policy import (
    EVERYBODY,
    FAMILY,
    INVOICE,
    LINE,
    PERCENT,
    PLAN,
    DiscountPolicy,
    NamedDiscount,
)
from invoicing.domain.invoice.invoice import Discount
from invoicing.domain.invoice.line import DiscountKind, DiscountScope, Line, LineDiscount
from invoicing.domain.invoice.parties import Buyer
from invoicing.domain.invoice.proration import spread
from kernel.errors import BusinessError
from kernel.money import Money, percent
from kernel.value import replace

MAX_DISCOUNT_PARTS = 4_000
"""Parts of discounts on one invoice: more could make it larger than a record of its topic may be."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """One discount as it counts on one draft. `line_id` names its only line."""

    discount_id: str
    name: str
    kind: DiscountKind
    scope: DiscountScope
    rate: str | None
    amount: Money | None
    automatic: bool
    stackable: bool
    on_top: bool = False
    codes: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    line_id: str | None = None

    def fits(self, line: Line) -> bool:
        """Whether it may take something from the line."""
        return (
            line.amount is not None
            and self.line_id in (None, line.line_id)
            and (not self.codes or line.code in self.codes)
            and (self.valid_from is None or self.valid_from <= line.performed_on)
            and (self.valid_until is None or line.performed_on <= self.valid_until)
        )

    @property
    def order(self) -> tuple[object, ...]:
        """In which order they are listed, and cut where a line is used up. Ids of grants come last: they depend on who
        came first.
        """
        worth = 0 if self.amount is None else self.amount.amount_minor
        return not self.automatic, self.on_top, self.name, self.kind, self.rate or "", worth, self.discount_id


def reductions(
    policy: DiscountPolicy | None, buyer: Buyer, family_size: int, granted: Iterable[Discount], currency: str
) -> list[Reduction]:
    """What counts for this patient: what the policy gives by itself, and what people granted."""
    found = [of_grant(discount) for discount in granted]
    if policy is not None:
        given = (
            discount
            for discount in policy.discounts
            if _is_given(discount, family_size) and discount.is_for(buyer.coverage)
        )
        found += map(of_policy, given)
    return [discount for discount in found if discount.amount is None or discount.amount.currency == currency]


def of_policy(discount: NamedDiscount) -> Reduction:
    """A discount of the policy, as it is given by itself."""
    return Reduction(
        discount.discount_id,
        discount.name,
        discount.kind,
        discount.scope,
        discount.rate,
        discount.amount,
        True,
        discount.stackable,
        False,
        discount.codes,
        discount.valid_from,
        discount.valid_until,
    )


def of_grant(discount: Discount) -> Reduction:
    """A discount that a person granted, with the conditions that it had then."""
    scope: DiscountScope = INVOICE if discount.line_id is None else LINE
    return Reduction(
        discount.discount_id,
        discount.name,
        discount.kind,
        scope,
        discount.rate,
        discount.amount,
        False,
        discount.stackable,
        discount.named is None,
        discount.codes,
        discount.valid_from,
        discount.valid_until,
        discount.line_id,
    )


def discounted(lines: tuple[Line, ...], found: Sequence[Reduction], currency: str) -> tuple[Line, ...]:
    """The lines with what is taken from each. They come without discounts, with their amounts.

    Raises BusinessError for more than an invoice can hold.
    """
    taken: list[list[tuple[Reduction, int]]] = [[] for _ in lines]
    for reduction in sorted(found, key=lambda reduction: reduction.order):
        for n, part in enumerate(parts_of(reduction, lines)):
            if part:
                taken[n].append((reduction, part))
    after = tuple(
        replace(line, discounts=_line_discounts(line, _chosen(parts), currency)) if parts else line
        for line, parts in zip(lines, taken, strict=True)
    )
    if sum(len(line.discounts) for line in after) > MAX_DISCOUNT_PARTS:
        raise BusinessError("too-many-discounts", f"more than {MAX_DISCOUNT_PARTS} parts of discounts on one invoice")
    return after


def parts_of(reduction: Reduction, lines: Sequence[Line]) -> list[int]:
    """What the discount would take from each line by itself, in minor units on the line's basis."""
    bases = [line.amount.amount_minor if line.amount is not None and reduction.fits(line) else 0 for line in lines]
    if reduction.scope == INVOICE:
        return spread(_worth(reduction, sum(bases)), bases, [line.line_id for line in lines])
    return [_worth(reduction, base) if base else 0 for base in bases]


def _worth(reduction: Reduction, base: int) -> int:
    if reduction.kind == PERCENT:
        return min(base, percent(base, reduction.rate or "0"))
    return min(base, reduction.amount.amount_minor if reduction.amount is not None else 0)


def _chosen(parts: list[tuple[Reduction, int]]) -> list[tuple[Reduction, int]]:
    free = [p for p in parts if p[0].on_top]
    together = [p for p in parts if p[0].stackable and not p[0].on_top]
    alone = max((p for p in parts if not p[0].stackable and not p[0].on_top), key=lambda p: p[1], default=None)
    if alone is not None and alone[1] > sum(part for _, part in together):
        return [alone, *free]
    return [*together, *free]


def _line_discounts(line: Line, parts: Iterable[tuple[Reduction, int]], currency: str) -> tuple[LineDiscount, ...]:
    """Up to what the line costs; what is left of it for the last ones may be nothing."""
    left = line.amount.amount_minor if line.amount is not None else 0
    parts_taken = []
    for reduction, part in parts:
        part = min(part, left)
        left -= part
        if part:
            parts_taken.append(
                LineDiscount(
                    reduction.discount_id,
                    reduction.name,
                    reduction.kind,
                    reduction.rate,
                    reduction.scope,
                    reduction.automatic,
                    Money(part, currency),
                )
            )
    return tuple(parts_taken)


def _is_given(discount: NamedDiscount, family_size: int) -> bool:
    if discount.given == FAMILY:
        return family_size >= discount.family_size
    return discount.given in (EVERYBODY, PLAN)
