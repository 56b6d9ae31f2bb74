"""The terms of a clinic: everything that prices depend on, as of one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.discounts.policy import DiscountPolicy
from invoicing.domain.pricing.price_list import NO_PRICE, ItemKey, PriceList, Quote
from invoicing.domain.pricing.price_list_choice import Chain, PricingContext, chain
from kernel.money import Money, times
from kernel.value import replace

TermsKey = tuple[str, str | None]
"""A clinic, and the price list that a session names."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clinic's sessions are priced with.

    `price_list` is the clinic's own, `named` the one that the session names, `scoped` those that apply to some. Without
    a clinic the draft is kept, marked, in the fallback currency. `families` has the size of the family of each patient
    of one, where the discount policy asks for it.
    """

    clinic: Clinic | None
    price_list: PriceList | None
    fallback_currency: str
    named: PriceList | None = None
    scoped: tuple[PriceList, ...] = ()
    policy: DiscountPolicy | None = None
    families: Mapping[str, int] = field(default_factory=dict)
    _chains: dict[PricingContext, Chain] = field(default_factory=dict, compare=False, repr=False)

    @property
    def currency(self) -> str:
        leading = self.named or self.price_list
        if leading is not None:
            return leading.currency
        return self.clinic.currency if self.clinic is not None else self.fallback_currency

    def quote(self, key: ItemKey, on: date, quantity: str, who: PricingContext, factor: str | None = None) -> Quote:
        """The price on that day in the first list that has the item, or NO_PRICE.

        A list has the single fee, which the factor multiplies.
        """
        for rule, prices in self._asked(who):
            quote = prices.quote(key, on, quantity, rule, factor)
            if quote is not NO_PRICE:
                return quote
        return NO_PRICE

    def at_cost(self, key: ItemKey, on: date, quantity: str, who: PricingContext, cost: Money) -> Quote:
        """What somebody else asked for one unit, taxed as the lists have the item; NO_PRICE in another currency."""
        quote = self.quote(key, on, quantity, who)
        if quote.amount is None or quote.amount.currency != cost.currency:
            return NO_PRICE
        return replace(quote, unit_price=cost, amount=Money(times(cost.amount_minor, quantity), cost.currency))

    def description(self, key: ItemKey, on: date, who: PricingContext, locale: str | None) -> str:
        """What the first list that has words for the item calls it; empty where none has any."""
        texts = (prices.description(key, on, locale) for _, prices in self._asked(who))
        return next(filter(None, texts), "")

    def _asked(self, who: PricingContext) -> Chain:
        found = self._chains.get(who)
        if found is None:
            found = self._chains[who] = chain(self.named, self.price_list, self.scoped, who, self.currency)
        return found

    def day_of(self, moment: datetime) -> date:
        """The clinic's date; the date as the clinical system wrote it where no clinic is configured."""
        return self.clinic.local_date(moment) if self.clinic is not None else moment.date()
