"""Prompt payment: who pays less in time owes no more. The invoice stays; a credit note takes the difference off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.discounts.policy import PROMPT, DiscountPolicy, NamedDiscount
from invoicing.domain.invoice.credit_note import LineCredit
from invoicing.domain.invoice.invoice import Invoice, PromptPayment
from invoicing.domain.invoice.lifecycle import FINALIZED
from invoicing.domain.invoice.proration import spread
from invoicing.domain.invoice.totals import Group, asked_minor, tax_of
from kernel.money import Money, percent
from kernel.value import replace


@dataclass(frozen=True, slots=True)
class _PromptReduction:
    """What a credit note of the discount would take off: by line without VAT, and in all with it."""

    nets: tuple[int, ...]
    whole_minor: int


def offered(draft: Invoice, policy: DiscountPolicy | None, issued_on: date) -> Invoice:
    """The draft, about to be issued on that day, with the best prompt payment that the policy has for the patient.

    There is none where an insurer pays a part: that money comes when it comes.
    """
    if policy is None or draft.insurance is not None:
        return draft
    offers = [
        offer
        for discount in policy.discounts
        if _fits(discount, draft, issued_on) and (offer := _offer(discount, draft, issued_on)) is not None
    ]
    if not offers:
        return draft
    best = max(offers, key=lambda offer: (offer.reduction.amount_minor, offer.pay_by, offer.discount_id))
    return replace(draft, prompt_payment=best)


def earned(invoice: Invoice, clinic: Clinic) -> bool:
    """Whether the reduced amount came in time, and the rest is still due. What was paid in full stays paid in full."""
    offer = invoice.prompt_payment
    if offer is None or invoice.status != FINALIZED or invoice.credit_notes or invoice.write_off is not None:
        return False
    in_time = (a.amount.amount_minor for a in invoice.allocations if clinic.local_date(a.at) <= offer.pay_by)
    due_minor = invoice.totals.due.amount_minor
    return 0 < due_minor <= offer.reduction.amount_minor and sum(in_time) >= offer.amount.amount_minor


def lines_to_credit(invoice: Invoice) -> list[LineCredit]:
    """The lines of the credit note for what was offered."""
    offer = invoice.prompt_payment
    nets = _taken(invoice, offer.rate).nets if offer is not None else ()
    return [LineCredit(line.line_id, net_minor=net) for line, net in zip(invoice.lines, nets, strict=False) if net]


def _fits(discount: NamedDiscount, draft: Invoice, day: date) -> bool:
    return (
        discount.given == PROMPT
        and discount.is_for(draft.buyer.coverage)
        and (discount.valid_from is None or discount.valid_from <= day)
        and (discount.valid_until is None or day <= discount.valid_until)
    )


def _offer(discount: NamedDiscount, invoice: Invoice, issued_on: date) -> PromptPayment | None:
    taken = _taken(invoice, discount.rate or "0")
    reduction = taken.whole_minor
    everything = sum(taken.nets) >= invoice.totals.net.amount_minor or reduction >= asked_minor(invoice.totals)
    if reduction == 0 or everything:
        return None
    return PromptPayment(
        discount.discount_id,
        discount.name,
        discount.rate or "0",
        Money(reduction, invoice.currency),
        Money(asked_minor(invoice.totals) - reduction, invoice.currency),
        issued_on + timedelta(days=discount.days or 0),
    )


def _taken(invoice: Invoice, rate: str) -> _PromptReduction:
    """The rate of each category's base, by line; its VAT is rounded once (EN 16931 BR-CO-17)."""
    nets = [line.net.amount_minor if line.net is not None else 0 for line in invoice.lines]
    groups: dict[Group, list[int]] = {}
    for n, line in enumerate(invoice.lines):
        groups.setdefault((line.tax_category or "", line.tax_rate or "0"), []).append(n)
    taken = [0] * len(nets)
    for members in groups.values():
        weights = [nets[n] for n in members]
        parts = spread(percent(sum(weights), rate), weights, [invoice.lines[n].line_id for n in members])
        for n, part in zip(members, parts, strict=True):
            taken[n] = part
    return _PromptReduction(tuple(taken), sum(taken) + _tax_minor(invoice, taken))


def _tax_minor(invoice: Invoice, nets: Iterable[int]) -> int:
    lines = [
        replace(line, net=Money(net, invoice.currency)) for line, net in zip(invoice.lines, nets, strict=True) if net
    ]
    return sum(group.tax.amount_minor for group in tax_of(lines, invoice.currency))
