"""A price list out, as CSV: what is read again gives the same list."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Literal

from chassis.csv_cells import guarded
from invoicing.adapters.price_files.cells import COLUMNS, DESCRIPTION, SELDOM
from invoicing.domain.pricing.price_list import Period, PriceItem, PriceList
from kernel.money import Money, plain

Sign = Literal["point", "comma"]


def write(prices: PriceList, decimal: Sign = "point") -> bytes:
    """UTF-8, a row a price; with decimal comma: semicolons and a byte order mark, as German spreadsheets want it."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, delimiter=";" if decimal == "comma" else ",")
    columns = [*COLUMNS, *_further_columns(prices)]
    rows.writerow(columns)
    for period in prices.periods:
        rows.writerows(_rows(prices, period, columns, "," if decimal == "comma" else "."))
    return out.getvalue().encode("utf-8-sig" if decimal == "comma" else "utf-8")


def _further_columns(prices: PriceList) -> list[str]:
    """Those that the list has anything for."""
    items = [item for period in prices.periods for item in period.items]
    seldom = [name for name in SELDOM if any(getattr(item, name) for item in items)]
    tags = sorted({tag for item in items for tag, _ in item.descriptions})
    general = [DESCRIPTION] if any(item.description for item in items) else []
    return [*seldom, *general, *(f"{DESCRIPTION}_{tag}" for tag in tags)]


def _rows(prices: PriceList, period: Period, columns: Sequence[str], sign: str) -> Iterator[list[str]]:
    """A period without prices is a row that has its days only."""
    days = [period.valid_from.isoformat(), period.valid_until.isoformat() if period.valid_until else ""]
    for item in period.items:
        texts = {name: str(getattr(item, name) or "") for name in (*SELDOM, DESCRIPTION)}
        texts |= {f"{DESCRIPTION}_{tag}": text for tag, text in item.descriptions}
        more = [guarded(texts.get(column, "")) for column in columns[len(COLUMNS) :]]
        yield [*days, *_cells(item, prices, sign), *more]
    if not period.items:
        yield [*days, *[""] * (len(columns) - len(days))]


def _cells(item: PriceItem, prices: PriceList, sign: str) -> list[str]:
    price = plain(Money(item.unit_price_minor, prices.currency)).replace(".", sign)
    rate = item.tax_rate.replace(".", sign)
    texts = (item.scope, item.code, item.exemption_reason or "")
    scope, code, reason = map(guarded, texts)
    return [item.kind, scope, code, price, prices.currency, prices.basis, item.tax_category, rate, reason]
