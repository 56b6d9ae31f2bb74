"""Payments that are taken at the desk: cash, and transfers that were received."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts import payments as wire
from contracts.money import Money
from contracts.values import Id
from payments.api.schemas.values import Reference, RequestBody
from payments.domain.intake.intake import TakeCash, TakeTransfer
from payments.usecases.intake.take_payment import Claim


class MoneyRequest(RequestBody):
    """What is asked of every payment, however it is paid."""

    clinic_id: Id = Field(description="the clinic that takes the money")
    patient_id: Id = Field(description="the patient whose account it is for")
    invoice_id: Id | None = Field(default=None, description="without one the money goes to the patient's account")
    amount: Money | None = Field(default=None, description="required, unless `next_instalment` is true")
    next_instalment: bool = Field(
        default=False, description="instead of an amount: what is due next on the invoice, by its instalments"
    )
    allow_credit: bool = Field(default=False, description="more than what is due becomes credit on the account")
    part: wire.Payer = Field(default="patient", description="who pays, and so which part of a split invoice it is for")
    payer_id: Id | None = Field(
        default=None, description="which insurer pays: needed where the invoice has two, or no invoice is named"
    )

    @model_validator(mode="after")
    def _an_insurers_id(self) -> Self:
        if self.payer_id is not None and self.part != "insurer":
            raise ValueError("payer_id names an insurer")
        return self

    def claim(self) -> Claim:
        """What is to be paid, and by whom."""
        payer = self.part, self.payer_id
        return Claim(self.clinic_id, self.patient_id, self.invoice_id, *payer, self.amount, self.next_instalment)


class CashRequest(MoneyRequest):
    """Cash into the open drawer of a register."""

    method: Literal["cash"] = Field(description="how it is paid")
    register_id: Id = Field(description="the cash register; its day has to be open")
    tendered: Money = Field(description="what the patient handed over; the answer has the change")

    def command(self, amount: Money) -> TakeCash:
        return TakeCash(
            clinic_id=self.clinic_id,
            patient_id=self.patient_id,
            invoice_id=self.invoice_id,
            amount=amount,
            allow_credit=self.allow_credit,
            part=self.part,
            payer_id=self.payer_id,
            register_id=self.register_id,
            tendered=self.tendered,
        )


class TransferRequest(MoneyRequest):
    """A bank transfer that was received."""

    method: Literal["bank_transfer"] = Field(description="how it was paid")
    reference: Reference = Field(description="what the payer wrote; an ISO 11649 reference where there is one")
    received_on: date = Field(description="the day on which the bank booked it, by the clinic's calendar")

    def command(self, amount: Money) -> TakeTransfer:
        return TakeTransfer(
            clinic_id=self.clinic_id,
            patient_id=self.patient_id,
            invoice_id=self.invoice_id,
            amount=amount,
            allow_credit=self.allow_credit,
            part=self.part,
            payer_id=self.payer_id,
            reference=self.reference,
            received_on=self.received_on,
        )


PaymentRequest = Annotated[CashRequest | TransferRequest, Field(discriminator="method")]
