"""Registers beside payments and banks, as they are shown over HTTP."""

from datetime import date as date_
from typing import Literal, Self

from pydantic import BaseModel, Field

from contracts.money import Money
from payments.domain.bank.cash_deposits import DepositLine, DepositStatus
from payments.domain.registers.agreement import Agreement, Why
from payments.usecases.registers.compare_registers import Deposits


class RegisterSumsView(BaseModel):
    """Cash of one register and currency."""

    register_id: str = Field(description="whose drawer it is")
    ours: Money = Field(description="what was paid less what was given back, by payments")
    theirs: Money = Field(description="the same, by the register")


class RegisterDifferenceView(BaseModel):
    """A payment or a refund that is not the same on both sides; 0 where a side does not have it."""

    why: Why = Field(description="the reason, stable")
    register_id: str = Field(description="whose drawer it is")
    kind: Literal["payment", "refund"] = Field(description="which way the cash went")
    payment_id: str = Field(description="the payment that it is of")
    receipt_number: str | None = Field(description="number of its receipt, where a side has it")
    ours: Money = Field(description="what payments has, negative for what was given back")
    theirs: Money = Field(description="what the register has")


class AgreementView(BaseModel):
    """A clinic's day."""

    clinic_id: str = Field(description="whose day it is")
    date: date_ = Field(description="the day, by the clinic's own calendar")
    agrees: bool = Field(description="whether there is no difference")
    registers: list[RegisterSumsView] = Field(description="sums by register and currency")
    differences: list[RegisterDifferenceView] = Field(description="each that there is")

    @classmethod
    def of(cls, found: Agreement) -> Self:
        return cls(
            clinic_id=found.clinic_id,
            date=found.on,
            agrees=not found.differences,
            registers=[RegisterSumsView.model_validate(sums, from_attributes=True) for sums in found.sums],
            differences=[RegisterDifferenceView.model_validate(d, from_attributes=True) for d in found.differences],
        )


class DepositView(BaseModel):
    """Cash that was brought to the bank."""

    deposit_id: str = Field(description="the register's movement, or `<day_id>/close` of what was brought at the close")
    register_id: str = Field(description="where it came from")
    date: date_ = Field(description="the register's day")
    amount: Money = Field(description="positive")
    status: DepositStatus = Field(description="`missing`: no statement has it after ten days")
    bank_transaction_id: str | None = Field(description="the credit that it became")
    booked_on: date_ | None = Field(description="when the bank booked it")

    @classmethod
    def of(cls, line: DepositLine) -> Self:
        deposit, credit = line.deposit, line.credit
        return cls(
            deposit_id=deposit.deposit_id,
            register_id=deposit.register_id,
            date=deposit.on,
            amount=deposit.amount,
            status=line.status,
            bank_transaction_id=None if credit is None else credit.transaction_id,
            booked_on=None if credit is None else credit.booked_on,
        )


class UnknownCreditView(BaseModel):
    """A credit that the bank calls cash, of no deposit that a register told of."""

    bank_transaction_id: str = Field(description="the bank's booking")
    booked_on: date_ = Field(description="when the bank booked it")
    amount: Money = Field(description="how much it is")


class DepositsView(BaseModel):
    """What a clinic's registers brought to the bank."""

    clinic_id: str = Field(description="whose cash it was")
    deposits: list[DepositView] = Field(description="in the order of their days")
    unknown: list[UnknownCreditView] = Field(description="credits of cash that no register told of")

    @classmethod
    def of(cls, clinic_id: str, found: Deposits) -> Self:
        return cls(
            clinic_id=clinic_id,
            deposits=[DepositView.of(line) for line in found.lines],
            unknown=[
                UnknownCreditView(bank_transaction_id=t.transaction_id, booked_on=t.booked_on, amount=t.amount)
                for t in found.unknown
            ],
        )
