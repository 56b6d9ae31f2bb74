"""What comes in and goes out over HTTP. Unknown fields are refused: no card number is ever taken in by mistake."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, TypeAdapter

from contracts import payments as wire
from contracts.money import Money
from contracts.values import Id
from kernel.actor import Actor
from kernel.errors import BusinessError
from payments.domain.intake.intake import ChargeCard, ChosenCard, TakeCash, TakeTransfer
from payments.domain.intake.payment import Agreed, Checkout, Payment
from payments.domain.intake.refunds import DecideRefund, RefundPayment
from payments.usecases.intake.take_payment import Claim

NOT_OF_COMMAND = ("method", "next_instalment", "card_on_file")
Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


_web_address = TypeAdapter(HttpUrl)


def _checked(address: str) -> str:
    """As it was written: Stripe fills in its `{CHECKOUT_SESSION_ID}`."""
    _web_address.validate_python(address)
    return address


WebAddress = Annotated[str, StringConstraints(min_length=1, max_length=2_000), AfterValidator(_checked)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _TakeMoney(_Request):
    clinic_id: Id
    patient_id: Id
    invoice_id: Id | None = Field(default=None, description="without one the money goes to the patient's account")
    amount: Money | None = Field(default=None, description="required, unless `next_instalment` is true")
    next_instalment: bool = Field(
        default=False, description="instead of an amount: what is due next on the invoice, by its instalments"
    )
    allow_credit: bool = Field(default=False, description="more than what is due becomes credit on the account")
    part: wire.Payer = Field(default="patient", description="who pays, and so which part of a split invoice it is for")

    def claim(self) -> Claim:
        return Claim(self.clinic_id, self.patient_id, self.invoice_id, self.part, self.amount, self.next_instalment)


class CashRequest(_TakeMoney):
    """Cash into the open drawer of a register."""

    method: Literal["cash"]
    register_id: Id
    tendered: Money = Field(description="what the patient handed over; the answer says the change")

    def command(self, amount: Money, by: Actor) -> TakeCash:
        return TakeCash(**_fields(self) | {"amount": amount}, by=by)


class TransferRequest(_TakeMoney):
    """A bank transfer that was received."""

    method: Literal["bank_transfer"]
    reference: Reference
    received_on: date

    def command(self, amount: Money, by: Actor) -> TakeTransfer:
        return TakeTransfer(**_fields(self) | {"amount": amount}, by=by)


PaymentRequest = Annotated[CashRequest | TransferRequest, Field(discriminator="method")]


class CheckoutRequest(_Request):
    """Where Stripe's page sends the patient when he has paid, or has thought better of it."""

    success_url: WebAddress
    cancel_url: WebAddress | None = None
    title: Title = Field(default="Payment", description="what the page shows, where no invoice has a number")

    @property
    def page(self) -> Checkout:
        return Checkout(self.title, self.success_url, self.cancel_url)


class CardOnFileRequest(_Request):
    """The patient's card on file, which is charged at once."""

    card_id: Id
    agreed: Agreed = Field(description="how the patient agreed to this charge; it is kept with the payment")

    @property
    def chosen_card(self) -> ChosenCard:
        return ChosenCard(self.card_id, self.agreed)


class CardPaymentRequest(_TakeMoney):
    """A card payment to be started; the card itself is entered with Stripe, never here."""

    checkout: CheckoutRequest | None = Field(default=None, description="a link for a patient who is not at the desk")
    card_on_file: CardOnFileRequest | None = Field(default=None, description="instead of a card that is entered")

    def command(self, amount: Money, by: Actor) -> ChargeCard:
        """Raises BusinessError when it names two ways at once."""
        if self.checkout is not None and self.card_on_file is not None:
            raise BusinessError("invalid-request", "either checkout or card_on_file", field="/card_on_file")
        page = None if self.checkout is None else self.checkout.page
        chosen_card = None if self.card_on_file is None else self.card_on_file.chosen_card
        return ChargeCard(**_fields(self) | {"amount": amount, "checkout": page}, chosen_card=chosen_card, by=by)


class RefundRequest(_Request):
    """Money back by the way it was paid."""

    amount: Money
    reason: Reason
    register_id: Id | None = Field(default=None, description="for cash: the open register it comes from")

    def command(self, payment_id: str, by: Actor) -> RefundPayment:
        return RefundPayment(payment_id=payment_id, **_fields(self), by=by)


class CheckoutLink(BaseModel):
    """Stripe's page; until `expires_at` it can be paid, once."""

    url: str
    expires_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> Self | None:
        page = payment.checkout
        if page is None or page.url is None or page.expires_at is None:
            return None
        return cls(url=page.url, expires_at=page.expires_at)


class ApprovalRequest(_Request):
    """A second person agrees."""

    register_id: Id | None = Field(default=None, description="for cash: another open register than was asked for")
    reason: Reason | None = None

    def command(self, payment_id: str, refund_id: str, by: Actor) -> DecideRefund:
        return DecideRefund(payment_id=payment_id, refund_id=refund_id, by=by, **_fields(self))


class RejectionRequest(_Request):
    """A second person does not agree."""

    reason: Reason

    def command(self, payment_id: str, refund_id: str, by: Actor) -> DecideRefund:
        return DecideRefund(payment_id=payment_id, refund_id=refund_id, by=by, reason=self.reason)


class CardPayment(BaseModel):
    """`client_secret` is for the browser that enters the card; null when Stripe does not take the payment.

    `checkout` is the link for a patient who is not at the desk, if that was asked for.
    """

    payment: wire.Payment
    client_secret: str | None
    checkout: CheckoutLink | None = None


class Received(BaseModel):
    """What Stripe is told."""

    received: bool = True


def _fields(request: _Request) -> dict[str, Any]:
    return {name: getattr(request, name) for name in type(request).model_fields if name not in NOT_OF_COMMAND}
