"""Lines, allowances and VAT of an electronic invoice: from them follow its sums.

The discounts of the whole invoice, which are spread over its lines, are told as what they are: allowances of the whole
(BG-20), by VAT rate. So the net amount of a line (BT-131) is before them here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from contracts.invoicing import InvoiceLine, LineDiscount, TaxSubtotal
from documents.adapters.xml.codes import EXEMPTIONS, is_known_unit, unit_code
from documents.adapters.xml.terms import Allowance, Line, NoEInvoice, Vat, VatGroup
from documents.adapters.xml.text import clean
from kernel.money import Money, base_of, plain, times, total

Words = Mapping[str, str]
ONE = Decimal(1)


def line_of(line: InvoiceLine, words: Words) -> tuple[Line, tuple[Allowance, ...]]:
    """The line, and its parts of the allowances of the whole. Raises NoEInvoice for one without price or VAT."""
    if line.net is None:
        raise NoEInvoice(f"line {line.line_id} has no price")
    vat = _vat(line)
    own = tuple(_allowance(d, line, words) for d in line.discounts if d.scope == "line" and d.amount.amount_minor)
    shared = tuple(
        replace(_allowance(d, line, words), vat=vat)
        for d in line.discounts
        if d.scope == "invoice" and d.amount.amount_minor
    )
    net = line.net + total((allowance.amount for allowance in shared), line.net.currency)
    before = net + total((allowance.amount for allowance in own), line.net.currency)
    price, per = _price(line, before)
    billed = Line(
        line_id=line.line_id,
        name=clean(line.description) or line.code,
        item_id=line.code,
        quantity=Decimal(line.quantity),
        unit=unit_code(line.unit),
        price=price,
        per=per,
        allowances=own,
        net=net,
        vat=vat,
        performed_on=line.performed_on,
        description=_description(line, words),
        note=words["free_of_charge"] if line.waiver is not None else None,
    )
    return billed, shared


def _vat(line: InvoiceLine) -> Vat:
    if line.tax_category is None:
        raise NoEInvoice(f"line {line.line_id} has no VAT category")
    return vat_of(line.tax_category, line.tax_rate or "0")


def vat_of(category: str, rate: str) -> Vat:
    """An exempt line has the rate 0 (BR-48). A standard rate of nothing is a zero rate (BR-S-05)."""
    number = Decimal(rate).normalize()
    match category:
        case "S":
            return Vat("S" if number else "Z", number)
        case "Z" if not number:
            return Vat("Z", number)
        case "E" if not number:
            return Vat("E", number)
        case "Z" | "E":
            raise NoEInvoice(f"VAT of category {category} has the rate 0, and not {rate} (BR-{category}-05)")
        case "AE":
            raise NoEInvoice("reverse charge (AE) is between businesses: no patient has a VAT number (BR-AE-02)")
        case _:
            raise NoEInvoice(f"VAT of category {category} is of no bill that is made here: S, Z and E are")


def _allowance(discount: LineDiscount, line: InvoiceLine, words: Words) -> Allowance:
    """Without the VAT that is in it where the price has VAT."""
    amount = discount.amount
    if line.basis == "gross":
        amount = Money(base_of(amount.amount_minor, line.tax_rate or "0"), amount.currency)
    return Allowance(amount, clean(discount.name) or words["discount"])


def _price(line: InvoiceLine, before: Money) -> tuple[Money, Decimal]:
    """BT-146 and BT-149: the price of one; where that does not give the amount, the amount is the price of them all."""
    price = line.unit_price
    if price is not None and line.basis == "net" and times(price.amount_minor, line.quantity) == before.amount_minor:
        return price, ONE
    return before, Decimal(line.quantity)


def _description(line: InvoiceLine, words: Words) -> str | None:
    tooth = clean(line.tooth or line.area)
    surfaces = clean(" ".join(line.surfaces))
    unit = None if is_known_unit(line.unit) else f"{line.quantity} {line.unit}"
    parts = (tooth and f"{words['tooth']} {tooth}", surfaces and f"{words['surfaces']} {surfaces}", clean(unit))
    return ", ".join(part for part in parts if part) or None


def together(shared: Iterable[Allowance]) -> tuple[Allowance, ...]:
    """One allowance for each reason and VAT rate."""
    sums: dict[tuple[str, Vat | None], Money] = {}
    for allowance in shared:
        key = allowance.reason, allowance.vat
        sums[key] = sums[key] + allowance.amount if key in sums else allowance.amount
    return tuple(Allowance(amount, reason, vat) for (reason, vat), amount in sums.items())


def groups_of(taxes: Sequence[TaxSubtotal], words: Words) -> tuple[VatGroup, ...]:
    """One for each category and rate (BR-S-08); one that is exempt says why (BR-E-10)."""
    groups: dict[Vat, VatGroup] = {}
    for tax in taxes:
        vat = vat_of(tax.category, tax.rate)
        reason = clean(tax.exemption_reason) or words["tax_E"] if vat.category == "E" else None
        code = tax.exemption_code if vat.category == "E" and tax.exemption_code in EXEMPTIONS else None
        known = groups.get(vat)
        groups[vat] = (
            VatGroup(vat, tax.base, tax.tax, reason, code)
            if known is None
            else replace(
                known,
                base=known.base + tax.base,
                tax=known.tax + tax.tax,
                code=code if known.code == code else None,
            )
        )
    return tuple(groups.values())


def refuse_other_sums(lines: Sequence[Line], allowances: Sequence[Allowance], groups: Sequence[VatGroup]) -> None:
    """Raises NoEInvoice where lines and VAT do not tell the same (BR-S-08, BR-CO-17), as nobody could validate it."""
    bases: dict[Vat, int] = {}
    for line in lines:
        bases[line.vat] = bases.get(line.vat, 0) + line.net.amount_minor
    for allowance in allowances:
        if allowance.vat is not None:
            bases[allowance.vat] = bases.get(allowance.vat, 0) - allowance.amount.amount_minor
    if bases != {group.vat: group.base.amount_minor for group in groups}:
        raise NoEInvoice("its VAT is not that of its lines (BR-S-08)")
    for group in groups:
        computed = Decimal(plain(group.base)) * group.vat.rate / 100
        rounded = computed.quantize(Decimal(plain(Money(1, group.base.currency))), ROUND_HALF_UP)
        if abs(Decimal(plain(group.tax)) - rounded) >= ONE:
            raise NoEInvoice("its VAT is not the rate of its base (BR-CO-17)")
