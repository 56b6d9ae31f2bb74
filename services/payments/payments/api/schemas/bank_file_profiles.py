"""What a bank's file seems to be, as it is shown over HTTP."""

from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from contracts.money import Money
from kernel import money
from payments.api.schemas.bank_statements import StatementPart
from payments.domain.bank.file_profile import FileProfile, Preview
from payments.domain.bank.statement import Entry, StatementFormat
from payments.domain.bank.statement_file import summary


class EntryPreview(BaseModel):
    """One entry as it would be read."""

    booked_on: date = Field(description="when the bank booked it")
    amount: Money = Field(description="how much, without a sign")
    credit: bool = Field(description="whether it came in")
    reversal: bool = Field(description="whether it takes something back")
    text: str = Field(description="what it says")
    counterparty_name: str | None = Field(description="who is on the other side")
    counterparty_iban: str | None = Field(description="their account")
    references: list[str] = Field(description="the creditor references in it (ISO 11649)")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(
            booked_on=entry.booked_on,
            amount=money.Money(entry.amount_minor, entry.currency),
            credit=entry.credit,
            reversal=entry.reversal,
            text=entry.text,
            counterparty_name=entry.counterparty_name,
            counterparty_iban=entry.counterparty_iban,
            references=list(entry.references),
        )


class WouldBeRefused(BaseModel):
    """Why the file would not be taken over."""

    code: str = Field(description="what is wrong, stable")
    message: str = Field(description="what is wrong and where, in words")


class FileProfileView(BaseModel):
    """A proposal for `POST /bank-statements`: format, and of a CSV the map of its columns with its encoding."""

    format: StatementFormat = Field(description="as what it can be sent")
    encoding: str = Field(description="how its letters are written")
    columns: dict[str, str] = Field(description="of a CSV: the proposed map, as `columns` takes it; else empty")
    missing: list[str] = Field(description="fields that the map needs and the file does not show; then nothing is read")
    refusal: WouldBeRefused | None = Field(description="why it would be refused; null where it would not be")
    statements: list[StatementPart] = Field(description="the statements that it would bring")
    entries: list[EntryPreview] = Field(description="its first twenty entries, as they would be read")

    @classmethod
    def of(cls, profile: FileProfile, shown: Preview) -> Self:
        refusal = shown.refusal and WouldBeRefused(code=shown.refusal.code, message=shown.refusal.message)
        return cls(
            format=profile.format,
            encoding=profile.encoding,
            columns=dict(profile.columns),
            missing=list(profile.missing),
            refusal=refusal,
            statements=[StatementPart.model_validate(summary(s), from_attributes=True) for s in shown.statements],
            entries=[EntryPreview.of(entry) for entry in shown.entries],
        )
