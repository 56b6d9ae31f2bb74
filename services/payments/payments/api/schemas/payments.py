"""Payments that are taken at the desk: cash, cheques, cards on a terminal, and transfers that were received."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidatorFunctionWrapHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from contracts import payments as wire
from contracts.money import Money, MoneyInUse
from contracts.values import Id
from payments.api.schemas.values import Reference, RequestBody
from payments.domain.intake.intake import TakeCash, TakeCheque, TakeTerminal, TakeTransfer
from payments.usecases.intake.take_payment import Claim

AllDue = Literal["all_due"]
ALL_DUE: AllDue = "all_due"


class _OrAllDue:
    """Money, or the word for all of it; what is neither is refused as money is, by the field that is wrong."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(_money_or_all, handler.generate_schema(MoneyInUse))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"const": ALL_DUE, "type": "string"}]}


def _money_or_all(value: Any, as_money: ValidatorFunctionWrapHandler) -> Any:
    return ALL_DUE if value == ALL_DUE else as_money(value)


class MoneyRequest(RequestBody):
    """What is asked of every payment, however it is paid."""

    clinic_id: Id = Field(description="the clinic that takes the money")
    patient_id: Id = Field(description="the patient whose account it is for")
    invoice_id: Id | None = Field(default=None, description="without one the money goes to the patient's account")
    amount: Annotated[Money | AllDue, _OrAllDue()] | None = Field(
        default=None,
        description="required, unless `next_instalment` is true; `all_due`: all that this payer owes of the invoice",
    )
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

    def money(self, amount: Money) -> dict[str, Any]:
        """What every command to take money has."""
        names = ("clinic_id", "patient_id", "invoice_id", "allow_credit", "part", "payer_id")
        return {**{name: getattr(self, name) for name in names}, "amount": amount}


class CashRequest(MoneyRequest):
    """Cash into the open drawer of a register."""

    method: Literal["cash"] = Field(description="how it is paid")
    register_id: Id = Field(description="the cash register; its day has to be open")
    tendered: MoneyInUse = Field(description="what the patient handed over; the answer has the change")

    def command(self, amount: Money) -> TakeCash:
        return TakeCash(**self.money(amount), register_id=self.register_id, tendered=self.tendered)


class TransferRequest(MoneyRequest):
    """A bank transfer that was received."""

    method: Literal["bank_transfer"] = Field(description="how it was paid")
    reference: Reference = Field(description="what the payer wrote; an ISO 11649 reference where there is one")
    received_on: date = Field(description="the day on which the bank booked it, by the clinic's calendar")

    def command(self, amount: Money) -> TakeTransfer:
        return TakeTransfer(**self.money(amount), reference=self.reference, received_on=self.received_on)


AtRegister = Annotated[
    Id | None,
    Field(description="the cash register whose Z report it is in; not needed where the clinic has one"),
]


class ChequeRequest(MoneyRequest):
    """A cheque that was handed over. It counts at once; one that bounces is given back as a refund."""

    method: Literal["cheque"] = Field(description="how it is paid")
    reference: Reference = Field(description="the number of the cheque")
    register_id: AtRegister = None

    def command(self, amount: Money) -> TakeCheque:
        return TakeCheque(**self.money(amount), reference=self.reference, register_id=self.register_id)


class TerminalRequest(MoneyRequest):
    """A card that has paid on a terminal of another provider than Stripe."""

    method: Literal["card_terminal"] = Field(description="how it was paid")
    reference: Reference = Field(description="what the terminal's slip says: its receipt or trace number")
    register_id: AtRegister = None

    def command(self, amount: Money) -> TakeTerminal:
        return TakeTerminal(**self.money(amount), reference=self.reference, register_id=self.register_id)


PaymentRequest = Annotated[
    CashRequest | TransferRequest | ChequeRequest | TerminalRequest, Field(discriminator="method")
]
