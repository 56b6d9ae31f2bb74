"""Price lists."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from contracts.invoicing import PriceBasis, TaxCategory
from contracts.money import Currency
from contracts.values import Id, Rate, Text
from invoicing.api.schemas.common import Body, ReasonedBody, shortest
from invoicing.domain.pricing.price_list import PriceItem, PriceList

_PRICES = TypeAdapter(PriceList)


class ItemBody(Body):
    """The price of one unit, in minor units, on the list's basis. Either a procedure's code or a material's SKU."""

    code: Id
    system: Annotated[Text, Field(min_length=1)] | None = None
    unit: Annotated[Text, Field(min_length=1)] | None = None
    unit_price_minor: Annotated[int, Field(ge=0, le=10**12)]
    tax_category: TaxCategory
    tax_rate: Annotated[Rate, AfterValidator(shortest)] = "0"
    exemption_reason: Annotated[Text, Field(max_length=200), AfterValidator(lambda text: text or None)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.system is None) == (self.unit is None):
            raise ValueError("either system (a procedure) or unit (a material)")
        return self

    def item(self) -> dict[str, Any]:
        """As the domain has it."""
        kind, scope = ("material", self.unit) if self.system is None else ("procedure", self.system)
        return {**self.model_dump(exclude={"system", "unit"}), "kind": kind, "scope": scope}


class PeriodBody(Body):
    """Prices from the first to the last day, both included."""

    valid_from: date
    valid_until: date | None = None
    items: Annotated[tuple[ItemBody, ...], Field(max_length=20_000)]


class AppliesToBody(Body):
    """A plan's prices, a payer's or a provider's; `{}` for everybody's, where no other list has the item."""

    payer_id: Id | None = None
    plan: Text | None = None
    provider_id: Id | None = None


class PriceListBody(ReasonedBody):
    """A price list, whole. Without `applies_to` it is for sessions that name it, and may be the clinic's own.

    On the basis `gross`, prices are with VAT: an invoice costs their sum, to the cent.
    """

    currency: Currency
    basis: PriceBasis = "net"
    applies_to: AppliesToBody | None = None
    periods: Annotated[tuple[PeriodBody, ...], Field(min_length=1, max_length=100)]

    def prices(self, clinic_id: str, price_list_id: str) -> PriceList:
        """The domain's list; its version is set when it is stored."""
        periods = [{**p.model_dump(exclude={"items"}), "items": [i.item() for i in p.items]} for p in self.periods]
        place = {"clinic_id": clinic_id, "price_list_id": price_list_id, "version": 0, "basis": self.basis}
        scope = self.applies_to and self.applies_to.model_dump()
        return _PRICES.validate_python({**place, "currency": self.currency, "periods": periods, "applies_to": scope})


class ListedView(BaseModel):
    """A price list without its prices."""

    model_config = ConfigDict(from_attributes=True)

    price_list_id: Id
    version: int
    currency: Currency
    basis: PriceBasis
    applies_to: AppliesToBody | None


class PriceListView(PriceListBody):
    """The list as stored."""

    clinic_id: Id
    price_list_id: Id
    version: int

    @classmethod
    def of(cls, prices: PriceList) -> Self:
        """The list as it was put, with its version."""
        periods = [
            {
                "valid_from": p.valid_from,
                "valid_until": p.valid_until,
                "items": [_item_view(item) for item in p.items],
            }
            for p in prices.periods
        ]
        return cls.model_validate(
            {
                "clinic_id": prices.clinic_id,
                "price_list_id": prices.price_list_id,
                "version": prices.version,
                "currency": prices.currency,
                "basis": prices.basis,
                "applies_to": asdict(prices.applies_to) if prices.applies_to else None,
                "periods": periods,
            }
        )


def _item_view(item: PriceItem) -> dict[str, Any]:
    scope = "system" if item.kind == "procedure" else "unit"
    names = ("code", "unit_price_minor", "tax_category", "tax_rate", "exemption_reason")
    return {scope: item.scope, **{name: getattr(item, name) for name in names}}
