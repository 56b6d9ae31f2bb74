"""A draft with today's terms: prices that it lacks, and all of them where nobody pays in its currency any more."""

from invoicing.domain.drafts.decided_lines import requoted
from invoicing.domain.drafts.drafting import reprice, with_lines
from invoicing.domain.invoice.invoice import Discount, Invoice
from invoicing.domain.pricing.terms import Terms
from kernel.currencies import why_not_new
from kernel.errors import BusinessError
from kernel.value import replace


def renewed(draft: Invoice, terms: Terms) -> Invoice:
    """As `reprice`. In a withdrawn currency the draft is priced anew in that of the lists, once this is in use.

    How much an amount of before is in another currency is not ours to say: a price by hand is to be given again, and
    fixed discounts, instalments and an insurer's part by hand are gone. What was waived stays so. The draft is the same
    where it would cost more than an invoice can hold.
    """
    if why_not_new(draft.currency) is None or why_not_new(terms.currency) is not None:
        return reprice(draft, terms)
    currency = terms.currency
    plain = (replace(line, insurer_part=None, secondary_part=None) for line in draft.lines)
    lines = tuple(requoted(line, terms, draft.buyer.coverage, currency) for line in plain)
    blank = replace(
        draft,
        currency=currency,
        discounts=tuple(discount for discount in draft.discounts if _counts(discount, currency)),
        discount_requests=tuple(discount for discount in draft.discount_requests if _counts(discount, currency)),
        instalments=(),
        insurance=None,
    )
    try:
        return with_lines(blank, lines, terms)
    except BusinessError:
        return draft


def _counts(discount: Discount, currency: str) -> bool:
    return discount.amount is None or discount.amount.currency == currency
