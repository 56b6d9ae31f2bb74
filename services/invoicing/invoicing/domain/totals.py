"""Sums by EN 16931:

VAT of each category is rounded once, and the invoice's VAT is the sum of the rounded (BR-CO-14, BR-CO-17).
"""

from collections.abc import Iterable, Sequence

from chassis.kernel.money import Money, percent
from invoicing.domain.invoice import Line, TaxSubtotal, Totals

MOST_REASON_LETTERS = 1000
"""What the wire takes of a text."""


def tax_of(lines: Sequence[Line], currency: str) -> tuple[TaxSubtotal, ...]:
    """The VAT breakdown of the priced lines, in the order in which the categories first appear.

    There is one group for each category and rate, also where lines are exempt for several reasons (BR-E-01).
    """
    bases: dict[tuple[str, str], int] = {}
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for line in lines:
        if line.net is not None and line.tax_category is not None and line.tax_rate is not None:
            group = (line.tax_category, line.tax_rate)
            bases[group] = bases.get(group, 0) + line.net.amount_minor
            if line.exemption_reason:
                reasons.setdefault(group, {})[line.exemption_reason] = None
    return tuple(
        TaxSubtotal(
            *group, Money(base, currency), Money(percent(base, group[1]), currency), _together(reasons.get(group))
        )
        for group, base in bases.items()
    )


def _together(reasons: Iterable[str] | None) -> str | None:
    return "; ".join(reasons)[:MOST_REASON_LETTERS] if reasons else None


def asked_minor(totals: Totals) -> int:
    """What the whole invoice asks for: gross with its rounding (EN 16931 BT-112, BT-114)."""
    return totals.gross.amount_minor + (totals.rounding.amount_minor if totals.rounding is not None else 0)


def totals_of(tax: Sequence[TaxSubtotal], currency: str, *, paid_minor: int = 0, credited_minor: int = 0) -> Totals:
    """Every priced line is in one tax group, so the groups' bases are the net total (BR-CO-10)."""
    net = sum(group.base.amount_minor for group in tax)
    vat = sum(group.tax.amount_minor for group in tax)
    gross = net + vat
    return Totals(
        net=Money(net, currency),
        tax=Money(vat, currency),
        gross=Money(gross, currency),
        paid=Money(paid_minor, currency),
        credited=Money(credited_minor, currency),
        due=Money(gross - paid_minor - credited_minor, currency),
    )
