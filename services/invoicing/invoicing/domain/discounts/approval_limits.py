"""What a person may take off by hand alone. Whatever is taken off the draft by hand counts, whoever did it.

A price below the list's, a waiver and a discount are all the same here: money that a person gives away.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from invoicing.domain.discounts.application import of_grant, parts_of
from invoicing.domain.discounts.policy import DiscountPolicy, RoleLimit, limit_of
from invoicing.domain.invoice.invoice import Discount, Invoice
from invoicing.domain.invoice.line import Line, PriceOverride, Waiver
from kernel.actor import Actor
from kernel.errors import Forbidden
from kernel.money import Money, percent, times


def is_within(invoice: Invoice, line_id: str | None, limit: RoleLimit) -> bool:
    """Whether discounts and prices by hand stay within the limit: those of the line, if it is one, and all together.

    The rate is of what the price lists say.
    """
    listed = [_listed_minor(line) for line in invoice.lines]
    cuts = [max(0, price - _minor(line)) for price, line in zip(listed, invoice.lines, strict=True)]
    whole = sum(cuts)
    for one in invoice.discounts:
        parts = parts_of(of_grant(one), invoice.lines)
        whole += sum(parts)
        if one.line_id is not None:
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


def standing(draft: Invoice, policy: DiscountPolicy | None) -> Invoice:
    """The draft, with what is above a limit by now awaiting a second person: it changed since somebody granted it.

    The words of people are looked at in the order in which they were given, each with those before it, by the limit of
    who granted it, or agreed to it, last. So one that came later never takes an earlier one back.
    """
    for word in sorted(_words(draft), key=lambda word: word.at):
        if not is_within(_until(draft, word), word.line_id, limit_of(policy, word.by.role)):
            draft = _asked_again(draft, word)
    return draft


def asked(line: Line) -> Line:
    """The line with a person's word on its price awaiting a second one."""
    return replace(line, override=_open(line.override), waiver=_open(line.waiver))


@dataclass(frozen=True, slots=True)
class _Word:
    """Who answers for what was taken off, and since when: a discount, or else the price or the waiver of a line."""

    at: datetime
    by: Actor
    line_id: str | None
    discount_id: str | None = None

    @classmethod
    def of(cls, one: Discount | PriceOverride | Waiver, line_id: str | None, discount_id: str | None = None) -> "_Word":
        return cls(one.approved_at or one.at, one.approved_by or one.by, line_id, discount_id)

    def counts_before(self, other: "_Word") -> bool:
        """What one person did at once counts together."""
        return self.at < other.at or (self.at, self.by) == (other.at, other.by)


def _words(draft: Invoice) -> Iterator[_Word]:
    for one in draft.discounts:
        yield _Word.of(one, one.line_id, one.discount_id)
    for line in draft.lines:
        if line.by_hand is not None and not line.by_hand.awaits_approval and is_cut(line):
            yield _Word.of(line.by_hand, line.line_id)


def _until(draft: Invoice, word: _Word) -> Invoice:
    """The draft with what was taken off until then, and no more."""

    def counted(line: Line) -> Line:
        if line.by_hand is None or _Word.of(line.by_hand, line.line_id).counts_before(word):
            return line
        return replace(line, amount=Money(_listed_minor(line), draft.currency), override=None, waiver=None)

    kept = tuple(one for one in draft.discounts if _Word.of(one, one.line_id).counts_before(word))
    return replace(draft, lines=tuple(map(counted, draft.lines)), discounts=kept)


def _asked_again(draft: Invoice, word: _Word) -> Invoice:
    if word.discount_id is None:
        return replace(draft, lines=tuple(asked(one) if one.line_id == word.line_id else one for one in draft.lines))
    one = next(one for one in draft.discounts if one.discount_id == word.discount_id)
    return replace(
        draft,
        discounts=tuple(other for other in draft.discounts if other is not one),
        discount_requests=(*draft.discount_requests, replace(one, approved_by=None, approved_at=None)),
    )


W = TypeVar("W", PriceOverride, Waiver)


def _open(one: W | None) -> W | None:
    return None if one is None else replace(one, awaits_approval=True, approved_by=None, approved_at=None)


def _listed_minor(line: Line) -> int:
    if line.by_hand is not None and line.by_hand.before is not None:
        return times(line.by_hand.before.amount_minor, line.quantity)
    return _minor(line)


def _minor(line: Line) -> int:
    return line.amount.amount_minor if line.amount is not None else 0
