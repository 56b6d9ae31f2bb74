"""Closings and their receipts over HTTP; beside our words are those of DSFinV-K, where it has some."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from cash_register.domain.exports.closings import BusinessCase, Closing, Line, NotSigned, Receipt, Reference, Signed
from cash_register.domain.exports.sums import Sum
from cash_register.domain.exports.vat import VatShare, per_cent
from cash_register.domain.registers.takings import PaidBy
from contracts.money import Money


class VatShareView(BaseModel):
    """What of an amount is under one VAT key: gross = net + tax."""

    vat_key: int = Field(description="of the German tax offices (UST_SCHLUESSEL); from 1000 on our own")
    vat_rate: str = Field(description="per cent")
    gross: Money = Field(description="with VAT")
    net: Money = Field(description="without VAT")
    tax: Money = Field(description="the VAT")

    @classmethod
    def of(cls, share: VatShare | Sum, currency: str) -> Self:
        return cls(
            vat_key=share.key.number,
            vat_rate=per_cent(share.key.rate_hundredths),
            gross=Money(share.gross_minor, currency),
            net=Money(share.net_minor, currency),
            tax=Money(share.tax_minor, currency),
        )


class CaseSumView(VatShareView):
    """All of a closing in one case under one VAT key."""

    case: BusinessCase = Field(description="the case, by its name in DSFinV-K (GV_TYP)")

    @classmethod
    def of(cls, share: VatShare | Sum, currency: str) -> Self:
        assert isinstance(share, Sum), "a case has a name"
        return cls(case=share.case, **dict(VatShareView.of(share, currency)))


class LineView(BaseModel):
    """One case of a receipt."""

    case: BusinessCase = Field(description="the case, by its name in DSFinV-K (GV_TYP)")
    text: str = Field(description="in words")
    invoice_number: str | None = Field(description="the invoice that it pays; null for none")
    voucher_number: str | None = Field(description="number of the receipt of what the clinic bought; null for none")
    vat: tuple[VatShareView, ...] = Field(description="which VAT is in it")

    @classmethod
    def of(cls, line: Line, currency: str) -> Self:
        return cls(
            case=line.case,
            text=line.text,
            invoice_number=line.invoice_number,
            voucher_number=line.voucher_number,
            vat=tuple(VatShareView.of(share, currency) for share in line.shares),
        )


class SigningView(BaseModel):
    """What the signing device (TSE) answered; `error` where it did not sign."""

    device: str | None = Field(description="serial number of the device; null where it did not sign")
    transaction: int | None = Field(description="number of the transaction at the device")
    counter: int | None = Field(description="its counter of signatures")
    signature: str | None = Field(description="in base64")
    process_data: str = Field(description="what was to be signed")
    error: str | None = Field(description="why it was not signed; null when it was")

    @classmethod
    def of(cls, signing: Signed | NotSigned) -> Self:
        signed = signing if isinstance(signing, Signed) else None
        return cls(
            device=signed.device.serial if signed else None,
            transaction=signed.transaction if signed else None,
            counter=signed.counter if signed else None,
            signature=signed.signature if signed else None,
            process_data=signing.process_data,
            error=signing.reason if isinstance(signing, NotSigned) else None,
        )


class ReferenceView(BaseModel):
    """An earlier receipt."""

    receipt_id: str = Field(description="its id (REF_BON_ID)")
    register_id: str = Field(description="the register that it was booked at (REF_Z_KASSE_ID)")
    closing: int | None = Field(description="the closing that it is in (REF_Z_NR); null for one that was not closed")
    closed_at: datetime | None = Field(description="when that was closed (REF_DATUM)")

    @classmethod
    def of(cls, of: Reference) -> Self:
        return cls(receipt_id=of.receipt_id, register_id=of.register_id, closing=of.closing, closed_at=of.closed_at)


class ReceiptView(BaseModel):
    """What was paid, or moved in the drawer, once."""

    receipt_id: str = Field(description="of the movement, the float, the difference or the deposit (BON_ID)")
    number: int = Field(description="from 1 within the closing (BON_NR)")
    at: datetime = Field(description="when the cash moved, by the clinic's clocks")
    user_id: str = Field(description="who took or gave it; empty where nobody noted it")
    user_name: str | None = Field(description="their name; null for the system")
    patient_id: str | None = Field(description="whose money it is; null for none")
    receipt_number: str | None = Field(description="number of the receipt that the patient has")
    returns: ReferenceView | None = Field(description="the receipt whose money goes back")
    void: bool = Field(description="true for a counter-entry: what it takes back was booked by mistake (BON_STORNO)")
    late: bool = Field(description="true when it waited for a day to be opened")
    method: PaidBy = Field(
        description="how it was paid; only `cash` moves in the drawer; `none`: it was paid before, as a deposit"
    )
    amount: Money = Field(description="positive what came in, negative what went out")
    lines: tuple[LineView, ...] = Field(description="what it was for")
    signing: SigningView | None = Field(description="what the signing device said; null where there is none")

    @classmethod
    def of(cls, receipt: Receipt, currency: str) -> Self:
        return cls(
            receipt_id=receipt.receipt_id,
            number=receipt.number,
            at=receipt.at,
            user_id=receipt.person_id,
            user_name=receipt.person_name,
            patient_id=receipt.patient_id,
            receipt_number=receipt.receipt_number,
            returns=None if receipt.returns is None else ReferenceView.of(receipt.returns),
            void=receipt.void,
            late=receipt.late,
            method=receipt.method,
            amount=Money(receipt.gross_minor, currency),
            lines=tuple(LineView.of(line, currency) for line in receipt.lines),
            signing=None if receipt.signing is None else SigningView.of(receipt.signing),
        )


class ClosingView(BaseModel):
    """A day that was closed."""

    register_id: str = Field(description="the clinic's own name of the register (Z_KASSE_ID)")
    number: int = Field(
        description="of the Z report, without gaps for each register (Z_NR); 0 and less for closings without one"
    )
    date: Annotated[date, Field(description="the clinic's local date")]
    closed_at: datetime = Field(description="when the drawer was counted, by the clinic's clocks (Z_ERSTELLUNG)")
    currency: str = Field(description="ISO 4217 code of all amounts")

    @classmethod
    def of(cls, closing: Closing) -> Self:
        return cls(
            register_id=closing.register_id,
            number=closing.number,
            date=closing.on,
            closed_at=closing.closed_at,
            currency=closing.currency,
        )


class WholeClosingView(ClosingView):
    """A day that was closed, with its receipts and what they come to."""

    receipts: tuple[ReceiptView, ...] = Field(
        description="the float, what moved, what was paid beside cash, what the count found otherwise, and what "
        "went to the bank"
    )
    sums: tuple[CaseSumView, ...] = Field(description="by case and VAT key")
    cash: Money = Field(description="what was left in the drawer: all receipts in cash together")


class CashBookView(BaseModel):
    """The closings of a clinic's registers, by date."""

    clinic_id: str = Field(description="the clinic whose registers they are")
    closings: tuple[WholeClosingView, ...] = Field(description="by date and register")
