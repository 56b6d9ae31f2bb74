"""Discounts that people grant."""

from typing import Self

from pydantic import model_validator

from contracts.money import Money
from contracts.values import Id
from invoicing.api.schemas.common import ReasonBody, ShortRate
from invoicing.api.schemas.discount_policies import Name
from invoicing.domain.drafts.discount_grants import Wanted


class GrantBody(ReasonBody):
    """A discount on one line or, without `line_id`, on the whole invoice: one of the policy, or a free one."""

    discount_id: Id | None = None
    name: Name | None = None
    rate: ShortRate | None = None
    amount: Money | None = None
    line_id: Id | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        free = [self.name is not None, (self.rate is not None) != (self.amount is not None)]
        if self.discount_id is None and not all(free):
            raise ValueError("either discount_id, or a name with rate or amount")
        if self.discount_id is not None and (self.name or self.rate or self.amount):
            raise ValueError("a discount of the policy has its own name, rate and amount")
        return self

    def wanted(self) -> Wanted:
        """As the domain has it."""
        return Wanted(self.discount_id, self.name, self.rate, self.amount, self.line_id)
