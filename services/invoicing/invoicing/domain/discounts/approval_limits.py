"""What a person may take off by hand alone. Whatever is taken off the draft by hand counts, whoever did it.

A price below the list's, a waiver and a discount are all the same here: money that a person gives away.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from invoicing.domain.discounts.application import of_grant, parts_of
from invoicing.domain.discounts.policy import DiscountPolicy, RoleLimit, limit_of
from invoicing.domain.invoice.invoice import Discount, Invoice
from invoicing.domain.invoice.line import Line, PriceOverride, Waiver
from kernel.actor import Actor
from kernel.errors import Forbidden
from kernel.money import Money, percent, times
from kernel.value import replace


def is_within(invoice: Invoice, line_id: str | None, limit: RoleLimit) -> bool:
    """Whether discounts and prices by hand stay within the limit: those of the line, if it is one, and all together.

    The rate is of what the price lists say.
    """
    listed = [_listed_minor(line) for line in invoice.lines]
    cuts = [max(0, price - _minor(line)) for price, line in zip(listed, invoice.lines, strict=True)]
    whole = sum(cuts)
    for discount in invoice.discounts:
        parts = parts_of(of_grant(discount), invoice.lines)
        whole += sum(parts)
        if discount.line_id is not None:
            cuts = [cut + part for cut, part in zip(cuts, parts, strict=True)]
    if limit.amount is not None and (limit.amount.currency != invoice.currency or whole > limit.amount.amount_minor):
        return False
    if limit.rate is None:
        return True
    at = [n for n, line in enumerate(invoice.lines) if line.line_id == line_id]
    return whole <= percent(sum(listed), limit.rate) and all(cuts[n] <= percent(listed[n], limit.rate) for n in at)


def is_cut(line: Line) -> bool:
    """Whether a person set a price below the list's, or waived one."""
    return line.by_hand is not None and _listed_minor(line) > _minor(line)


def demand_within(invoice: Invoice, line_id: str | None, limit: RoleLimit) -> None:
    """Raises Forbidden when it takes somebody with a higher limit."""
    if not is_within(invoice, line_id, limit):
        raise Forbidden("above-limit", "this is more than you may grant: it takes somebody with a higher limit")


def demand_other(maker: Actor, checker: Actor) -> None:
    """Raises Forbidden when maker and checker are the same person."""
    if maker.actor_id == checker.actor_id:
        raise Forbidden("maker-is-checker", "who asked for it cannot decide it")


def with_excess_requested(draft: Invoice, policy: DiscountPolicy | None) -> Invoice:
    """The draft, with what is above a limit by now awaiting a second person: it changed since somebody granted it.

    What people granted is looked at in its order, each with those before it, by the limit of who granted it, or
    agreed to it, last. So one that came later never takes an earlier one back.
    """
    for grant in sorted(_grants(draft), key=lambda grant: grant.at):
        if not is_within(_until(draft, grant), grant.line_id, limit_of(policy, grant.by.role)):
            draft = _asked_again(draft, grant)
    return draft


def awaiting_approval(line: Line) -> Line:
    """The line with what a person set as its price awaiting a second person."""
    return replace(line, override=_open(line.override), waiver=_open(line.waiver))


@dataclass(frozen=True, slots=True)
class _Grant:
    """Who answers for what was taken off, and since when: a discount, or else the price or the waiver of a line."""

    at: datetime
    by: Actor
    line_id: str | None
    discount_id: str | None = None

    @classmethod
    def of(
        cls, decision: Discount | PriceOverride | Waiver, line_id: str | None, discount_id: str | None = None
    ) -> "_Grant":
        return cls(decision.approved_at or decision.at, decision.approved_by or decision.by, line_id, discount_id)

    def counts_before(self, other: "_Grant") -> bool:
        """What one person did at once counts together."""
        return self.at < other.at or (self.at, self.by) == (other.at, other.by)


def _grants(draft: Invoice) -> Iterator[_Grant]:
    for decision in draft.discounts:
        yield _Grant.of(decision, decision.line_id, decision.discount_id)
    for line in draft.lines:
        if line.by_hand is not None and not line.by_hand.awaits_approval and is_cut(line):
            yield _Grant.of(line.by_hand, line.line_id)


def _until(draft: Invoice, grant: _Grant) -> Invoice:
    """The draft with what was taken off until then, and no more."""

    def counted(line: Line) -> Line:
        if line.by_hand is None or _Grant.of(line.by_hand, line.line_id).counts_before(grant):
            return line
        return replace(line, amount=Money(_listed_minor(line), draft.currency), override=None, waiver=None)

    discounts = tuple(
        discount for discount in draft.discounts if _Grant.of(discount, discount.line_id).counts_before(grant)
    )
    return replace(draft, lines=tuple(map(counted, draft.lines)), discounts=discounts)


def _asked_again(draft: Invoice, grant: _Grant) -> Invoice:
    if grant.discount_id is None:
        return replace(
            draft,
            lines=tuple(awaiting_approval(line) if line.line_id == grant.line_id else line for line in draft.lines),
        )
    discount = next(discount for discount in draft.discounts if discount.discount_id == grant.discount_id)
    return replace(
        draft,
        discounts=tuple(other for other in draft.discounts if other is not discount),
        discount_requests=(*draft.discount_requests, replace(discount, approved_by=None, approved_at=None)),
    )


W = TypeVar("W", PriceOverride, Waiver)


def _open(decision: W | None) -> W | None:
    return None if decision is None else replace(decision, awaits_approval=True, approved_by=None, approved_at=None)


def _listed_minor(line: Line) -> int:
    if line.by_hand is not None and line.by_hand.before is not None:
        return times(line.by_hand.before.amount_minor, line.quantity)
    return _minor(line)


def _minor(line: Line) -> int:
    return line.amount.amount_minor if line.amount is not None else 0
