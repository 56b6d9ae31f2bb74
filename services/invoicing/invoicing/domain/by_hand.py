"""What a person sets on a draft's line: a price of its own, or that it costs nothing. A correction does not undo it.

Each keeps who, when and why. What the session says later is taken over beside it; where both changed the same line,
the line is in conflict until a person sets it again, or goes back to the price list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chassis.kernel.errors import BusinessError, Conflict, NotFound
from chassis.kernel.money import Money, scaled
from invoicing.domain.discounts import limit_of
from invoicing.domain.drafting import Terms, reprice, with_lines
from invoicing.domain.invoice import Invoice, Line, PriceOverride, Waiver
from invoicing.domain.lifecycle import Change, Command, allow, following
from invoicing.domain.limits import demand_other, demand_within, is_cut, is_within
from invoicing.domain.prices import NET

CHANGED, REMOVED = "session-changed", "session-removed"
"""Conflicts: the session says something else of the line now, or nothing any more."""


@dataclass(frozen=True, slots=True)
class HandPrice:
    """The price of one unit, on the basis of the line's price list. `basis` is for a line without one.

    The tax is that of the price list, unless it is given; a line without one needs it.
    """

    unit_price: Money
    tax_category: str | None = None
    tax_rate: str | None = None
    exemption_reason: str | None = None
    basis: str | None = None


def set_price(invoice: Invoice, line_id: str, price: HandPrice, terms: Terms, change: Change) -> Invoice:
    """Below the list's price, and above what the person may grant alone, it waits for the approval of a second.

    Raises IllegalTransition, NotFound, and BusinessError naming the field.
    """
    after = _changed(invoice, line_id, lambda line: _priced(line, price, invoice.currency, change), terms, change)
    if is_cut(_line(after, line_id)) and not is_within(after, line_id, limit_of(terms.policy, change.by.role)):
        return _overridden(after, line_id, terms, awaits_approval=True)
    return after


def approve_price(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> Invoice:
    """A second person, whose limit it does not pass, agrees. Raises as `set_price`, and Conflict, Forbidden."""
    allow(invoice, Command.EDIT)
    _second_person(_line(invoice, line_id), change)
    demand_within(invoice, line_id, limit_of(terms.policy, change.by.role))
    agreed = following(invoice, change)
    return _overridden(agreed, line_id, terms, awaits_approval=False, approved_by=change.by)


def reject_price(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> Invoice:
    """A second person does not agree: the price list holds again. Raises as `approve_price`."""
    allow(invoice, Command.EDIT)
    _second_person(_line(invoice, line_id), change)
    return give_back(invoice, line_id, terms, change)


def waive(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> Invoice:
    """The line costs nothing, and no longer keeps the draft from being finalized. Raises as `set_price`."""
    waiver = Waiver(_reason(change), change.by, change.at)

    def waived(line: Line) -> Line:
        nothing = Money(0, invoice.currency)
        return replace(line, unpriced=False, amount=nothing, override=None, waiver=waiver, edited=True, conflict=None)

    return _changed(invoice, line_id, waived, terms, change)


def give_back(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> Invoice:
    """Back to the price list; a line that the session does not have any more goes. Raises as `set_price`."""
    line = _line(invoice, line_id)
    if line.conflict == REMOVED:
        allow(invoice, Command.EDIT)
        left = tuple(one for one in invoice.lines if one.line_id != line_id)
        return with_lines(_granted(invoice, following(invoice, change), left), left, terms)
    plain = _changed(invoice, line_id, _unpriced, terms, change)
    return reprice(plain, terms)


def merged(before: Invoice, fresh: Invoice, terms: Terms) -> Invoice:
    """The draft as the session says it now, with what people set on its lines before.

    Raises BusinessError for a greater amount than an invoice can tell.
    """
    mine = {line.line_id: line for line in before.lines if line.override or line.waiver}
    if not mine and not before.discounts and not before.discount_requests:
        return fresh
    lines = [_kept(mine.pop(line.line_id, None), line, fresh.currency) for line in fresh.lines]
    lines += [replace(line, conflict=REMOVED) for line in mine.values() if _fits(line, fresh.currency)]
    return with_lines(_granted(before, fresh, lines), tuple(lines), terms)


def _granted(before: Invoice, fresh: Invoice, lines: Sequence[Line]) -> Invoice:
    """With the discounts that people granted or asked for; one on a line that is gone went with it."""
    there = {None, *(line.line_id for line in lines)}
    return replace(
        fresh,
        discounts=tuple(one for one in before.discounts if one.line_id in there),
        discount_requests=tuple(one for one in before.discount_requests if one.line_id in there),
    )


def _changed(invoice: Invoice, line_id: str, edit: Callable[[Line], Line], terms: Terms, change: Change) -> Invoice:
    allow(invoice, Command.EDIT)
    _line(invoice, line_id)
    lines = tuple(edit(line) if line.line_id == line_id else line for line in invoice.lines)
    return with_lines(following(invoice, change), lines, terms)


def _line(invoice: Invoice, line_id: str) -> Line:
    for line in invoice.lines:
        if line.line_id == line_id:
            return line
    raise NotFound("line-unknown", f"invoice {invoice.invoice_id} has no such line")


def _priced(line: Line, price: HandPrice, currency: str, change: Change) -> Line:
    if price.unit_price.currency != currency:
        raise BusinessError("currency-differs", f"the invoice is in {currency}", field="/unit_price")
    listed = line.override.before if line.override is not None else line.unit_price
    if listed is not None and price.basis not in (None, line.basis):
        raise BusinessError("basis-differs", f"the line's price list is {line.basis}", field="/basis")
    override = PriceOverride(listed, _reason(change), change.by, None, change.at)
    taxed = _taxed(line, price)
    return replace(
        taxed, unpriced=False, unit_price=price.unit_price, basis=price.basis or line.basis, override=override,
        waiver=None, edited=True, conflict=None,
    )  # fmt: skip


def _taxed(line: Line, price: HandPrice) -> Line:
    if price.tax_category is None:
        if line.tax_category is None:
            raise BusinessError("tax-missing", "the line has no tax yet: say which", field="/tax_category")
        return line
    rate = price.tax_rate or "0"
    # EN 16931 BR-S-05, BR-Z-05, BR-E-05 and BR-E-10.
    if (price.tax_category == "S") != (scaled(rate)[0] > 0):
        raise BusinessError("tax-rate", "category S has a rate above 0, and no other has", field="/tax_rate")
    if price.tax_category == "E" and not price.exemption_reason:
        raise BusinessError("exemption-reason-missing", "category E needs a reason", field="/exemption_reason")
    return replace(line, tax_category=price.tax_category, tax_rate=rate, exemption_reason=price.exemption_reason)


def _second_person(line: Line, change: Change) -> None:
    if line.override is None or not line.override.awaits_approval:
        raise Conflict("nothing-to-approve", f"no price of line {line.line_id} awaits an approval")
    demand_other(line.override.by, change.by)


def _overridden(invoice: Invoice, line_id: str, terms: Terms, **fields: object) -> Invoice:
    """The same version with these fields of the line's override changed."""

    def changed(line: Line) -> Line:
        if line.line_id != line_id or line.override is None:
            return line
        return replace(line, override=replace(line.override, **fields))  # type: ignore[arg-type]

    return with_lines(invoice, tuple(map(changed, invoice.lines)), terms)


