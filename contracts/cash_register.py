"""What cash-register says: `cash-register.days`."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.envelope import Event
from contracts.money import Currency, Money
from contracts.values import ActorRef, ApprovedBy, ChangedAt, ChangedBy, Id, Rate, Text, Time, Value, Version

MovementKind = Literal["payment", "refund", "pay_in", "pay_out"]
MovementCategory = Literal[
    "payment",
    "refund",
    "difference",
    "bank_deposit",
    "float_change",
    "private_deposit",
    "private_withdrawal",
    "tip",
    "purchase",
    "wages",
    "other",
]


class Voucher(Value):
    """What a purchase was booked by."""

    vat_rate: Rate = Field(description="VAT that is in the amount, in per cent")
    number: Text = Field(description="number of the receipt for it")


class Movement(Value):
    """Cash in (positive) or out (negative) of the drawer; `late` when its day was opened after it moved."""

    movement_id: Id = Field(description="derived from the payment or refund; of a pay-in or pay-out its own")
    kind: MovementKind = Field(description="what moved the cash")
    category: MovementCategory | None = Field(
        default=None,
        description="the business case; `difference`: what a count found beyond what should be there, or missing; null "
        "for what was booked before there were categories",
    )
    amount: Money = Field(description="positive into the drawer, negative out of it")
    payment_id: Id | None = Field(
        default=None, description="the payment whose cash it is; null for a pay-in or pay-out"
    )
    receipt_number: Text | None = Field(
        default=None, description="number of the payment's receipt, or of the refund's own"
    )
    invoice_id: Id | None = Field(default=None, description="the invoice that the payment was meant for")
    tendered: Money | None = Field(default=None, description="the cash handed over for the payment")
    change: Money | None = Field(default=None, description="the cash given back: tendered - amount")
    rounding: Money | None = Field(
        default=None,
        description="what of the amount comes of there being no smaller coins: in (positive) or out of the drawer, "
        "beside what was to be paid or given back",
    )
    voucher: Voucher | None = Field(default=None, description="of a purchase")
    vat_rate: Rate | None = Field(default=None, description="VAT that is in a tip to the clinic, in per cent")
    counters: Id | None = Field(default=None, description="the movement that this counter-entry takes back")
    reason: Text | None = Field(default=None, description="why it was paid in or out, or refunded")
    late: bool = Field(
        default=False, description="true when it moved before its day was opened, or waited for one that takes it"
    )
    at: Time = Field(description="when the cash moved")
    by: ActorRef = Field(description="who took or gave it")


class Total(Value):
    """How many movements, and their sums."""

    count: int = Field(description="how many movements")
    cash_in: Money = Field(description="into the drawer, positive")
    cash_out: Money = Field(description="out of the drawer, positive")


class CategoryTotal(Total):
    """Of one business case."""

    category: MovementCategory = Field(description="the business case")


class PersonTotal(Total):
    """Of one person."""

    person: ActorRef = Field(description="who took or gave the cash; `system` for all that nobody did")


class VatRateTotal(Total):
    """Of purchases, by the VAT rate of their vouchers, or of tips to the clinic."""

    vat_rate: Rate = Field(description="in per cent")


TakenMethod = Literal["cash", "card_terminal", "cheque"]


class MethodTotal(Value):
    """What patients paid at the register in one way, and got back."""

    method: TakenMethod = Field(description="how it was paid")
    count: int = Field(description="how many payments and refunds")
    taken: Money = Field(description="what was paid, positive")
    given_back: Money = Field(description="what was given back, positive")


class TakenUnderVat(Value):
    """What patients paid at the register less what they got back, under one VAT key: gross = net + tax."""

    vat_key: int = Field(
        description="of the German tax offices (DSFinV-K, UST_SCHLUESSEL): 1 general rate, 2 reduced rate, 5 not "
        "taxable, 6 exempt, 7 not known, 8 zero rate; from 1000 on our own, of other rates"
    )
    vat_rate: Rate = Field(description="in per cent; 0 where there is none, or none is known")
    gross: Money = Field(description="with VAT; less than nothing where more was given back")
    net: Money = Field(description="without VAT")
    tax: Money = Field(description="the VAT")


class Totals(Value):
    """What moved on a day."""

    by_category: tuple[CategoryTotal, ...] = Field(description="in the order in which they first came")
    by_person: tuple[PersonTotal, ...] = Field(description="in the order in which they first came")
    by_vat_rate: tuple[VatRateTotal, ...] = Field(description="of purchases, by the VAT rate of their vouchers")
    tips_by_vat_rate: tuple[VatRateTotal, ...] = Field(
        default=(), description="of tips to the clinic, which are turnover; those of who works there are not"
    )
    by_method: tuple[MethodTotal, ...] | None = Field(
        default=None,
        description="all that patients paid here, in cash or not; null on reports from before that was told",
    )
    taken_under_vat: tuple[TakenUnderVat, ...] | None = Field(
        default=None,
        description="the same by VAT; null from before that was told, and of a day of hundreds of receipts until it is "
        "reckoned, a moment after the close: then the day is told again",
    )
    counter_entries: Total = Field(description="what took back other movements; in the other totals as well")
    first_receipt: Text | None = Field(description="receipt of the first payment; null for none")
    last_receipt: Text | None = Field(description="receipt of the last payment")
    turnover: Money = Field(description="what was paid less what was refunded, in cash")
    rounding: Money | None = Field(
        default=None, description="what of it comes of there being no smaller coins; null from before cash was rounded"
    )


class ZReport(Value):
    """What a day was closed with."""

    number: int = Field(description="from 1, without gaps on a register")
    totals: Totals = Field(description="what moved on the day")
    grand_total: Money = Field(description="turnover of the register in this currency since its first Z report")


class DenominationView(Value):
    """Coins or notes of one value."""

    value_minor: int = Field(description="of one coin or note, in minor units")
    count: int = Field(description="how many there are")


class Handover(Value):
    """A count between two people; what it found beyond what should be there was booked as a difference."""

    number: int = Field(description="from 1 on each day")
    at: Time = Field(description="when it was counted")
    by: ActorRef = Field(description="who counted")
    taken_over_by: Id | None = Field(default=None, description="the next person, by the subject of their token")
    expected: Money = Field(description="what should have been there")
    counted: Money = Field(description="what was there")
    variance: Money = Field(description="counted - expected")
    reason: Text | None = Field(default=None, description="how they explain the variance")
    approved_at: Time | None = Field(default=None, description="when a second person agreed to it")
    approved_by: ApprovedBy = None
    counted_blind: bool | None = Field(
        default=None,
        description="false when who counted had been told what should be there; null where that was not noted",
    )


class DayInTheBooks(Event):
    """A register's day without what is expected in its drawer: as somebody sees it who has yet to count."""

    day_id: Id = Field(description="derived from clinic, register and date")
    clinic_id: Id = Field(description="the clinic whose drawer it is")
    register_id: Id = Field(description="the clinic's own name of the register")
    date: Annotated[date, Field(description="the clinic's local date")]
    version: Version
    status: Literal["open", "closed"] = Field(description="an approved day is `closed` and has `approved_at`")
    currency: Currency = Field(description="ISO 4217 code of all cash of the day")
    opening: Money = Field(
        description="the float: what the last close left in the drawer; on a register's first day, what was counted"
    )
    opening_counted: Money | None = Field(
        default=None,
        description="what was found of it; the difference is a movement; null on days from before that was asked",
    )
    opening_variance: Money | None = Field(default=None, description="opening_counted - opening")
    opening_reason: Text | None = Field(default=None, description="how who opened explains the difference")
    opening_approved_at: Time | None = Field(default=None, description="when a second person agreed to it")
    opening_approved_by: ApprovedBy = None
    counted: Money | None = Field(
        default=None, description="what was in the drawer at the close; null on a day that was not closed by a count"
    )
    variance: Money | None = Field(default=None, description="counted - expected; null where nothing was counted")
    denominations: tuple[DenominationView, ...] = Field(default=(), description="the count, coin by coin")
    deposit: Money | None = Field(
        default=None, description="what of the count goes to the bank; null for nothing, and before the close"
    )
    left: Money | None = Field(
        default=None, description="counted - deposit: what the next day begins with; null where nothing was counted"
    )
    z_report: ZReport | None = Field(
        default=None, description="of a day that was closed; null on days from before there were Z reports"
    )
    handovers: tuple[Handover, ...] = Field(default=(), description="counts between two people, in their order")
    variance_reason: Text | None = Field(default=None, description="how the cashier explains the variance")
    opened_by: ActorRef | None = Field(default=None, description="who counted the float")
    movement_count: int = Field(description="how many movements the day has")
    late_count: int = Field(default=0, description="how many of them had waited for a day to be opened")
    tolerance: Money | None = Field(
        default=None, description="what the count may differ by without a second person; null: nothing"
    )
    most_cash: Money | None = Field(default=None, description="what the drawer should hold at most; null: nobody said")
    deposit_due: bool = Field(default=False, description="true while more than `most_cash` is expected in the drawer")
    awaiting_approval: bool = Field(
        default=False, description="true while a second person has to agree to a variance above tolerance"
    )
    opened_at: Time = Field(description="when the float was counted")
    closed_at: Time | None = Field(default=None, description="when the drawer was counted; null while open")
    closed_by: ActorRef | None = Field(default=None, description="who counted it")
    closed_late: bool = Field(default=False, description="true when the day's date was over at the close")
    counted_blind: bool | None = Field(
        default=None,
        description="false when who counted at the close had been told what should be there; null while open, and "
        "where that was not noted",
    )
    approved_at: Time | None = Field(default=None, description="when a second person approved the variance")
    approved_by: ApprovedBy = None
    cancelled_at: Time | None = Field(
        default=None,
        description="when it was cancelled as opened by mistake: it is `closed`, and was not counted",
    )
    cancelled_by: ActorRef | None = Field(default=None, description="who cancelled it")
    cancel_reason: Text | None = Field(default=None, description="why it was cancelled")
    changed_at: ChangedAt
    changed_by: ChangedBy

    @property
    def subject(self) -> str:
        return self.day_id

    @property
    def key(self) -> str:
        return f"{self.clinic_id}/{self.register_id}"


