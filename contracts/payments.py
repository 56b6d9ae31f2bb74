"""What payments says: `payments.payments`."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.envelope import Event, account_key
from contracts.money import Currency, Money
from contracts.values import ActorRef, ChangedAt, ChangedBy, Id, Text, Time, Value, Version

PaymentMethod = Literal["cash", "bank_transfer", "card", "card_terminal", "cheque"]
Payer = Literal["patient", "insurer"]
CardChargeStatus = Literal["announced", "charging", "waiting", "paid", "given_up", "dropped"]
PaymentStatus = Literal[
    "pending", "settled", "failed", "canceled", "partly_refunded", "refunded", "disputed", "reversed"
]

NextStep = Literal["enter_card", "authenticate", "wait_for_bank"]


class Failure(Value):
    """Why a payment or a refund failed: a stable code, and words that the desk can say."""

    code: Text = Field(description="stable and kebab-case, or the code of the card network")
    message: Text = Field(description="words that the desk can say to the patient")


class Refund(Value):
    """Money that went back, by the way it was paid. Only a settled refund counts.

    Above the clinic's limit it waits until a second person approves or rejects it (`decided_by`). Of a refund by
    transfer `bank_transaction_id` is the bank's booking, once the bank has told of it.
    """

    refund_id: Id = Field(description="the refund's own id")
    amount: Money = Field(description="what goes back, positive")
    reason: Text = Field(description="why, as the person said who asked for it")
    status: Literal["pending", "settled", "failed", "awaiting_approval", "rejected"] = Field(
        description="only a `settled` refund counts"
    )
    register_id: Id | None = Field(default=None, description="the register that a cash refund comes from")
    rounding: Money | None = Field(
        default=None, description="what is given back in cash beyond `amount`, or (negative) less; as of a payment"
    )
    failure: Failure | None = Field(default=None, description="why it failed")
    refunded_at: Time = Field(description="when it was asked for")
    refunded_by: ActorRef = Field(description="who asked for it")
    decided_at: Time | None = Field(default=None, description="when the second person decided")
    decided_by: ActorRef | None = Field(default=None, description="the second person, who approved or rejected it")
    decision_reason: Text | None = Field(default=None, description="what the second person said")
    bank_transaction_id: Id | None = Field(
        default=None, description="the bank's booking of a refund by transfer, once it is known"
    )
    receipt_number: Text | None = Field(
        default=None,
        description="number of the refund's own receipt, of the same series as those of payments; null until the money "
        "went, and of refunds from before they had one",
    )


class Dispute(Value):
    """The cardholder's bank asks (inquiry), took the money back (open, lost), or gave it up (won)."""

    dispute_id: Text = Field(description="Stripe's id of the dispute")
    amount: Money = Field(description="what is disputed, positive; its currency may be another than the payment's")
    status: Literal["inquiry", "open", "won", "lost"] = Field(
        description="`inquiry`: the bank asks; `open`, `lost`: it took the money; `won`: it gave it back"
    )
    taken: bool | None = Field(
        default=None, description="whether the money is gone, by Stripe's balance; null: as `status` says"
    )


