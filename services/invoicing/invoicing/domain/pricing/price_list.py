"""Price lists: periods of validity, each with a price for a procedure's code or a material's SKU and unit."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from invoicing.domain.invoice.line import NET, PriceBasis, PriceTrace
from invoicing.domain.pricing import goz
from kernel.errors import BusinessError
from kernel.money import Money, scaled, times
from kernel.outcome import Outcome
from kernel.value import replace

MAX_QUOTES = 50_000
MAX_PERIODS = 100
MAX_ITEMS = 20_000
"""Of one period."""
MAX_EXEMPTION_LETTERS = 200
MAX_DESCRIPTION_LETTERS = 300
MAX_LANGUAGES = 20
PricedKind = Literal["procedure", "material"]
ItemKey = tuple[str, str, str]
"""("procedure", code system, code) or ("material", unit, SKU)."""


@dataclass(frozen=True, slots=True)
class PriceItem:
    """The price of one unit, in minor units on the list's basis, and its tax.

    `scope` is the code system, or a material's unit. `descriptions` are by language: a tag of BCP 47, and the text;
    `description` is for every other language. `points` are those of a fee schedule: with them the fee is made of the
    points, and `unit_price_minor` is the single fee, rounded.
    """

    kind: PricedKind
    scope: str
    code: str
    unit_price_minor: int
    tax_category: str
    tax_rate: str
    exemption_reason: str | None = None
    description: str | None = None
    descriptions: tuple[tuple[str, str], ...] = ()
    points: int | None = None
    exemption_code: str | None = None

    def fee_minor(self, factor: str | None) -> int:
        """Of one unit, in minor units: the single fee x factor, half up, rounded once."""
        if factor is None:
            return self.unit_price_minor
        return times(self.unit_price_minor, factor) if self.points is None else goz.fee_minor(self.points, factor)

    @property
    def key(self) -> ItemKey:
        return (self.kind, self.scope, self.code)

    def described(self, locale: str | None) -> str | None:
        """In the language of the locale where there is one: by lookup (RFC 4647, 3.4), then by language alone.

        Else as it is described for every language, or else in the first one that there is.
        """
        texts = {known.lower(): text for known, text in self.descriptions}
        tag = (locale or "").replace("_", "-").lower()
        language = tag.partition("-")[0]
        while tag and tag not in texts:
            tag = tag.rpartition("-")[0]
        alike = (text for known, text in texts.items() if known.partition("-")[0] == language)
        return texts.get(tag) or next(alike, None) or self.description or next(iter(texts.values()), None)


@dataclass(frozen=True, slots=True)
class Period:
    """Prices from the first to the last day, both included; open-ended without a last day."""

    valid_from: date
    valid_until: date | None
    items: tuple[PriceItem, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a quantity of an item costs, and why; nothing at all where the list has no price.

    Of a gross price list, `unit_price` and `amount` are with VAT.
    """

    unit_price: Money | None = None
    amount: Money | None = None
    tax_category: str | None = None
    tax_rate: str | None = None
    exemption_reason: str | None = None
    trace: PriceTrace | None = None
    basis: PriceBasis = NET
    exemption_code: str | None = None


