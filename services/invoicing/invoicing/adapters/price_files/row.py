"""The price of one row."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.invoicing import TaxCategory
from contracts.values import Id, LanguageTag, Minor, ShortRate, Text
from invoicing.domain.pricing.price_list import (
    MAX_DESCRIPTION_LETTERS,
    MAX_EXEMPTION_LETTERS,
    MAX_LANGUAGES,
    PricedKind,
    PriceItem,
)


def _by_language(texts: dict[str, str]) -> dict[str, str]:
    """Tags are the same in whatever case (BCP 47): in lower case here, and in their order."""
    known = {tag.lower(): text for tag, text in texts.items()}
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

    def item(self) -> PriceItem:
        """As the domain has it."""
        return PriceItem(**self.model_dump(exclude={"descriptions"}), descriptions=tuple(self.descriptions.items()))
