"""Price lists."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from contracts.invoicing import PriceBasis, TaxCategory
from contracts.money import Currency, CurrencyInUse
from contracts.values import ExemptionCode, Id, Minor, ShortRate, Text
from invoicing.adapters.price_files.row import Description, Descriptions
from invoicing.api.schemas.common import Body, Json, ReasonedBody, example
from invoicing.domain.pricing.goz import MOST_POINTS
from invoicing.domain.pricing.price_list import MAX_EXEMPTION_LETTERS, MAX_ITEMS, MAX_PERIODS, PriceItem, PriceList

_PRICES = TypeAdapter(PriceList)
_EXAMPLE: Json = {
    "currency": "EUR",
    "basis": "net",
    "periods": [
        {
            "valid_from": "2026-01-01",
            "valid_until": "2026-12-31",
            "items": [
                {
                    "code": "D2391",
                    "system": "http://www.ada.org/cdt",
                    "unit_price_minor": 12500,
                    "tax_category": "E",
                    "exemption_reason": "Treatment, § 4 no. 14 UStG",
                    "description": "Composite, one surface",
                    "descriptions": {"de": "Kompositfüllung, eine Fläche"},
                },
                {
                    "code": "COMP-A2",
                    "unit": "g",
                    "unit_price_minor": 1200,
                    "tax_category": "S",
                    "tax_rate": "19",
                },
            ],
        }
    ],
}
LISTED_EXAMPLE: Json = {
    "price_list_id": "standard",
    "version": 3,
    "currency": "EUR",
    "basis": "net",
    "applies_to": None,
}


ExemptionReason = Annotated[Text, Field(max_length=MAX_EXEMPTION_LETTERS), AfterValidator(lambda text: text or None)]


class ItemBody(Body):
    """The price of one unit: of a procedure (with its `system`), or of a material (with its `unit`)."""

    code: Id = Field(description="the procedure's code, or the material's SKU", examples=["D2391"])
    system: Annotated[Text, Field(min_length=1)] | None = Field(
        default=None, description="code system of a procedure", examples=["http://www.ada.org/cdt"]
    )
    unit: Annotated[Text, Field(min_length=1)] | None = Field(
        default=None, description="what a material is counted in", examples=["g"]
    )
    unit_price_minor: Minor = Field(
        description="price of one unit on the list's basis, in minor units of its currency (12500 EUR are 125.00)"
    )
    tax_category: TaxCategory = Field(description="EN 16931: `S` standard rate, `Z` zero rate, `E` exempt")
    tax_rate: ShortRate = Field(default="0", description="VAT in per cent: above 0 for category S, else 0")
    exemption_reason: (
        Annotated[Text, Field(max_length=MAX_EXEMPTION_LETTERS), AfterValidator(lambda text: text or None)] | None
    ) = Field(default=None, description="why no VAT is charged; required for category E")
    description: Description = Field(
        default=None, description="what the invoice says of an item that the session does not describe"
    )
    descriptions: Descriptions = Field(
        default_factory=dict,
        description="the same by language, as BCP 47 tags: the patient's counts, where it is there",
        examples=[{"de": "Kompositfüllung, eine Fläche", "en": "Composite, one surface"}],
    )
    exemption_code: ExemptionCode | None = Field(
        default=None, description="the same as a code of the VATEX list, for electronic invoices; of category E"
    )
    points: Annotated[int, Field(ge=1, le=MOST_POINTS)] | None = Field(
        default=None,
        description="of a service of the GOZ: its fee is the points x 5.62421 cents x the factor, rounded once, "
        "and `unit_price_minor` the single fee",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.system is None) == (self.unit is None):
            raise ValueError("either system (a procedure) or unit (a material)")
        return self

    def item(self) -> Json:
        """As the domain has it."""
        kind, scope = ("material", self.unit) if self.system is None else ("procedure", self.system)
        body = self.model_dump(exclude={"system", "unit", "descriptions"})
        return {**body, "kind": kind, "scope": scope, "descriptions": tuple(self.descriptions.items())}


class PeriodBody(Body):
    """Prices from the first to the last day, both included. The periods of a list do not overlap."""

    valid_from: date = Field(description="first day")
    valid_until: date | None = Field(default=None, description="last day; null until further notice")
    items: Annotated[tuple[ItemBody, ...], Field(max_length=MAX_ITEMS)] = Field(
        description="the prices; each code once for its system or unit"
    )


class AppliesToBody(Body):
    """A plan's prices, a payer's or a provider's; `{}` for everybody's, where no other list has the item."""

    payer_id: Id | None = Field(default=None, description="patients insured with this payer")
    plan: Text | None = Field(default=None, description="patients with this plan")
    provider_id: Id | None = Field(default=None, description="what this provider performs; not with a payer or plan")


class PriceListBody(ReasonedBody):
    """A price list, whole. Without `applies_to` it is for sessions that name it, and may be the clinic's own.

    On the basis `gross`, prices are with VAT: an invoice costs their sum, to the cent.
    """

    model_config = example(_EXAMPLE)

    currency: CurrencyInUse = Field(description="of all its prices, ISO 4217", examples=["EUR"])
    basis: PriceBasis = Field(default="net", description="whether prices are without (`net`) or with VAT (`gross`)")
    applies_to: AppliesToBody | None = Field(default=None, description="whose prices these are; no two lists the same")
    periods: Annotated[tuple[PeriodBody, ...], Field(min_length=1, max_length=MAX_PERIODS)] = Field(
        description="prices by the days on which they are valid"
    )

    def prices(self, clinic_id: str, price_list_id: str) -> PriceList:
        """The domain's list; its version is set when it is stored."""
        periods = [{**p.model_dump(exclude={"items"}), "items": [i.item() for i in p.items]} for p in self.periods]
        place = {"clinic_id": clinic_id, "price_list_id": price_list_id, "version": 0, "basis": self.basis}
        scope = self.applies_to and self.applies_to.model_dump()
        return _PRICES.validate_python({**place, "currency": self.currency, "periods": periods, "applies_to": scope})


class ListedView(BaseModel):
    """A price list without its prices."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [LISTED_EXAMPLE]})

    price_list_id: Id = Field(description="the list")
    version: int = Field(description="one more with each change")
    currency: Currency = Field(description="of all its prices, ISO 4217")
    basis: PriceBasis = Field(description="whether prices are without (`net`) or with VAT (`gross`)")
    applies_to: AppliesToBody | None = Field(description="whose prices these are; null where sessions name the list")


class PriceListView(PriceListBody):
    """The list as stored."""

    model_config = example({**_EXAMPLE, "clinic_id": "clinic-berlin", "price_list_id": "standard", "version": 3})

    currency: Currency = Field(description="of all its prices, ISO 4217", examples=["EUR"])
    clinic_id: Id = Field(description="the clinic")
    price_list_id: Id = Field(description="the list")
    version: int = Field(description="one more with each change; also the ETag")

    @classmethod
    def of(cls, prices: PriceList) -> Self:
        """The list as it was put, with its version."""
        periods = [
            {
                "valid_from": period.valid_from,
                "valid_until": period.valid_until,
                "items": [_item_view(item) for item in period.items],
            }
            for period in prices.periods
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
    names = (
        "code",
        "unit_price_minor",
        "tax_category",
        "tax_rate",
        "exemption_reason",
        "description",
        "points",
        "exemption_code",
    )
    said = {name: getattr(item, name) for name in names}
    return {scope: item.scope, **said, "descriptions": dict(item.descriptions)}
