"""Prices that people set by hand."""

from typing import Annotated

from pydantic import AfterValidator, Field

from contracts.invoicing import PriceBasis, TaxCategory
from contracts.money import Money as WireMoney
from contracts.values import Rate, Text
from invoicing.api.schemas.common import ReasonBody, example
from invoicing.domain.drafts.manual_prices import HandPrice
from kernel.money import MOST_MINOR, Money


def _affordable(amount: Money) -> Money:
    if not 0 <= amount.amount_minor <= min(10**12, MOST_MINOR):
        raise ValueError("from 0 to 1,000,000,000,000 minor units")
    return amount


class LinePriceBody(ReasonBody):
    """The price of one unit, and why, on the basis of the line's price list unless another is given.

    The tax is the price list's; a line without a price needs it.
    """

    model_config = example(
        {"reason": "agreed before the treatment", "unit_price": {"amount_minor": 11000, "currency": "EUR"}}
    )

    unit_price: Annotated[WireMoney, AfterValidator(_affordable)] = Field(
        description="price of one unit, in the invoice's currency"
    )
    tax_category: TaxCategory | None = Field(
        default=None, description="EN 16931: `S`, `Z` or `E`; without one, the tax of the price list"
    )
    tax_rate: Rate | None = Field(default=None, description="with a category: VAT in per cent, above 0 for S alone")
    exemption_reason: Annotated[Text, Field(max_length=200)] | None = Field(
        default=None, description="with category E: why no VAT is charged"
    )
    basis: PriceBasis | None = Field(
        default=None, description="only for a line without a price list: whether the price is `net` or `gross`"
    )

    def price(self) -> HandPrice:
        """As the domain has it."""
        return HandPrice(self.unit_price, self.tax_category, self.tax_rate, self.exemption_reason, self.basis)
