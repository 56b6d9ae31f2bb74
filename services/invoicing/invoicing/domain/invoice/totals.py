"""Sums by EN 16931:

VAT of each category is rounded once, and the invoice's VAT is the sum of the rounded (BR-CO-14, BR-CO-17). Prices with
VAT sum to what the invoice costs: what the computation differs from that is its rounding (BT-114).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from invoicing.domain.invoice.invoice import Invoice, TaxSubtotal, Totals
from invoicing.domain.invoice.line import GROSS, NET, Line
from invoicing.domain.invoice.proration import spread
from kernel.money import Money, base_of, percent, times
from kernel.value import replace, value

MAX_REASON_LETTERS = 1000
"""What the wire takes of a text."""
Group = tuple[str, str]
"""Category and rate."""


@value
class Sums:
    """Lines with their net amounts, and what follows. `most_minor` is the greatest amount that is told."""

    lines: tuple[Line, ...]
    tax: tuple[TaxSubtotal, ...]
    totals: Totals
    most_minor: int


def sums_of(lines: tuple[Line, ...], currency: str) -> Sums:
    """Of lines with `amount` and `discounts`; where there is neither a discount nor VAT in a price, they are net."""
    if _are_net(lines):
        tax = tax_of(lines, currency)
        totals = totals_of(tax, currency)
        return Sums(lines, tax, totals, totals.gross.amount_minor)
    lines = _netted(lines, currency)
    tax = tax_of(lines, currency)
    taken = [discount.amount.amount_minor for line in lines for discount in line.discounts]
    totals = totals_of(tax, currency, rounding_minor=_rounding_minor(lines, tax))
    if taken:
        totals = replace(totals, discounts=Money(sum(taken), currency))
    before = sum(line.amount.amount_minor for line in lines if line.amount is not None)
    return Sums(lines, tax, totals, max(before, totals.gross.amount_minor, asked_minor(totals)))


def _are_net(lines: Sequence[Line]) -> bool:
    # Every line of every invoice comes through here: a generator would cost twice as much.
    for line in lines:  # noqa: SIM110
        if line.discounts or line.basis == GROSS:
            return False
    return True


def weighed(line: Line) -> Line:
    """The line with unit price x quantity as its amount, before any discount. A waived one costs nothing."""
    known = line.amount or line.net
    price = line.unit_price
    if line.unpriced or (known is None and price is None):
        amount = None
    elif line.waiver is not None and known is not None:
        amount = Money(0, known.currency)
    elif price is None:
        amount = known
    else:
        amount = Money(times(price.amount_minor, line.quantity), price.currency)
    if amount == line.amount and line.net == amount and not line.discounts:
        return line
    return replace(line, amount=amount, net=amount, discounts=())


def left_minor(line: Line) -> int:
    """What is left of the line's amount after its discounts, on its basis; 0 without a price."""
    if line.amount is None:
        return 0
    return line.amount.amount_minor - sum(discount.amount.amount_minor for discount in line.discounts)


def _netted(lines: tuple[Line, ...], currency: str) -> tuple[Line, ...]:
    """The base of a category is taken out of the sum of its prices with VAT, and then told by line: rounded once."""
    nets = {n: left_minor(line) for n, line in enumerate(lines) if line.amount is not None}
    groups: dict[Group, list[int]] = defaultdict(list)
    for n, line in enumerate(lines):
        if n in nets and line.basis == GROSS:
            groups[line.tax_category or "", line.tax_rate or "0"].append(n)
    for (_, rate), members in groups.items():
        weights = [nets[n] for n in members]
        parts = spread(base_of(sum(weights), rate), weights, [lines[n].line_id for n in members])
        nets.update(zip(members, parts, strict=True))
    return tuple(replace(line, net=Money(nets[n], currency)) if n in nets else line for n, line in enumerate(lines))


def _rounding_minor(lines: Sequence[Line], tax: Sequence[TaxSubtotal]) -> int:
    """What prices with VAT sum to, and what those without cost by themselves, less what the groups sum to."""
    with_vat: dict[Group, int] = defaultdict(int)
    without: dict[Group, int] = defaultdict(int)
    for line in lines:
        sums = without if line.basis == NET else with_vat
        sums[line.tax_category or "", line.tax_rate or "0"] += left_minor(line)
    rest = 0
    for subtotal in tax:
        group = (subtotal.category, subtotal.rate)
        if group in with_vat:
            net = without[group]
            computed = subtotal.base.amount_minor + subtotal.tax.amount_minor
            rest += with_vat[group] + net + percent(net, subtotal.rate) - computed
    return rest


def tax_of(lines: Sequence[Line], currency: str) -> tuple[TaxSubtotal, ...]:
    """The VAT breakdown of the priced lines, in the order in which the categories first appear.

    There is one group for each category and rate, also where lines are exempt for several reasons (BR-E-01).
    """
    bases: dict[Group, int] = {}
    reasons: dict[Group, dict[str, None]] = {}
    codes: dict[Group, set[str | None]] = {}
    for line in lines:
        if line.net is not None and line.tax_category is not None and line.tax_rate is not None:
            group = (line.tax_category, line.tax_rate)
            bases[group] = bases.get(group, 0) + line.net.amount_minor
            if line.exemption_reason:
                reasons.setdefault(group, {})[line.exemption_reason] = None
                codes.setdefault(group, set()).add(line.exemption_code)
    return tuple(
        TaxSubtotal(
            *group,
            Money(base, currency),
            Money(percent(base, group[1]), currency),
            _together(reasons.get(group)),
            _only(codes.get(group)),
        )
        for group, base in bases.items()
    )


def _together(reasons: Iterable[str] | None) -> str | None:
    return "; ".join(reasons)[:MAX_REASON_LETTERS] if reasons else None


def _only(codes: set[str | None] | None) -> str | None:
    """The code of a group has to hold for all of it (BT-121)."""
    return next(iter(codes)) if codes is not None and len(codes) == 1 else None


def line_costs(invoice: Invoice) -> list[int]:
    """What each line costs with its tax: these sum to what the invoice costs, to the cent.

    The tax of a group is spread so that it stays rounded once (EN 16931 BR-CO-17); the rounding of the invoice goes
    to the dearest line.
    """
    so_far: dict[tuple[str, str], int] = {}
    costs = []
    for line in invoice.lines:
        net = line.net.amount_minor if line.net is not None else 0
        group = (line.tax_category or "", line.tax_rate or "0")
        before = so_far.get(group, 0)
        so_far[group] = before + net
        costs.append(net + percent(before + net, group[1]) - percent(before, group[1]))
    if costs and (rest := asked_minor(invoice.totals) - sum(costs)):
        costs[costs.index(max(costs))] += rest
    return costs


def asked_minor(totals: Totals) -> int:
    """What the whole invoice asks for: gross with its rounding (EN 16931 BT-112, BT-114)."""
    return totals.gross.amount_minor + (totals.rounding.amount_minor if totals.rounding is not None else 0)


def of_patient_minor(invoice: Invoice) -> int:
    """What the patient has to pay of all that it costs, whatever is paid."""
    return asked_minor(invoice.totals) if invoice.insurance is None else invoice.insurance.patient_part.amount_minor


def totals_of(
    tax: Sequence[TaxSubtotal],
    currency: str,
    *,
    paid_minor: int = 0,
    credited_minor: int = 0,
    rounding_minor: int = 0,
) -> Totals:
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
        due=Money(gross + rounding_minor - paid_minor - credited_minor, currency),
        rounding=Money(rounding_minor, currency) if rounding_minor else None,
    )
