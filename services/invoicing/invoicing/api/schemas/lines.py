"""What the routes of a draft's lines take."""

from typing import Annotated

from pydantic import AfterValidator, Field

from contracts.invoicing import PriceBasis, TaxCategory
from contracts.money import Money as WireMoney
from contracts.values import Rate, Text
from invoicing.api.schemas.common import ReasonBody
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

    unit_price: Annotated[WireMoney, AfterValidator(_affordable)]
    tax_category: TaxCategory | None = None
    tax_rate: Rate | None = None
    exemption_reason: Annotated[Text, Field(max_length=200)] | None = None
    basis: PriceBasis | None = None

    def price(self) -> HandPrice:
        """As the domain has it."""
        return HandPrice(self.unit_price, self.tax_category, self.tax_rate, self.exemption_reason, self.basis)
