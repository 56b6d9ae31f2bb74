"""Discounts by hand on a draft: what a person may grant alone counts at once, the rest when a second person agreed."""

from dataclasses import dataclass

from invoicing.domain.discounts.application import of_grant, parts_of
from invoicing.domain.discounts.approval_limits import demand_other, demand_within, is_within
from invoicing.domain.discounts.policy import BY_HAND, FIXED, LINE, PERCENT, NamedDiscount, limit_of
from invoicing.domain.drafts.drafting import with_lines
from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import Discount, Invoice
from invoicing.domain.invoice.lifecycle import Command, allow, following
from invoicing.domain.invoice.line import DiscountKind
from invoicing.domain.pricing.terms import Terms
from kernel.change import Change
from kernel.errors import BusinessError, Forbidden, NotFound
from kernel.ids import derived_id
from kernel.money import Money, scaled
from kernel.value import replace

MAX_DISCOUNTS = 20


@dataclass(frozen=True, slots=True)
class WantedDiscount:
    """A discount as a person asks for it: one of the policy, or free; of a line, or of the whole invoice."""

    named: str | None
    name: str | None = None
    rate: str | None = None
    amount: Money | None = None
    line_id: str | None = None


def grant(draft: Invoice, wanted: WantedDiscount, terms: Terms, change: Change) -> InvoiceOutcome:
    """The draft with the discount or, above the limit of the person's role, with a request for it.

    Raises IllegalTransition, and BusinessError naming the field.
    """
    allow(draft, Command.EDIT)
    if len(draft.discounts) + len(draft.discount_requests) >= MAX_DISCOUNTS:
        raise BusinessError("too-many-discounts", f"at most {MAX_DISCOUNTS} on one invoice")
    discount = _discount(draft, wanted, terms, change)
    if not any(parts_of(of_grant(discount), draft.lines)):
        raise BusinessError("discount-does-not-fit", "it would take nothing from any line", field="/discount_id")
    after = following(draft, change)
    granted = replace(after, discounts=(*draft.discounts, discount))
    if is_within(granted, discount.line_id, limit_of(terms.policy, change.by.role)):
        return revised(with_lines(granted, draft.lines, terms))
    requested = replace(after, discount_requests=(*draft.discount_requests, discount))
    return revised(with_lines(requested, draft.lines, terms))


def approve(draft: Invoice, discount_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """What was asked for counts: a second person, within their own limit, agrees.

    Raises IllegalTransition, NotFound and Forbidden.
    """
    discount, others = _taken(draft, draft.discount_requests, discount_id)
    demand_other(discount.by, change.by)
    agreed = replace(discount, approved_by=change.by, approved_at=change.at)
    after = replace(following(draft, change), discounts=(*draft.discounts, agreed), discount_requests=others)
    demand_within(after, discount.line_id, limit_of(terms.policy, change.by.role))
    return revised(with_lines(after, draft.lines, terms))


def reject(draft: Invoice, discount_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """A second person does not agree: the request is gone. Raises as `approve`."""
    discount, others = _taken(draft, draft.discount_requests, discount_id)
    demand_other(discount.by, change.by)
    return revised(with_lines(following(draft, change, discount_requests=others), draft.lines, terms))


def withdraw(draft: Invoice, discount_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """Who asked does not ask any more. Raises as `approve`."""
    discount, others = _taken(draft, draft.discount_requests, discount_id)
    if discount.by.actor_id != change.by.actor_id:
        raise Forbidden("not-the-maker", "only who asked for it can withdraw it: reject it instead")
    return revised(with_lines(following(draft, change, discount_requests=others), draft.lines, terms))


def remove(draft: Invoice, discount_id: str, terms: Terms, change: Change) -> InvoiceOutcome:
    """Takes a granted discount off the draft. Raises IllegalTransition and NotFound."""
    _, others = _taken(draft, draft.discounts, discount_id)
    return revised(with_lines(following(draft, change, discounts=others), draft.lines, terms))


def _taken(draft: Invoice, among: tuple[Discount, ...], discount_id: str) -> tuple[Discount, tuple[Discount, ...]]:
    allow(draft, Command.EDIT)
    for discount in among:
        if discount.discount_id == discount_id:
            return discount, tuple(other for other in among if other is not discount)
    raise NotFound("discount-unknown", f"invoice {draft.invoice_id} has no such discount there")


def _discount(draft: Invoice, wanted: WantedDiscount, terms: Terms, change: Change) -> Discount:
    if wanted.line_id is not None and all(line.line_id != wanted.line_id for line in draft.lines):
        raise BusinessError("line-unknown", "the invoice has no such line", field="/line_id")
    id_ = derived_id("dsc", draft.invoice_id, str(draft.version + 1))
    if wanted.named is not None:
        return _named(id_, _of_policy(draft, wanted, wanted.named, terms), wanted.line_id, change)
    if wanted.amount is not None:
        if wanted.amount.currency != draft.currency:
            raise BusinessError("currency-differs", f"the invoice is in {draft.currency}", field="/amount")
        if wanted.amount.amount_minor <= 0:
            raise BusinessError("amount-not-positive", "must be greater than zero", field="/amount")
    elif not 0 < scaled(wanted.rate or "0")[0] <= 100 * scaled(wanted.rate or "0")[1]:
        raise BusinessError("rate-out-of-range", "above 0 and at most 100", field="/rate")
    kind: DiscountKind = PERCENT if wanted.amount is None else FIXED
    return Discount(
        id_, wanted.name or "", kind, wanted.rate, wanted.amount, wanted.line_id, change.reason, change.by, change.at
    )


def _of_policy(draft: Invoice, wanted: WantedDiscount, named: str, terms: Terms) -> NamedDiscount:
    discount = terms.policy.named(named) if terms.policy is not None else None
    if discount is None or discount.given != BY_HAND:
        raise BusinessError("discount-unknown", "the policy has no such discount by hand", field="/discount_id")
    fits_currency = discount.amount is None or discount.amount.currency == draft.currency
    if not discount.is_for(draft.buyer.coverage) or not fits_currency:
        raise BusinessError("discount-does-not-fit", "it is not for this patient or currency", field="/discount_id")
    if (discount.scope == LINE) != (wanted.line_id is not None):
        raise BusinessError("discount-scope", f"this discount is of the {discount.scope}", field="/line_id")
    if any(wanted.line_id == known.line_id and known.named == named for known in draft.discounts):
        raise BusinessError("discount-twice", "it is there already", field="/discount_id")
    return discount


def _named(id_: str, discount: NamedDiscount, line_id: str | None, change: Change) -> Discount:
    return Discount(
        id_,
        discount.name,
        discount.kind,
        discount.rate,
        discount.amount,
        line_id,
        change.reason,
        change.by,
        change.at,
        named=discount.discount_id,
        stackable=discount.stackable,
        codes=discount.codes,
        valid_from=discount.valid_from,
        valid_until=discount.valid_until,
    )
