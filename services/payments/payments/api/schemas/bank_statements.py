"""Statement files as they are shown over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, TypeAdapter

from contracts.values import ActorRef
from payments.domain.bank.statement import StatementStatus
from payments.domain.bank.statement_file import StatementFile

_file = TypeAdapter(StatementFile)


class StatementPart(BaseModel):
    """One statement of the file. Balances in minor units; null where the file has none."""

    statement_id: str = Field(description="what the bank calls it")
    account: str = Field(description="the clinic's account: its IBAN, or what the file names it by")
    currency: str = Field(description="of the account, by ISO 4217")
    opening_minor: int | None = Field(description="the balance before its entries")
    closing_minor: int | None = Field(description="the balance after them")
    entries: int = Field(description="how many entries it has")
    opening_derived: bool = Field(
        default=False,
        description="whether the file has no opening balance: then `opening_minor` is the closing one less the entries",
    )


class RefusalView(BaseModel):
    """Why a file was not taken over, as it was answered to who sent it."""

    code: str = Field(description="what is wrong, stable")
    message: str = Field(description="what is wrong and where, in words")
    at: datetime = Field(description="when it was refused")
    by: ActorRef = Field(description="who sent the file")


class StatementView(BaseModel):
    """A file, kept as it came; `new_transactions` of its `transactions` were not known before, and of these
    `suspected_transactions` may be: they wait for a person.

    `received`: its reading was cut off, and goes on when it is sent again. What was `refused` may be sent again, too.
    """

    bank_statement_id: str = Field(description="the file, `bst_…`: the same bytes of a clinic have the same id")
    clinic_id: str = Field(description="whose accounts it is about")
    format: str = Field(description="as what it was read: `camt.053`, `mt940` or `csv`")
    sha256: str = Field(description="SHA-256 of its bytes, in hexadecimal")
    size_bytes: int = Field(description="how large it is")
    status: StatementStatus = Field(description="what became of it")
    refusal: RefusalView | None = Field(description="why it was not taken over; null where it was")
    received_at: datetime = Field(description="when it was sent first")
    received_by: ActorRef = Field(description="who sent it first")
    statements: list[StatementPart] = Field(description="the statements in it; empty until it is imported")
    transactions: int = Field(description="how many movements it has")
    new_transactions: int = Field(description="how many of them were not known before")
    suspected_transactions: int = Field(description="how many of the new ones may be known already")

    @classmethod
    def of(cls, file: StatementFile) -> Self:
        return cls.model_validate(_file.dump_python(file))
