"""The price of one row."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.invoicing import TaxCategory
from contracts.values import Id, Minor, ShortRate, Text
from invoicing.domain.pricing.price_list import MAX_EXEMPTION_LETTERS, PricedKind, PriceItem


class PriceRow(BaseModel):
    """As strict as a price that is put as JSON. `scope` is the code system, or a material's unit."""

    model_config = ConfigDict(frozen=True)

    kind: PricedKind
    scope: Annotated[Text, Field(min_length=1)]
    code: Id
    unit_price_minor: Minor
    tax_category: TaxCategory
    tax_rate: ShortRate
    exemption_reason: (
        Annotated[Text, Field(max_length=MAX_EXEMPTION_LETTERS), AfterValidator(lambda text: text or None)] | None
    )

    def item(self) -> PriceItem:
        """As the domain has it."""
        return PriceItem(**self.model_dump())
