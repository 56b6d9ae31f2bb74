"""What payments says: `payments.payments`."""

from datetime import date
from typing import ClassVar, Literal

from contracts.envelope import Event, account_key
from contracts.money import Currency, Money
from contracts.values import ActorRef, Id, Text, Time, Value

PaymentMethod = Literal["cash", "bank_transfer", "card"]
Payer = Literal["patient", "insurer"]
CardChargeStatus = Literal["announced", "charging", "waiting", "paid", "given_up", "dropped"]
PaymentStatus = Literal[
    "pending", "settled", "failed", "canceled", "partly_refunded", "refunded", "disputed", "reversed"
]

NextStep = Literal["enter_card", "authenticate", "wait_for_bank"]


class Failure(Value):
    """Why a payment or a refund failed: a stable code, and words that the desk can say."""

    code: Text
    message: Text


class Refund(Value):
    """Money that went back, by the way it was paid. Only a settled refund counts.

    Above the clinic's limit it waits until a second person approves or rejects it (`decided_by`). Of a refund by
    transfer `bank_transaction_id` is the bank's booking, once the bank has told of it.
    """

    refund_id: Id
    amount: Money
    reason: Text
    status: Literal["pending", "settled", "failed", "awaiting_approval", "rejected"]
    register_id: Id | None = None
    failure: Failure | None = None
    refunded_at: Time
    refunded_by: ActorRef
    decided_at: Time | None = None
    decided_by: ActorRef | None = None
    decision_reason: Text | None = None
    bank_transaction_id: Id | None = None


class Dispute(Value):
    """The cardholder's bank asks (inquiry), took the money back (open, lost), or gave it up (won)."""

    dispute_id: Text
    amount: Money
    status: Literal["inquiry", "open", "won", "lost"]


class Payment(Event):
    """A payment after a change: the whole of it. What counts is `settled` = amount - refunded - disputed.

    `part` says who paid: the patient, or his insurer, whose money never closes what the patient has to pay.
    Of a card payment, `next_step` is what it waits for, and `fee` what was kept of it on its way to the bank.
    """

    payment_id: Id
    clinic_id: Id
    patient_id: Id
    invoice_id: Id | None
    version: int
    method: PaymentMethod
    status: PaymentStatus
    currency: Currency
    amount: Money
    refunded: Money
    settled: Money
    receipt_number: Text | None = None
    register_id: Id | None = None
    tendered: Money | None = None
    change: Money | None = None
    reference: Text | None = None
    received_on: date | None = None
    card_payment_intent_id: Text | None = None
    bank_transaction_id: Id | None = None
    refunds: tuple[Refund, ...] = ()
    failure: Failure | None = None
    received_at: Time
    settled_at: Time | None = None
    changed_at: Time
    changed_by: ActorRef
    part: Payer = "patient"
    taken_by: ActorRef | None = None
    next_step: NextStep | None = None
    cancel_requested_at: Time | None = None
    fee: Money | None = None
    disputes: tuple[Dispute, ...] = ()

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

    charge_id: Id
    clinic_id: Id
    patient_id: Id
    invoice_id: Id
    instalment: int
    due_on: date
    card_id: Id
    version: int
    status: CardChargeStatus
    currency: Currency
    amount: Money
    charge_on: date
    attempts: int = 0
    payment_id: Id | None = None
    failure: Failure | None = None
    changed_at: Time
    changed_by: ActorRef

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
