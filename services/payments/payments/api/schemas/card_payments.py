"""Card payments. The card itself is entered with Stripe, never here."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from contracts import payments as wire
from contracts.money import Money
from contracts.values import Id
from kernel.errors import BusinessError
from payments.api.examples.card_payments import BY_LINK, ENTERED_AT_THE_DESK, ON_FILE
from payments.api.schemas.payments import MoneyRequest
from payments.api.schemas.values import RequestBody, Title, WebAddress
from payments.domain.intake.intake import ChargeCard, ChosenCard
from payments.domain.intake.payment import Agreed, Checkout, Payment


class CheckoutRequest(RequestBody):
    """Where Stripe's page sends the patient when they have paid, or have thought better of it."""

    success_url: WebAddress = Field(
        description="where a patient who has paid goes; Stripe fills in `{CHECKOUT_SESSION_ID}`"
    )
    cancel_url: WebAddress | None = Field(default=None, description="where a patient who turns back goes")
    title: Title = Field(default="Payment", description="what the page shows, where no invoice has a number")

    @property
    def page(self) -> Checkout:
        return Checkout(self.title, self.success_url, self.cancel_url)


class CardOnFileRequest(RequestBody):
    """The patient's card on file, which is charged at once."""

    card_id: Id = Field(description="a card of this patient that is `active`")
    agreed: Agreed = Field(description="how the patient agreed to this charge; it is kept with the payment")

    @property
    def card(self) -> ChosenCard:
        return ChosenCard(self.card_id, self.agreed)


class CardPaymentRequest(MoneyRequest):
    """A card payment to be started; the card itself is entered with Stripe, never here."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENTERED_AT_THE_DESK, BY_LINK, ON_FILE]})

    checkout: CheckoutRequest | None = Field(default=None, description="a link for a patient who is not at the desk")
    card_on_file: CardOnFileRequest | None = Field(default=None, description="instead of a card that is entered")

    def command(self, amount: Money) -> ChargeCard:
        """Raises BusinessError when it names two ways at once."""
        if self.checkout is not None and self.card_on_file is not None:
            raise BusinessError("invalid-request", "either checkout or card_on_file", field="/card_on_file")
        return ChargeCard(
            **self.money(amount),
            checkout=None if self.checkout is None else self.checkout.page,
            chosen_card=None if self.card_on_file is None else self.card_on_file.card,
        )


class CheckoutLink(BaseModel):
    """Stripe's page; until `expires_at` it can be paid, once."""

    url: str = Field(description="the link to send to the patient")
    expires_at: datetime = Field(description="when Stripe closes the page")

    @classmethod
    def of(cls, payment: Payment) -> Self | None:
        page = payment.checkout
        if not payment.undecided or page is None or page.url is None or page.expires_at is None:
            return None
        return cls(url=page.url, expires_at=page.expires_at)


class CardPayment(BaseModel):
    """`client_secret` is for the browser that enters the card; null when Stripe does not take the payment.

    `checkout` is the link for a patient who is not at the desk, if that was asked for.
    """

    payment: wire.Payment = Field(description="the payment as it is now")
    client_secret: str | None = Field(description="for Stripe's element in the browser; keep it nowhere")
    checkout: CheckoutLink | None = Field(default=None, description="the link, if one was asked for")
