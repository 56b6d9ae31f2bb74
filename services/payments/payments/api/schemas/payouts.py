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


class PartView(BaseModel):
    """One clinic's part: charges - refunds - disputes + other - fees = net. Without a clinic: what is nobody's."""

    model_config = ConfigDict(from_attributes=True)

    clinic_id: str | None = Field(description="whose part it is; null for what is no clinic's, such as Stripe's fees")
    charges: Money = Field(description="what cards paid")
    refunds: Money = Field(description="what went back to cards")
    disputes: Money = Field(description="what cardholders' banks took back, less what was won")
    other: Money = Field(description="what else Stripe booked")
    fees: Money = Field(description="what Stripe kept")
    net: Money = Field(description="what of the payout is this part")
    count: int = Field(description="how many lines it is made of")


class DifferenceView(BaseModel):
    """What does not agree: our books say `expected`, Stripe says `found`."""

    model_config = ConfigDict(from_attributes=True)

    code: DifferenceCode = Field(description="what is wrong, stable")
    clinic_id: str | None = Field(description="the clinic it concerns; null where it is no clinic's")
    payment_id: str | None = Field(description="the payment it concerns, where there is one")
    movement_id: str | None = Field(description="the line of Stripe's account, by Stripe's id")
    expected: Money | None = Field(description="what our books say; null where they say nothing")
    found: Money | None = Field(description="what Stripe says; null where it says nothing")


class PayoutView(BaseModel):
    """A payout, as far as the caller may see: `amount` and what is no clinic's only to those who may see all of it."""

    model_config = ConfigDict(from_attributes=True)

    payout_id: str = Field(description="Stripe's id of the payout")
    status: PayoutStatus = Field(description="how far it is on its way to the bank, as Stripe says")
    amount: Money | None = Field(description="null where it holds money of clinics that the caller does not see")
    created_at: datetime = Field(description="when Stripe made it")
    arrives_on: date = Field(description="the day on which it arrives at the bank")
    state: PayoutState = Field(description="whether it agrees with the payments, in what the caller sees")
    parts: list[PartView] = Field(description="each clinic's part")
    differences: list[DifferenceView] = Field(description="what does not agree; empty when all of it does")
    checked_at: datetime = Field(description="when it was held against the payments last")

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


class MovementView(BaseModel):
    """One line of Stripe's account; net = amount - fee."""

    model_config = ConfigDict(from_attributes=True)

    movement_id: str = Field(description="Stripe's id of the line")
    clinic_id: str | None = Field(description="whose it is; null where it is no clinic's")
    payment_id: str | None = Field(description="the payment that it is of, where it is one of ours")
    kind: PayoutMovementKind = Field(description="what it is")
    amount: Money = Field(description="as it changes Stripe's account: a refund is negative")
    fee: Money = Field(description="what Stripe kept of it")
    net: Money = Field(description="what of it is in the payout")

    @classmethod
    def of(cls, movement: PayoutMovement) -> Self:
        return cls.model_validate(movement)
