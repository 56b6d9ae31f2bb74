"""A payment's state, named as in the events, so that a snapshot is read off it and nothing is mapped."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from kernel.actor import Actor
from kernel.money import Money, round_half_up, total

Payer = Literal["patient", "insurer"]
Method = Literal["cash", "bank_transfer", "card", "card_terminal", "cheque"]
PaymentStatus = Literal[
    "pending", "settled", "failed", "canceled", "partly_refunded", "refunded", "disputed", "reversed"
]
RefundStatus = Literal["awaiting_approval", "rejected", "pending", "settled", "failed"]
DisputeStatus = Literal["inquiry", "open", "won", "lost"]
NextStep = Literal["enter_card", "authenticate", "wait_for_bank"]
CancelCode = Literal["canceled", "expired", "replaced", "no-longer-open"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no money came, in a stable code and in words for the desk. Of several attempts the latest is kept.

    `final`: the card's bank will not change its mind, so the same card is not to be charged again by itself.
    """

    code: str
    message: str
    attempted_at: datetime | None = None
    attempt_id: str | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back. `gateway_id` is Stripe's, once it has heard of it.

    Above the clinic's limit it awaits what a second person decides; `refunded_at` is then the time of the approval.
    `bank_transaction_id`: the debit by which a refund by transfer left. `rounding` is what of a cash refund the patient
    is given beyond `amount`, or (below zero) less, since there are no smaller coins. `receipt_number` is drawn when the
    money went: None before, and of what went before refunds had receipts of their own.
    """

    refund_id: str
    amount: Money
    reason: str
    status: RefundStatus
    register_id: str | None
    gateway_id: str | None
    failure: Failure | None
    refunded_at: datetime
    refunded_by: Actor
    decided_at: datetime | None = None
    decided_by: Actor | None = None
    decision_reason: str | None = None
    bank_transaction_id: str | None = None
    rounding: Money | None = None
    receipt_number: str | None = None

    @property
    def cash(self) -> Money:
        """What is given back in coins and notes."""
        return self.amount if self.rounding is None else self.amount + self.rounding

    @property
    def reserved(self) -> bool:
        """Whether it may still go back, and so may not be given to anybody else."""
        return self.status in ("awaiting_approval", "pending")


@dataclass(frozen=True, slots=True)
class Dispute:
    """The cardholder's bank asks (inquiry), takes the money back (open, lost), or gave it up (won).

    `taken` is whether the money is gone by Stripe's balance, None where only the status is known; `moves` counts how
    often it went or came, and so which of two looks is the later one. `charged` is what was charged in the currency of
    the dispute, where that is another than the payment's and Stripe says so.
    """

    dispute_id: str
    amount: Money
    status: DisputeStatus
    taken: bool | None = None
    moves: int = 0
    charged: Money | None = None

    @property
    def counts(self) -> bool:
        return self.status in ("open", "lost") if self.taken is None else self.taken

    def share_of(self, paid: Money) -> Money:
        """What of the payment it is about, in the payment's currency: of another currency its part, or the whole."""
        if self.amount.currency == paid.currency:
            return self.amount
        if self.charged is None or self.charged.currency != self.amount.currency or self.charged.amount_minor <= 0:
            return paid
        share = round_half_up(paid.amount_minor * self.amount.amount_minor, self.charged.amount_minor)
        return Money(min(share, paid.amount_minor), paid.currency)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Asked for by the desk, because nobody paid in time (`expired`), by another payment that takes its place
    (`replaced`), or because less is open (`no-longer-open`); done when Stripe says so.
    """

    code: CancelCode
    requested_at: datetime
    requested_by: Actor


@dataclass(frozen=True, slots=True)
class Checkout:
    """A page of Stripe's where a patient pays from afar: what it is made of and, once it is made, its link."""

    title: str
    success_url: str
    cancel_url: str | None
    session_id: str | None = None
    url: str | None = None
    expires_at: datetime | None = None


Agreed = Literal["in_person", "by_phone"]


