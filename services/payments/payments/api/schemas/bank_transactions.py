"""What the routes of bank statements take and show."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from contracts.money import Money
from contracts.payments import Payer
from contracts.values import ActorRef, Id
from payments.api.schemas.payments import Reason
from payments.domain.bank.transaction import Command, Share, Status, Transaction


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShareRequest(_Request):
    """A part of a transfer, for an invoice, or for the patient's account without one."""

    patient_id: Id
    invoice_id: Id | None = None
    amount: Money
    part: Payer = Field(
        default="patient", description="whose money it is, and so which part of a split invoice it is for"
    )

    def share(self) -> Share:
        return Share(self.patient_id, self.invoice_id, self.amount, part=self.part)


class MatchRequest(_Request):
    """The shares make the whole amount."""

    shares: Annotated[tuple[ShareRequest, ...], Field(min_length=1, max_length=50)]
    allow_credit: bool = Field(default=False, description="more than what is due becomes credit on the account")


class ReasonRequest(_Request):
    """Why."""

    reason: Reason


class GiveBackRequest(_Request):
    """The refund by transfer that a debit is."""

    payment_id: Id
    refund_id: Id


class StatementPart(BaseModel):
    """One statement of the file. Balances in minor units; null where the file has none."""

    statement_id: str
    account: str
    currency: str
    opening_minor: int | None
    closing_minor: int | None
    entries: int


StatementStatus = Literal["received", "imported", "refused"]


class RefusalView(BaseModel):
    """Why a file was not taken over, as it was answered to who sent it."""

    code: str
    message: str
    at: datetime
    by: ActorRef


class StatementView(BaseModel):
    """A file, kept as it came; `new_transactions` of its `transactions` were not known before, and of these
    `suspected_transactions` may be: they wait for a person.

    `received`: its reading was cut off, and goes on when it is sent again. What was `refused` may be sent again, too.
    """

    bank_statement_id: str
    clinic_id: str
    format: str
    sha256: str
    size_bytes: int
    status: StatementStatus
    refusal: RefusalView | None
    received_at: datetime
    received_by: ActorRef
    statements: list[StatementPart]
    transactions: int
    new_transactions: int
    suspected_transactions: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls.model_validate({**row, "bank_statement_id": row["_id"]})


class ShareView(BaseModel):
    """Where a part of the money is."""

    patient_id: str
    invoice_id: str | None
    amount: Money
    payment_id: str | None
    part: Payer


class DecisionView(BaseModel):
    """Which invoices the money is for, or could be; `score` from 0 to 100."""

    rule: str
    score: int
    reason: str
    shares: list[ShareView]


class StepView(BaseModel):
    """One line of the history."""

    at: datetime
    by: ActorRef
    command: Command
    reason: str | None
    shares: list[ShareView]


class SuspicionView(BaseModel):
    """Why it may be the same money as another transaction (null where it cannot be said which one)."""

    reason: str
    transaction_id: str | None


class GivesBackView(BaseModel):
    """The refund by transfer that a debit is."""

    payment_id: str
    refund_id: str
    rule: str
    score: int
    reason: str


class TransactionView(BaseModel):
    """A booked movement, what became of it, and everything that was done with it.

    A suspected duplicate waits until a person takes it, matches it or sets it aside.
    """

    transaction_id: str
    clinic_id: str
    bank_statement_id: str
    account: str
    version: int
    status: Status
    booked_on: date
    value_on: date | None
    amount: Money
    credit: bool
    reversal: bool
    bank_reference: str | None
    end_to_end_id: str | None
    text: str
    counterparty_name: str | None
    counterparty_iban: str | None
    charges: Money | None
    decision: DecisionView | None
    proposals: list[DecisionView]
    reverses: str | None
    payout_id: str | None
    suspected_duplicate: SuspicionView | None
    gives_back: GivesBackView | None
    history: list[StepView]

    @classmethod
    def of(cls, transaction: Transaction) -> Self:
        told = _TOLD.dump_python(transaction)
        return cls.model_validate(
            {**told, "bank_statement_id": transaction.statement_id, "suspected_duplicate": told["suspicion"]}
        )


_TOLD = TypeAdapter(Transaction)