class RegisterDay(DayInTheBooks):
    """A register's day after a change. expected = opening + cash in - cash out; variance = counted - expected."""

    cash_in: Money = Field(description="cash payments and pay-ins together")
    cash_out: Money = Field(description="refunds and pay-outs together, as a positive amount")
    expected: Money = Field(description="opening + cash_in - cash_out")


class DayOpened(RegisterDay):
    """The drawer was counted and opened; said again, with `opening_approved_at`, when a difference is approved."""

    TYPE: ClassVar[str] = "cash-register.day-opened.v1"


class CashRecorded(RegisterDay):
    """Cash went in or out; `movement` is the one that did."""

    TYPE: ClassVar[str] = "cash-register.cash-recorded.v1"
    movement: Movement = Field(description="the movement that made this change")


class DrawerCounted(RegisterDay):
    """The drawer went from one person to the next, with a count between them: the last of `handovers`."""

    TYPE: ClassVar[str] = "cash-register.drawer-counted.v1"


class DayClosed(RegisterDay):
    """The drawer was counted and closed (Z report).

    Said again, with `approved_at`, when its variance is approved, and when its Z report tells the VAT afterwards.
    """

    TYPE: ClassVar[str] = "cash-register.day-closed.v1"


class DayCancelled(RegisterDay):
    """The day was opened by mistake and is cancelled, while nothing had moved; its date may be opened again."""

    TYPE: ClassVar[str] = "cash-register.day-cancelled.v1"
