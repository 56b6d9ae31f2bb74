"""The price of one row."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.invoicing import TaxCategory
from contracts.values import ExemptionCode, Id, LanguageTag, Minor, ShortRate, Text
from invoicing.domain.pricing.goz import MOST_POINTS
from invoicing.domain.pricing.price_list import (
    MAX_DESCRIPTION_LETTERS,
    MAX_EXEMPTION_LETTERS,
    MAX_LANGUAGES,
    PricedKind,
    PriceItem,
)


def _as_usual(tag: str) -> str:
    """In the case in which tags are written, which means nothing (RFC 5646, 2.1.1): de-AT, zh-Hant-TW."""
    language, *rest = tag.lower().split("-")
    shaped = (part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest)
    return "-".join([language, *shaped])


def _by_language(texts: dict[str, str]) -> dict[str, str]:
    """In the order of their tags."""
    known = {_as_usual(tag): text for tag, text in texts.items()}
    if len(known) < len(texts):
        raise ValueError("has a language twice")
    return {tag: known[tag] for tag in sorted(known) if known[tag]}


_Words = Annotated[Text, Field(max_length=MAX_DESCRIPTION_LETTERS), AfterValidator(str.strip)]
Description = Annotated[_Words, AfterValidator(lambda text: text or None)] | None
Descriptions = Annotated[dict[LanguageTag, _Words], Field(max_length=MAX_LANGUAGES), AfterValidator(_by_language)]


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
    description: Description = None
    descriptions: Descriptions = Field(default_factory=dict)
    points: Annotated[int, Field(ge=1, le=MOST_POINTS)] | None = None
    exemption_code: ExemptionCode | None = None

    def item(self) -> PriceItem:
        """As the domain has it."""
        return PriceItem(**self.model_dump(exclude={"descriptions"}), descriptions=tuple(self.descriptions.items()))