def _reason(change: Change) -> str:
    if not change.reason:
        raise BusinessError("reason-missing", "say why", field="/reason")
    return change.reason


def _unpriced(line: Line) -> Line:
    return replace(
        line, unpriced=True, unit_price=None, net=None, tax_category=None, tax_rate=None, exemption_reason=None,
        price=None, basis=NET, amount=None, override=None, waiver=None, edited=False, conflict=None,
    )  # fmt: skip


def _kept(mine: Line | None, said: Line, currency: str) -> Line:
    """What the session says of the line, at the price that a person set."""
    if mine is None:
        return said
    if not _fits(mine, currency):
        return replace(said, conflict=CHANGED)
    same = _facts(mine) == _facts(said)
    return replace(
        said, unpriced=False, unit_price=mine.unit_price, basis=mine.basis, amount=mine.amount,
        tax_category=mine.tax_category, tax_rate=mine.tax_rate, exemption_reason=mine.exemption_reason,
        price=mine.price, override=mine.override, waiver=mine.waiver, edited=True,
        conflict=mine.conflict if same else CHANGED,
    )  # fmt: skip


def _fits(line: Line, currency: str) -> bool:
    return line.net is not None and line.net.currency == currency


def _facts(line: Line) -> tuple[object, ...]:
    return (line.code, line.system, line.unit, line.quantity, line.performed_on)
