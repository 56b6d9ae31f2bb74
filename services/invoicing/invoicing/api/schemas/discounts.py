"""Discounts that people grant on drafts."""

from typing import Self

from pydantic import Field, model_validator

from contracts.money import MoneyInUse
from contracts.values import Id, ShortRate
from invoicing.api.schemas.common import ReasonBody, example
from invoicing.api.schemas.discount_policies import Name
from invoicing.domain.drafts.discount_grants import WantedDiscount


class GrantBody(ReasonBody):
    """A discount on one line or, without `line_id`, on the whole invoice: one of the policy, or a free one."""

    model_config = example({"reason": "had to wait for two hours", "name": "Goodwill", "rate": "10"})

    discount_id: Id | None = Field(default=None, description="one of the clinic's policy that is given by hand")
    name: Name | None = Field(default=None, description="of a free discount, as it is printed on the invoice")
    rate: ShortRate | None = Field(default=None, description="of a free discount: per cent, above 0 and at most 100")
    amount: MoneyInUse | None = Field(default=None, description="of a free discount, instead of a rate: above zero")
    line_id: Id | None = Field(default=None, description="the line; without one, the whole invoice")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        free = [self.name is not None, (self.rate is not None) != (self.amount is not None)]
        if self.discount_id is None and not all(free):
            raise ValueError("either discount_id, or a name with rate or amount")
        if self.discount_id is not None and (self.name or self.rate or self.amount):
            raise ValueError("a discount of the policy has its own name, rate and amount")
        return self

    def wanted(self) -> WantedDiscount:
        """As the domain has it."""
        return WantedDiscount(self.discount_id, self.name, self.rate, self.amount, self.line_id)
