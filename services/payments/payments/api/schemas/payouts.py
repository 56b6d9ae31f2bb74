"""Payouts as they are shown over HTTP."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from contracts.money import Money
from payments.domain.payouts.payout import (
    DifferenceCode,
    Payout,
    PayoutMovement,
    PayoutMovementKind,
    PayoutState,
    PayoutStatus,
)


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PartView(_View):
    """One clinic's part: charges - refunds - disputes + other - fees = net. Without a clinic: what is nobody's."""

    clinic_id: str | None
    charges: Money
    refunds: Money
    disputes: Money
    other: Money
    fees: Money
    net: Money
    count: int


class DifferenceView(_View):
    """What does not agree: our books say `expected`, Stripe says `found`."""

    code: DifferenceCode
    clinic_id: str | None
    payment_id: str | None
    movement_id: str | None
    expected: Money | None
    found: Money | None


class PayoutView(_View):
    """A payout, as far as the caller may see: `amount` and what is no clinic's only to those who may see all of it."""

    payout_id: str
    status: PayoutStatus
    amount: Money | None = Field(description="null where it holds money of clinics that the caller does not see")
    created_at: datetime
    arrives_on: date
    state: PayoutState
    parts: list[PartView]
    differences: list[DifferenceView]
    checked_at: datetime

    @classmethod
    def of(cls, payout: Payout, visible: list[str] | None) -> Self:
        """`visible`: the clinics that the caller may see, None for all of them."""
        whole = visible is None or set(payout.clinic_ids) <= set(visible)

        def is_shown(clinic_id: str | None) -> bool:
            return whole or (clinic_id is not None and visible is not None and clinic_id in visible)

        differences = [DifferenceView.model_validate(d) for d in payout.differences if is_shown(d.clinic_id)]
        checked: PayoutState = "unchecked" if payout.state == "unchecked" else "matched"
        return cls(
            payout_id=payout.payout_id,
            status=payout.status,
            amount=Money(amount_minor=payout.amount.amount_minor, currency=payout.amount.currency) if whole else None,
            created_at=payout.created_at,
            arrives_on=payout.arrives_on,
            state="differs" if differences else checked,
            parts=[PartView.model_validate(part) for part in payout.parts if is_shown(part.clinic_id)],
            differences=differences,
            checked_at=payout.checked_at,
        )


class MovementView(_View):
    """One line of Stripe's account; net = amount - fee."""

    movement_id: str
    clinic_id: str | None
    payment_id: str | None
    kind: PayoutMovementKind
    amount: Money
    fee: Money
    net: Money

    @classmethod
    def of(cls, movement: PayoutMovement) -> Self:
        return cls.model_validate(movement)