NO_PRICE = Quote()


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Whose prices these are, without being named: a plan's, a payer's or a provider's; with none, everybody's."""

    payer_id: str | None = None
    plan: str | None = None
    provider_id: str | None = None

    @property
    def is_plan(self) -> bool:
        return self.payer_id is not None or self.plan is not None


@dataclass(frozen=True)
class PriceList:
    """One version of a price list. Periods do not overlap.

    Without `applies_to` it is used where a session names it, and as the clinic's own.
    """

    price_list_id: str
    clinic_id: str
    version: int
    currency: str
    periods: tuple[Period, ...]
    applies_to: AppliesTo | None = None
    basis: PriceBasis = NET

    def quote(self, key: ItemKey, on: date, quantity: str, rule: str, factor: str | None = None) -> Quote:
        """The price on that day, or NO_PRICE; `rule` is why this list was asked.

        Raises ValueError for a quantity or factor that is no decimal number.
        """
        asked = (key, on, quantity, rule, factor)
        if asked in self._quotes:
            return self._quotes[asked]
        if len(self._quotes) >= MAX_QUOTES:
            self._quotes.clear()
        item = self._item(key, on)
        quote = self._quotes[asked] = NO_PRICE if item is None else self._quote(item, quantity, rule, factor)
        return quote

    def description(self, key: ItemKey, on: date, locale: str | None) -> str | None:
        """What the item is called on that day, in the language of the locale where the list has it."""
        item = self._item(key, on)
        return None if item is None else item.described(locale)

    def _quote(self, item: PriceItem, quantity: str, rule: str, factor: str | None) -> Quote:
        fee_minor = item.fee_minor(factor)
        return Quote(
            Money(fee_minor, self.currency),
            Money(times(fee_minor, quantity), self.currency),
            item.tax_category,
            item.tax_rate,
            item.exemption_reason,
            PriceTrace(self.price_list_id, self.version, rule),
            self.basis,
            item.exemption_code,
        )

    def _item(self, key: ItemKey, on: date) -> PriceItem | None:
        for first, last, items in self._by_key:
            if first <= on <= last:
                return items.get(key)
        return None

    @cached_property
    def _by_key(self) -> tuple[tuple[date, date, dict[ItemKey, PriceItem]], ...]:
        return tuple(
            (p.valid_from, p.valid_until or date.max, {item.key: item for item in p.items}) for p in self.periods
        )

    @cached_property
    def _quotes(self) -> dict[tuple[ItemKey, date, str, str, str | None], Quote]:
        """A clinic asks for the same few prices all day long."""
        return {}


@dataclass(frozen=True, slots=True)
class PriceListChanged:
    price_list: PriceList


@dataclass(frozen=True, slots=True)
class Fault:
    """What contradicts a rule: `field` of an item, of a period where `item` is None, or of the list (`period` None)."""

    code: str
    message: str
    field: str
    period: int | None = None
    item: int | None = None

    @property
    def pointer(self) -> str:
        """JSON pointer into the list (RFC 6901)."""
        if self.period is None:
            return f"/{self.field}"
        place = f"/periods/{self.period}" + ("" if self.item is None else f"/items/{self.item}")
        return f"{place}/{self.field}" if self.field else place


def change_price_list(
    prices: PriceList, version_before: int, scopes_taken: Collection[AppliesTo | None]
) -> Outcome[PriceList, PriceListChanged]:
    """The list under the next version, 0 being before the first; `scopes_taken` are those of the clinic's other lists.

    Raises BusinessError naming the field.
    """
    check(prices)
    if prices.applies_to is not None and prices.applies_to in scopes_taken:
        raise BusinessError("price-list-scope-taken", "another list applies to just the same", field="/applies_to")
    changed = replace(prices, version=version_before + 1)
    return Outcome(changed, (PriceListChanged(changed),))


def check(price_list: PriceList) -> PriceList:
    """The price list itself when it is without contradiction. Raises BusinessError naming the field."""
    for fault in faults(price_list):
        raise BusinessError(fault.code, fault.message, field=fault.pointer)
    return price_list


def faults(price_list: PriceList) -> Iterator[Fault]:
    """Everything that contradicts a rule."""
    scope = price_list.applies_to
    if scope is not None and scope.is_plan and scope.provider_id is not None:
        yield Fault("price-list-scope", "a plan's list or a provider's, not both", "applies_to")
    yield from _overlaps(price_list)
    for number, period in enumerate(price_list.periods):
        if period.valid_until is not None and period.valid_until < period.valid_from:
            yield Fault("price-list-period", "ends before it begins", "valid_until", number)
        for index, item in enumerate(period.items):
            yield from _item_faults(number, index, item)
            yield from _points_faults(number, index, item, price_list.currency)
        yield from _twice(number, period)


def _overlaps(price_list: PriceList) -> Iterator[Fault]:
    """The later one of each two: by its first day, and then by its place."""
    last: date | None = None
    for number, period in sorted(enumerate(price_list.periods), key=lambda p: p[1].valid_from):
        if last is not None and last >= period.valid_from:
            yield Fault("price-list-overlap", f"two periods are valid on {period.valid_from}", "", number)
        until = period.valid_until or date.max
        last = until if last is None else max(last, until)


def _item_faults(period: int, index: int, item: PriceItem) -> Iterator[Fault]:
    if item.tax_category == "E" and not item.exemption_reason:
        # EN 16931 BR-E-10: an exempt item says why.
        message = "category E needs a reason"
        yield Fault("exemption-reason-missing", message, "exemption_reason", period, index)
    if item.tax_category != "E" and item.exemption_code:
        # EN 16931 BR-S-10, BR-Z-10: what is not exempt has no reason for it.
        yield Fault("exemption-code", "only category E has a code of exemption", "exemption_code", period, index)
    if (item.tax_category == "S") != (scaled(item.tax_rate)[0] > 0):
        # EN 16931 BR-S-05, BR-Z-05, BR-E-05: standard rated items have a rate, zero rated and exempt ones rate 0.
        yield Fault("tax-rate", "category S has a rate above 0, and no other has", "tax_rate", period, index)


def _points_faults(period: int, index: int, item: PriceItem, currency: str) -> Iterator[Fault]:
    if item.points is None:
        return
    if item.kind != "procedure" or item.scope not in goz.SYSTEMS or currency != goz.CURRENCY:
        yield Fault("points-system", "only a service of the GOZ has points, in EUR", "points", period, index)
    elif item.unit_price_minor != (fee := goz.fee_minor(item.points)):
        message = f"{item.points} points are {fee} cents, which is the single fee"
        yield Fault("points-price", message, "unit_price_minor", period, index)


def _twice(number: int, period: Period) -> Iterator[Fault]:
    seen: set[ItemKey] = set()
    for index, item in enumerate(period.items):
        if item.key in seen:
            yield Fault("price-list-twice", f"{item.code} has two prices in one period", "", number, index)
        seen.add(item.key)
