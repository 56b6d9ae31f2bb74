"""Lines of an invoice or credit note, its sums and its taxes, as tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.invoicing import InvoiceLine, TaxSubtotal
from documents.adapters.pdf.fee_schedule import Reasons, factor_of, lab_remark, number_of
from documents.adapters.pdf.grids import Cell, Column, Grid, Sum
from documents.adapters.pdf.parties import Reader
from kernel.money import Money, total


@dataclass(frozen=True, slots=True)
class LineView:
    """BG-25. An empty cell is a fact that the line does not have."""

    date: str
    code: str
    description: str
    tooth: str
    surfaces: str
    quantity: str
    unit_price: str
    rate: str
    net: str
    remarks: tuple[str, ...]
    factor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TaxView:
    """BG-23, one category and rate."""

    label: str
    reason: str
    base: str
    tax: str


def line_views(lines: Sequence[InvoiceLine], reader: Reader, sign: int = 1) -> tuple[LineView, ...]:
    """The rate stands on each line where there are several; `sign` is -1 for what is taken back."""
    several = len({(line.tax_category, line.tax_rate) for line in lines}) > 1
    reasons = Reasons(reader)
    return tuple(_line(line, reader, sign, reasons, with_rate=several) for line in lines)


def _line(line: InvoiceLine, reader: Reader, sign: int, reasons: Reasons, *, with_rate: bool) -> LineView:
    formats = reader.formats
    return LineView(
        date=formats.day(line.performed_on),
        code=number_of(line),
        description=line.description,
        tooth=line.tooth or line.area or "",
        surfaces=" ".join(line.surfaces),
        quantity=formats.number(line.quantity) + _unit(line.unit, reader),
        unit_price=formats.bare(line.unit_price) if line.unit_price else "",
        rate=_rate(line, reader) if with_rate else "",
        net=formats.bare(_signed(line.net, sign)) if line.net else "",
        remarks=_remarks(line, reader),
        factor=factor_of(line, reader),
        reason=reasons.mark(line),
    )


def _signed(amount: Money, sign: int) -> Money:
    return amount if sign > 0 else -amount


def _unit(unit: str | None, reader: Reader) -> str:
    """In the reader's words, where there is one for it."""
    if not unit:
        return ""
    return f"\xa0{reader.words.get(f'unit_{unit}', unit)}"


def _rate(line: InvoiceLine, reader: Reader) -> str:
    if line.tax_category == "E" or line.tax_rate is None:
        return reader.words["exempt"]
    return f"{reader.formats.number(line.tax_rate)}\xa0%"


def _remarks(line: InvoiceLine, reader: Reader) -> tuple[str, ...]:
    """Why the net amount is not the unit price x quantity (BG-27 names each allowance)."""
    words, formats = reader.words, reader.formats
    remarks = [f"{discount.name} {formats.bare(-discount.amount)}" for discount in line.discounts]
    if line.basis == "gross" and line.tax_category == "S":
        remarks.append(words["price_includes_tax"])
        if line.amount is not None and line.waiver is None and (line.discounts or line.amount != line.unit_price):
            left = line.amount - total((discount.amount for discount in line.discounts), line.amount.currency)
            remarks.append(words["amount_includes_tax"].format(amount=formats.bare(left)))
    if (lab := lab_remark(line.lab_invoice, reader)) is not None:
        remarks.append(lab)
    if line.waiver is not None:
        remarks.append(words["free_of_charge"])
    return tuple(remarks)


def tax_views(taxes: Sequence[TaxSubtotal], reader: Reader, sign: int = 1) -> tuple[TaxView, ...]:
    return tuple(_tax(tax, reader, sign) for tax in taxes)


def _tax(tax: TaxSubtotal, reader: Reader, sign: int) -> TaxView:
    label = reader.words[f"tax_{tax.category}"].format(rate=reader.formats.number(tax.rate))
    base, amount = (reader.formats.bare(_signed(each, sign)) for each in (tax.base, tax.tax))
    return TaxView(label, tax.exemption_reason or "", base, amount)


def lines_grid(
    lines: Sequence[LineView], taxes: Sequence[TaxView], sums: Sequence[Sum], asides: Sequence[str], reader: Reader
) -> Grid:
    words = reader.words
    columns = (
        Column(words["date"]),
        Column(words["code"]),
        Column(words["description"], "text"),
        Column(words["tooth"]),
        Column(words["surfaces"]),
        Column(words["quantity"], "amount"),
        Column(words["unit_price"], "amount"),
        Column(words["tax_column"], "amount"),
        Column(words["net"], "amount"),
    )
    return Grid(columns, tuple(_row(line) for line in lines), tuple(sums), tuple(asides), _taxes(taxes, reader))


def schedule_grid(
    lines: Sequence[LineView],
    taxes: Sequence[TaxView],
    sums: Sequence[Sum],
    asides: Sequence[str],
    reader: Reader,
    currency: str,
) -> Grid:
    """As Annex 2 of the GOZ has them; the rate of VAT is in addition, where there are several."""
    words = reader.words
    columns = (
        Column(words["date"]),
        Column(words["region"]),
        Column(words["service_number"]),
        Column(words["service"], "text"),
        Column(words["reason_mark"]),
        Column(words["factor"], "amount"),
        Column(words["times"], "amount"),
        Column(words["tax_column"], "amount"),
        Column(currency, "amount"),
    )
    return Grid(
        columns, tuple(_schedule_row(line) for line in lines), tuple(sums), tuple(asides), _taxes(taxes, reader)
    )


def _schedule_row(line: LineView) -> tuple[str | Cell, ...]:
    return (
        line.date,
        " ".join(part for part in (line.tooth, line.surfaces) if part),
        line.code,
        Cell(line.description, line.remarks) if line.remarks else line.description,
        line.reason,
        line.factor,
        line.quantity,
        line.rate,
        line.net,
    )


def _row(line: LineView) -> tuple[str | Cell, ...]:
    return (
        line.date,
        line.code,
        Cell(line.description, line.remarks) if line.remarks else line.description,
        line.tooth,
        line.surfaces,
        line.quantity,
        line.unit_price,
        line.rate,
        line.net,
    )


def _taxes(taxes: Sequence[TaxView], reader: Reader) -> Grid | None:
    if not taxes:
        return None
    words = reader.words
    columns = (
        Column(words["tax_rate"], "text"),
        Column(words["tax_base"], "amount"),
        Column(words["tax_amount"], "amount"),
    )
    rows = tuple((f"{tax.label} – {tax.reason}" if tax.reason else tax.label, tax.base, tax.tax) for tax in taxes)  # noqa: RUF001
    return Grid(columns, rows, plain=True)
