"""What payments says: `payments.payments`."""

from datetime import date
from typing import ClassVar, Literal

from contracts.envelope import Event, account_key
from contracts.money import Currency, Money
from contracts.values import ActorRef, Id, Text, Time, Value

PaymentMethod = Literal["cash", "bank_transfer", "card"]
Payer = Literal["patient", "insurer"]
PaymentStatus = Literal[
    "pending", "settled", "failed", "canceled", "partly_refunded", "refunded", "disputed", "reversed"
]


class Failure(Value):
    """Why a payment or a refund failed: a stable code, and words that the desk can say."""

    code: Text
    message: Text


class Refund(Value):
    """Money that went back, by the way it was paid. Only a settled refund counts.

    Above the clinic's limit it waits until a second person approves or rejects it (`decided_by`).
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


class Payment(Event):
    """A payment after a change: the whole of it. What counts is `settled` = amount - refunded - disputed.

    `part` says who paid: the patient, or his insurer, whose money never closes what the patient has to pay.
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

    @property
    def subject(self) -> str:
        return self.payment_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)


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
