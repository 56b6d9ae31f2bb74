"""Bank transactions as they are shown over HTTP, and what a person does with them."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from contracts.money import Money
from contracts.payments import Payer
from contracts.values import ActorRef, Id
from payments.api.examples.bank_transactions import GIVE_BACK, MATCH, REASON
from payments.api.schemas.values import Reason, RequestBody
from payments.domain.bank.transaction import Share, Transaction, TransactionCommand, TransactionStatus

_transaction = TypeAdapter(Transaction)


class ShareRequest(RequestBody):
    """A part of a transfer, for an invoice, or for the patient's account without one."""

    patient_id: Id = Field(description="the patient whose money it is")
    invoice_id: Id | None = Field(default=None, description="without one it goes to the patient's account")
    amount: Money = Field(description="greater than zero, in the currency of the transfer")
    part: Payer = Field(
        default="patient", description="whose money it is, and so which part of a split invoice it is for"
    )
    payer_id: Id | None = Field(default=None, description="which insurer's money it is: needed where there are two")

    @model_validator(mode="after")
    def _an_insurers_id(self) -> Self:
        if self.payer_id is not None and self.part != "insurer":
            raise ValueError("payer_id names an insurer")
        return self

    def share(self) -> Share:
        return Share(self.patient_id, self.invoice_id, self.amount, part=self.part, payer_id=self.payer_id)


class MatchRequest(RequestBody):
    """The shares make the whole amount."""

    model_config = ConfigDict(json_schema_extra={"examples": [MATCH]})

    shares: Annotated[tuple[ShareRequest, ...], Field(min_length=1, max_length=50)] = Field(
        description="where the money goes; an invoice has one share of each payer"
    )
    allow_credit: bool = Field(default=False, description="more than what is due becomes credit on the account")


class ReasonRequest(RequestBody):
    """Why."""

    model_config = ConfigDict(json_schema_extra={"examples": [REASON]})

    reason: Reason = Field(description="why; it stands in the history")


class GiveBackRequest(RequestBody):
    """The refund by transfer that a debit is."""

    model_config = ConfigDict(json_schema_extra={"examples": [GIVE_BACK]})

    payment_id: Id = Field(description="the payment that was refunded")
    refund_id: Id = Field(description="its refund, which no bank statement has yet")


class ShareView(BaseModel):
    """Where a part of the money is."""

    patient_id: str = Field(description="the patient whose account it is on")
    invoice_id: str | None = Field(description="the invoice it pays; null for the account alone")
    amount: Money = Field(description="how much of the transfer it is")
    payment_id: str | None = Field(description="the payment that was made of it; null in a proposal")
    part: Payer = Field(description="who paid, and so which part of a split invoice it pays")
    payer_id: str | None = Field(default=None, description="which insurer paid, where it is one of several")


class DecisionView(BaseModel):
    """Which invoices the money is for, or could be; `score` from 0 to 100."""

    rule: str = Field(description="`reference`, `number`, `payer`, `sum`, `amount`, or `person`")
    score: int = Field(description="how sure it is; 100 where a reference or a person says so")
    reason: str = Field(description="why, in words")
    shares: list[ShareView] = Field(description="where the money goes")


class StepView(BaseModel):
    """One line of the history."""

    at: datetime = Field(description="when it was done")
    by: ActorRef = Field(description="who did it; role `system` where a rule did")
    command: TransactionCommand = Field(description="what was done")
    reason: str | None = Field(description="why, where somebody said so")
    shares: list[ShareView] = Field(description="where the money went with that, or had been")


class SuspicionView(BaseModel):
    """Why it may be the same money as another transaction (null where it cannot be said which one)."""

    reason: str = Field(description="why, in words")
    transaction_id: str | None = Field(description="the transaction that it may be")


class GivesBackView(BaseModel):
    """The refund by transfer that a debit is."""

    payment_id: str = Field(description="the payment that was refunded")
    refund_id: str = Field(description="its refund")
    rule: str = Field(description="the rule that found it, or `person`")
    score: int = Field(description="how sure it is, from 0 to 100")
    reason: str = Field(description="why, in words")


class TransactionView(BaseModel):
    """A booked movement, what became of it, and everything that was done with it.

    A suspected duplicate waits until a person takes it, matches it or sets it aside.
    """

    transaction_id: str = Field(description="the movement, by our id")
    clinic_id: str = Field(description="whose account it is on")
    bank_statement_id: str = Field(description="the file that brought it")
    account: str = Field(description="the clinic's account: its IBAN, or what the file names it by")
    version: int = Field(description="counts its changes, from 1")
    status: TransactionStatus = Field(description="`new`: no rule has looked at it; `unmatched`: it waits for a person")
    booked_on: date = Field(description="the day on which the bank booked it")
    value_on: date | None = Field(description="the day from which it bears interest, where the bank says so")
    amount: Money = Field(description="always positive: `credit` says which way it went")
    credit: bool = Field(description="whether it came in")
    reversal: bool = Field(description="whether it takes an earlier one back")
    bank_reference: str | None = Field(description="what the bank calls it")
    end_to_end_id: str | None = Field(description="what the payer's software calls it (SEPA end-to-end id)")
    text: str = Field(description="what the payer wrote")
    counterparty_name: str | None = Field(description="who paid or was paid, as the bank says")
    counterparty_iban: str | None = Field(description="the account of who paid or was paid")
    charges: Money | None = Field(description="what banks kept on the way, where the file says so")
    decision: DecisionView | None = Field(description="where the money went; null while that is not known")
    proposals: list[DecisionView] = Field(description="where it could go, the best first")
    reverses: str | None = Field(description="the transaction that this one takes back")
    payout_id: str | None = Field(description="the payout of Stripe's that it is")
    deposit_id: str | None = Field(default=None, description="the cash of a register that it is")
    suspected_duplicate: SuspicionView | None = Field(description="why it may be known already")
    gives_back: GivesBackView | None = Field(description="the refund that it is")
    history: list[StepView] = Field(description="everything that was done with it, the oldest first")

    @classmethod
    def of(cls, transaction: Transaction) -> Self:
        fields = _transaction.dump_python(transaction)
        return cls.model_validate(
            {**fields, "bank_statement_id": transaction.statement_id, "suspected_duplicate": fields["suspicion"]}
        )
