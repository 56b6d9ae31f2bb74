"""Which of a clinic's price lists has the price: the first that has the item, asked in a fixed order.

A session that names a list is priced by it alone; else the patient's plan, the provider, the clinic's own, the default.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from invoicing.domain.pricing.price_list import AppliesTo, PriceList

Rule = Literal["named", "plan", "provider", "clinic", "default"]
NAMED: Final = "named"
PLAN: Final = "plan"
PROVIDER: Final = "provider"
CLINIC: Final = "clinic"
DEFAULT: Final = "default"
Chain = tuple[tuple[Rule, PriceList], ...]
"""Price lists in the order in which they are asked, each with the rule that put it there."""


class PricingContext(NamedTuple):
    """For whom, and by whom, something was done."""

    payer_id: str | None = None
    plan: str | None = None
    provider_id: str | None = None


def chain(
    named: PriceList | None, own: PriceList | None, scoped: Iterable[PriceList], who: PricingContext, currency: str
) -> Chain:
    """The lists to ask, in order; only those in the invoice's currency. Of plans the most exact one comes first."""
    if named is not None:
        return ((NAMED, named),)
    known = list(scoped)
    plans = sorted((p for p in known if _is_for(p, who, PLAN)), key=_exactness)
    found: list[tuple[Rule, PriceList]] = [
        *((PLAN, p) for p in plans),
        *((PROVIDER, p) for p in known if _is_for(p, who, PROVIDER)),
        *((CLINIC, p) for p in [own] if p),
        *((DEFAULT, p) for p in known if p.applies_to == AppliesTo()),
    ]
    return tuple((rule, prices) for rule, prices in found if prices.currency == currency)


def _is_for(prices: PriceList, who: PricingContext, rule: Rule) -> bool:
    scope = prices.applies_to
    if scope is None:
        return False
    if rule == PROVIDER:
        return scope.provider_id is not None and scope.provider_id == who.provider_id
    asked = ((scope.payer_id, who.payer_id), (scope.plan, who.plan))
    return scope.is_plan and all(wanted is None or wanted == known for wanted, known in asked)


def _exactness(prices: PriceList) -> tuple[int, str]:
    """A plan of a payer, then a plan of any, then all plans of a payer."""
    scope = prices.applies_to or AppliesTo()
    both = scope.payer_id is not None and scope.plan is not None
    return (0 if both else 1 if scope.plan is not None else 2), prices.price_list_id