class Payment(Event):
    """A payment after a change: the whole of it. What counts is `settled` = amount - refunded - disputed.

    `part` says who paid: the patient, or his insurer, whose money never closes what the patient has to pay.
    Of a card payment, `next_step` is what it waits for, and `fee` what was kept of it on its way to the bank.
    """

    payment_id: Id = Field(description="the payment's own id")
    clinic_id: Id = Field(description="the clinic that is paid")
    patient_id: Id = Field(description="whose account it is for")
    invoice_id: Id | None = Field(description="the invoice that it is meant for; null: the oldest open one")
    version: int = Field(description="one more with each change, from 1; numbers may be skipped")
    method: PaymentMethod = Field(description="how it was paid")
    status: PaymentStatus = Field(description="see the states of a payment")
    currency: Currency = Field(description="ISO 4217 code of all amounts of the payment")
    amount: Money = Field(description="what was paid, before refunds")
    refunded: Money = Field(description="settled refunds together, positive")
    settled: Money = Field(description="what counts: amount - refunded - disputed")
    receipt_number: Text | None = Field(
        default=None, description="number of the receipt, without gaps for each clinic, refunds included"
    )
    register_id: Id | None = Field(
        default=None,
        description="the register that it was paid at: of cash, and of what else the desk takes where somebody said so",
    )
    tendered: Money | None = Field(default=None, description="the cash handed over; null unless paid in cash")
    rounding: Money | None = Field(
        default=None,
        description="what was paid in cash beyond `amount`, or (negative) less, since there are no smaller coins; the "
        "amount counts; null for nothing, and for all that is not cash",
    )
    change: Money | None = Field(default=None, description="the cash given back: tendered - amount - rounding")
    reference: Text | None = Field(
        default=None,
        description="what the transfer said: remittance information (ISO 20022), as an ISO 11649 reference; the number "
        "of a cheque, or what a terminal's slip says",
    )
    received_on: date | None = Field(default=None, description="value date of a transfer")
    card_payment_intent_id: Text | None = Field(default=None, description="Stripe's PaymentIntent of a card payment")
    bank_transaction_id: Id | None = Field(
        default=None, description="the booking of the bank statement that it came with"
    )
    refunds: tuple[Refund, ...] = Field(default=(), description="money that went back, or is to")
    failure: Failure | None = Field(default=None, description="why no money came")
    received_at: Time = Field(description="when the payment was taken or begun")
    settled_at: Time | None = Field(default=None, description="when the money was ours; null before")
    changed_at: ChangedAt
    changed_by: ChangedBy
    part: Payer = Field(
        default="patient",
        description="whose part of the invoice it pays: an insurer's money never closes the patient's",
    )
    payer_id: Id | None = Field(
        default=None, description="which insurer paid, where somebody said so; null: the only one that it can be"
    )
    taken_by: ActorRef | None = Field(default=None, description="who took it at the desk")
    next_step: NextStep | None = Field(
        default=None, description="what a card payment waits for; null when it waits for nothing"
    )
    cancel_requested_at: Time | None = Field(
        default=None, description="when somebody asked to cancel a card payment that is not yet canceled"
    )
    fee: Money | None = Field(default=None, description="what was kept of it on its way to the bank")
    disputes: tuple[Dispute, ...] = Field(default=(), description="disputes of the cardholder's bank")
    beside: tuple[Id, ...] = Field(
        default=(),
        description="card payments of the invoice that nobody had paid when this was taken, and that gave way to it; "
        "or are more than is open together with it, where a bank was being asked",
    )
    replaced_by: Id | None = Field(
        default=None, description="the payment that this card payment gave way to: nobody can pay it any more"
    )

    @property
    def subject(self) -> str:
        return self.payment_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)


class CardCharge(Event):
    """An instalment that a card on file is charged for, after a change: the whole of it.

    `charge_on` is the day of the next attempt, or of the last one; `attempts` counts those made. `payment_id` is the
    last attempt's payment. `amount` is what was open of the instalment when it was told.
    """

    charge_id: Id = Field(description="derived from card, invoice and instalment")
    clinic_id: Id = Field(description="the clinic that is paid")
    patient_id: Id = Field(description="whose card it is")
    invoice_id: Id = Field(description="the invoice of the instalment")
    instalment: int = Field(description="its number in the plan of the invoice")
    due_on: date = Field(description="the day on which the instalment is due")
    card_id: Id = Field(description="the card on file")
    version: Version
    status: CardChargeStatus = Field(description="where the charge stands")
    currency: Currency = Field(description="ISO 4217 code of the amount")
    amount: Money = Field(description="what was open of the instalment when this was written")
    charge_on: date = Field(description="day of the next attempt, or of the last one")
    attempts: int = Field(default=0, description="how many attempts were made")
    payment_id: Id | None = Field(default=None, description="the payment of the last attempt")
    failure: Failure | None = Field(default=None, description="why the last attempt failed")
    changed_at: ChangedAt
    changed_by: ChangedBy

    @property
    def subject(self) -> str:
        return self.charge_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)


class CardChargeAnnounced(CardCharge):
    """The patient's card will be charged on that day, unless the instalment is paid before or the consent ends."""

    TYPE: ClassVar[str] = "payments.card-charge-announced.v1"


class CardChargeFailed(CardCharge):
    """The card is not tried any more: somebody has to talk to the patient."""

    TYPE: ClassVar[str] = "payments.card-charge-failed.v1"


class PaymentReceived(Payment):
    """The money is ours."""

    TYPE: ClassVar[str] = "payments.payment-received.v1"


class PaymentFailed(Payment):
    """No money came; the failure says why."""

    TYPE: ClassVar[str] = "payments.payment-failed.v1"


class PaymentRefunded(Payment):
    """Some or all of it went back, or (reversed) it turned out not to be this patient's, or the bank took it back."""

    TYPE: ClassVar[str] = "payments.payment-refunded.v1"


class PaymentDisputed(Payment):
    """The cardholder's bank took it back, or is asking to."""

    TYPE: ClassVar[str] = "payments.payment-disputed.v1"