@dataclass(frozen=True, slots=True)
class OnFile:
    """The card on file that is charged without being entered, by our id and by Stripe's.

    `agreed` says how the patient agreed to this one charge, None for an instalment that was announced.
    """

    card_id: str
    customer_id: str
    payment_method_id: str
    agreed: Agreed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment at one version. `part` says who paid, and so which part of a split invoice it is for.

    `next_step` is what an undecided card payment waits for, `fee` what Stripe kept of the charge. `beside` are card
    payments of the same invoice that were not decided when this one was taken and gave way to it (`replaced_by`), or
    have to be looked after, since both together are more than was open. `rounding` is what was paid in cash beyond
    `amount`, or (below zero) less, since there are no smaller coins: the amount is what counts.
    """

    payment_id: str
    clinic_id: str
    patient_id: str
    invoice_id: str | None
    version: int
    method: Method
    status: PaymentStatus
    amount: Money
    receipt_number: str | None = None
    register_id: str | None = None
    tendered: Money | None = None
    reference: str | None = None
    received_on: date | None = None
    card_payment_intent_id: str | None = None
    bank_transaction_id: str | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    failure: Failure | None = None
    received_at: datetime
    settled_at: datetime | None = None
    changed_at: datetime
    changed_by: Actor
    part: Payer = "patient"
    payer_id: str | None = None
    taken_by: Actor | None = None
    next_step: NextStep | None = None
    cancellation: Cancellation | None = None
    checkout: Checkout | None = None
    on_file: OnFile | None = None
    fee: Money | None = None
    beside: tuple[str, ...] = ()
    replaced_by: str | None = None
    rounding: Money | None = None

    @property
    def currency(self) -> str:
        return self.amount.currency

    @property
    def change(self) -> Money | None:
        return None if self.tendered is None else self.tendered - self.cash

    @property
    def cash(self) -> Money:
        """What is paid in coins and notes, where it is."""
        return self.amount if self.rounding is None else self.amount + self.rounding

    @property
    def cancel_requested_at(self) -> datetime | None:
        return None if self.cancellation is None else self.cancellation.requested_at

    @property
    def at_stripe(self) -> bool:
        """Whether Stripe is known to have something of it: a PaymentIntent, or a Checkout page."""
        page = self.checkout is not None and self.checkout.session_id is not None
        return page or self.card_payment_intent_id is not None

    @property
    def undecided(self) -> bool:
        """Whether a card may still pay it: a PaymentIntent that was declined takes another card."""
        return self.method == "card" and (self.status == "pending" or (self.status == "failed" and self.at_stripe))

    @property
    def being_charged(self) -> bool:
        """Whether a card's bank is asked now: only its answer ends that."""
        if not self.undecided:
            return False
        return self.next_step == "wait_for_bank" or (self.on_file is not None and self.status == "pending")

    @property
    def awaits_card(self) -> bool:
        """Whether somebody may still enter a card, at the desk or by a link."""
        return self.undecided and self.on_file is None and not self.being_charged

    @property
    def refunded(self) -> Money:
        """What went back for good; a refund that is still on its way, or failed, does not count."""
        return total((r.amount for r in self.refunds if r.status == "settled"), self.currency)

    @property
    def disputed(self) -> Money:
        return total((d.share_of(self.amount) for d in self.disputes if d.counts), self.currency)

    @property
    def settled(self) -> Money:
        """What counts: amount - refunded - disputed, once the money came; never below zero."""
        if self.status in ("pending", "failed", "canceled", "reversed"):
            return Money(0, self.currency)
        left = self.amount - self.refunded - self.disputed
        return Money(max(0, left.amount_minor), self.currency)

    @property
    def refundable(self) -> Money:
        """What may still be given back: refunds on their way, or that wait for a second person, are taken off."""
        return self.settled - total((r.amount for r in self.refunds if r.reserved), self.currency)

    @property
    def refunds_awaited(self) -> tuple[Refund, ...]:
        """Refunds by transfer that no bank has booked yet."""
        if self.method != "bank_transfer":
            return ()
        return tuple(r for r in self.refunds if r.status == "settled" and r.bank_transaction_id is None)

    @property
    def refund_unseen(self) -> bool:
        return bool(self.refunds_awaited)

    @property
    def unseen_minor(self) -> tuple[int, ...]:
        """Their amounts, to be found by."""
        return tuple(r.amount.amount_minor for r in self.refunds_awaited)

    @property
    def awaits_approval(self) -> bool:
        return any(r.status == "awaiting_approval" for r in self.refunds)
