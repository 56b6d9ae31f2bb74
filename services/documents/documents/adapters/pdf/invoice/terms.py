"""What an invoice asked for when it was issued; nothing that came later is on its document."""

from contracts.invoicing import Allocation, InsurerClaim, Invoice, IssuedTerms
from kernel.money import Money, total


def issued_terms(invoice: Invoice) -> IssuedTerms:
    return invoice.issued or _derived_terms(invoice)


def names_of(issued: IssuedTerms) -> str:
    """Of the insurers, each once."""
    return ", ".join(dict.fromkeys(claim.payer_name or claim.payer_id for claim in issued.insurers))


def _derived_terms(invoice: Invoice) -> IssuedTerms:
    """Of an invoice from before these terms were told: as far as its claims and its payments still say it."""
    issued, split = invoice.finalized_at, invoice.insurance
    early = (
        a.amount for a in invoice.allocations if issued is not None and a.at <= issued and _on_the_bill(a, invoice)
    )
    paid = total(early, invoice.currency)
    costs = invoice.totals.gross + (invoice.totals.rounding or Money(0, invoice.currency))
    if split is None:
        return IssuedTerms(paid=paid, asked=costs - paid)
    claimed = _claimed(invoice) or split.insurer_part
    claim = InsurerClaim(payer_id=split.payer_id, payer_name=split.payer_name, amount=claimed)
    return IssuedTerms(insurers=(claim,) if claimed.amount_minor else (), paid=paid, asked=costs - claimed - paid)


def _claimed(invoice: Invoice) -> Money | None:
    """What was claimed by line, which no refusal changes; None where the insurer pays a part of the whole."""
    parts = [line.insurer_part for line in invoice.lines if line.insurer_part is not None]
    return total(parts, invoice.currency) if parts else None


def _on_the_bill(allocation: Allocation, invoice: Invoice) -> bool:
    """What the insurer paid is taken off with its part already."""
    return invoice.insurance is None or allocation.part == "patient"
