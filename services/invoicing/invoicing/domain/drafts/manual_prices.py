"""What a person sets on a draft's line: a price of its own, or that it costs nothing. A correction does not undo it.

Each keeps who, when and why. What the session says later is taken over beside it (`corrections.merge`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from invoicing.domain.discounts.approval_limits import awaiting_approval, demand_other, demand_within, is_cut, is_within
from invoicing.domain.discounts.policy import limit_of
from invoicing.domain.drafts.decided_lines import REMOVED, amount_of, decided, unpriced, without_record
from invoicing.domain.drafts.drafting import reprice, with_lines
from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import Command, allow, following
from invoicing.domain.invoice.line import Line, PriceBasis, PriceOverride, Waiver
from invoicing.domain.pricing.terms import Terms
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, NotFound
from kernel.money import Money, scaled
from kernel.value import replace

W = TypeVar("W", PriceOverride, Waiver)


@dataclass(frozen=True, slots=True)
class HandPrice:
    """The price of one unit, on the basis of the line's price list. `basis` is for a line without one.

    The tax is that of the price list, unless it is given; a line without one needs it.
    """

    unit_price: Money
    tax_category: str | None = None
    tax_rate: str | None = None
    exemption_reason: str | None = None
    basis: PriceBasis | None = None


def set_price(invoice: Invoice, line_id: str, price: HandPrice, terms: Terms, change: Change) -> InvoiceOutcome:
    """Below the list's price, and above what the person may grant alone, it waits for the approval of a second.

    Raises IllegalTransition, NotFound, and BusinessError naming the field.
    """
    after = _changed(invoice, line_id, lambda line: at_price(line, price, invoice.currency, change), terms, change)
    return revised(held(after, line_id, terms, change))


def held(draft: Invoice, line_id: str, terms: Terms, change: Change) -> Invoice:
    """The draft, with the price that the person set on the line awaiting an approval where it takes one."""
    if is_cut(_line(draft, line_id)) and not is_within(draft, line_id, limit_of(terms.policy, change.by.role)):
        return with_lines(draft, _each(draft, line_id, awaiting_approval), terms)
    return draft


def approve_price(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """A second person, whose limit it does not pass, agrees. Raises as `set_price`, and Conflict, Forbidden."""
    return _approved(invoice, line_id, _line(invoice, line_id).override, terms, change)


def approve_waiver(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """As `approve_price`."""
    return _approved(invoice, line_id, _line(invoice, line_id).waiver, terms, change)


def reject_price(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """A second person does not agree: the price list holds again. Raises as `approve_price`."""
    return _rejected(invoice, line_id, _line(invoice, line_id).override, terms, change)


def reject_waiver(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """As `reject_price`."""
    return _rejected(invoice, line_id, _line(invoice, line_id).waiver, terms, change)


def waive(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """The line costs nothing, and no longer keeps the draft from being finalized for want of a price.

    What the list asks for it is given away, and may take the approval of a second person. Raises as `set_price`.
    """

    def waived(line: Line) -> Line:
        waiver = Waiver(_reason(change), change.by, change.at, line.listed)
        return decided(replace(line, unpriced=False, amount=Money(0, invoice.currency), override=None, waiver=waiver))

    return revised(held(_changed(invoice, line_id, waived, terms, change), line_id, terms, change))


def give_back(invoice: Invoice, line_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """Back to the price list; a line that the session does not have any more goes. Raises as `set_price`.

    Whatever else a person changed of the line stays.
    """
    line = _line(invoice, line_id)
    if line.conflict == REMOVED:
        allow(invoice, Command.EDIT)
        left = tuple(line for line in invoice.lines if line.line_id != line_id)
        return revised(with_lines(following(invoice, change), left, terms))
    plain = _changed(invoice, line_id, lambda line: decided(unpriced(line)), terms, change)
    return revised(reprice(plain, terms))


def _changed(invoice: Invoice, line_id: str, edit: Callable[[Line], Line], terms: Terms, change: Change) -> Invoice:
    allow(invoice, Command.EDIT)
    _line(invoice, line_id)
    removed = without_record(invoice.removed, line_id)
    return with_lines(following(invoice, change, removed=removed), _each(invoice, line_id, edit), terms)


def _each(invoice: Invoice, line_id: str, edit: Callable[[Line], Line]) -> tuple[Line, ...]:
    return tuple(edit(line) if line.line_id == line_id else line for line in invoice.lines)


def _line(invoice: Invoice, line_id: str) -> Line:
    for line in invoice.lines:
        if line.line_id == line_id:
            return line
    raise NotFound("line-unknown", f"invoice {invoice.invoice_id} has no such line")


def at_price(line: Line, price: HandPrice, currency: str, change: Change) -> Line:
    """The line at that price. Raises BusinessError naming the field."""
    if price.unit_price.currency != currency:
        raise BusinessError("currency-differs", f"the invoice is in {currency}", field="/unit_price")
    listed = line.listed
    if listed is not None and price.basis not in (None, line.basis):
        raise BusinessError("basis-differs", f"the line's price list is {line.basis}", field="/basis")
    override = PriceOverride(listed, _reason(change), change.by, None, change.at)
    taxed = _taxed(line, price)
    return decided(
        replace(
            taxed,
            unpriced=False,
            unit_price=price.unit_price,
            basis=price.basis or line.basis,
            amount=amount_of(price.unit_price, line.quantity),
            override=override,
            waiver=None,
        )
    )


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
    return replace(
        line,
        tax_category=price.tax_category,
        tax_rate=rate,
        exemption_reason=price.exemption_reason,
        exemption_code=None,
    )


def _approved(
    invoice: Invoice, line_id: str, decision: PriceOverride | Waiver | None, terms: Terms, change: Change
) -> InvoiceOutcome:
    _second_person(invoice, line_id, decision, change)
    demand_within(invoice, line_id, limit_of(terms.policy, change.by.role))
    agreed = partial(_agreed, change=change)
    return revised(with_lines(following(invoice, change), _each(invoice, line_id, agreed), terms))


def _rejected(
    invoice: Invoice, line_id: str, decision: PriceOverride | Waiver | None, terms: Terms, change: Change
) -> InvoiceOutcome:
    _second_person(invoice, line_id, decision, change)
    return give_back(invoice, line_id, terms, change)


def _second_person(invoice: Invoice, line_id: str, decision: PriceOverride | Waiver | None, change: Change) -> None:
    allow(invoice, Command.EDIT)
    if decision is None or not decision.awaits_approval:
        raise Conflict("nothing-to-approve", f"nothing of that kind on line {line_id} awaits an approval")
    demand_other(decision.by, change.by)


def _agreed(line: Line, change: Change) -> Line:
    def yes(decision: W | None) -> W | None:
        if decision is None:
            return None
        return replace(decision, awaits_approval=False, approved_by=change.by, approved_at=change.at)

    return replace(line, override=yes(line.override), waiver=yes(line.waiver))


def _reason(change: Change) -> str:
    if not change.reason:
        raise BusinessError("reason-missing", "say why", field="/reason")
    return change.reason
