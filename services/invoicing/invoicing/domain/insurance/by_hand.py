"""An insurer's part as a person set it: it stays, and what is given away later is every payer's gain.

A line that costs less by a discount or a waiver costs each who bears it as much less. One that costs less by its
quantity or price is as a person left it: as far as it costs as much.
"""

from collections.abc import Mapping, Sequence

from invoicing.domain.invoice.invoice import Invoice, PartByHand
from invoicing.domain.invoice.line import GROSS, Line
from invoicing.domain.invoice.totals import left_minor
from kernel.money import Money, percent, round_half_up, times


def set_by_hand(draft: Invoice, lines: Mapping[str, Money], whole: Money) -> tuple[PartByHand, ...]:
    """These parts of lines, or of the whole where there are none, with what either costs now."""
    if not lines:
        return (PartByHand(None, whole, *_costs(draft.lines, draft.currency)),)
    return tuple(
        PartByHand(line.line_id, lines[line.line_id], *_costs([line], draft.currency))
        for line in draft.lines
        if line.line_id in lines
    )


def parts_now(draft: Invoice, by_hand: Sequence[PartByHand]) -> tuple[list[int] | None, int]:
    """By line, if they were set so, and together: as of what is given away by now, and before any ceiling."""
    if by_hand[0].line_id is None:
        return None, _now(by_hand[0], draft.lines, draft.currency)
    known = {one.line_id: one for one in by_hand}
    parts = [_now(known[line.line_id], [line], draft.currency) if line.line_id in known else 0 for line in draft.lines]
    return parts, sum(parts)


def _now(one: PartByHand, lines: Sequence[Line], currency: str) -> int:
    cost, undiscounted = (amount.amount_minor for amount in _costs(lines, currency))
    cost_then, undiscounted_then = one.cost.amount_minor, one.undiscounted.amount_minor
    if cost * undiscounted_then == cost_then * undiscounted or not (undiscounted and cost_then):
        return one.amount.amount_minor
    return round_half_up(one.amount.amount_minor * cost * undiscounted_then, undiscounted * cost_then)


def _costs(lines: Sequence[Line], currency: str) -> tuple[Money, Money]:
    """With tax: now, and without discounts and waivers. Equal where there are none."""
    cost = sum(_with_tax(line, left_minor(line)) for line in lines)
    undiscounted = sum(_with_tax(line, _undiscounted(line)) for line in lines)
    return Money(cost, currency), Money(undiscounted, currency)


def _undiscounted(line: Line) -> int:
    if line.waiver is not None and line.unit_price is not None:
        return times(line.unit_price.amount_minor, line.quantity)
    return line.amount.amount_minor if line.amount is not None else 0


def _with_tax(line: Line, minor: int) -> int:
    return minor if line.basis == GROSS else minor + percent(minor, line.tax_rate or "0")
