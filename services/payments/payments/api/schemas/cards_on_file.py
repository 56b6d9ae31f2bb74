"""What the routes of cards on file take and show. A card itself never comes by here: unknown fields are refused."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts import payments as wire
from contracts.money import Money
from contracts.values import ActorRef, Id
from kernel.actor import Actor
from payments.api.schemas.payments import WebAddress
from payments.domain.cards_on_file.card_charge import CardCharge
from payments.domain.cards_on_file.card_on_file import CardOnFile, CardStatus, KeepCard, SetupPage

TextVersion = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConsentBody(_Request):
    """What was agreed to: the version of the text that was signed, and by whom; when is now."""

    text_version: TextVersion
    given_by: Literal["patient", "representative"] = "patient"


class LinkBody(_Request):
    """For a patient far away: where Stripe's page sends him when the card is kept, or has thought better of it."""

    success_url: WebAddress
    cancel_url: WebAddress | None = None


class KeepCardRequest(_Request):
    """A card is to be kept and charged for the patient's instalments on the days they are due."""

    clinic_id: Id
    patient_id: Id
    consent: ConsentBody
    link: LinkBody | None = Field(default=None, description="without one the card is entered at the desk")

    def command(self, by: Actor) -> KeepCard:
        page = None if self.link is None else SetupPage(self.link.success_url, self.link.cancel_url)
        text, given_by = self.consent.text_version, self.consent.given_by
        return KeepCard(self.clinic_id, self.patient_id, text, given_by, page, by)


class ConsentView(BaseModel):
    """Who agreed when to which text, and who recorded it."""

    text_version: str
    given_by: Literal["patient", "representative"]
    given_at: datetime
    recorded_by: ActorRef


class DetailsView(BaseModel):
    """Which card it is; its number is with Stripe only."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


class CardView(BaseModel):
    """A card on file: `pending` until the patient entered it, `revoked` once he took his consent back."""

    card_id: Id
    clinic_id: Id
    patient_id: Id
    version: int
    status: CardStatus
    consent: ConsentView
    details: DetailsView | None
    revoked_at: datetime | None
    created_at: datetime
    changed_at: datetime
    changed_by: ActorRef

    @classmethod
    def of(cls, card: CardOnFile) -> Self:
        return cls.model_validate(card, from_attributes=True)


class CardSetup(BaseModel):
    """`client_secret` is for the browser at the desk that enters the card, `url` for the patient's own; one is null."""

    card: CardView
    client_secret: str | None
    url: str | None


class ChargeView(BaseModel):
    """An instalment that a card on file is charged for."""

    charge_id: Id
    clinic_id: Id
    patient_id: Id
    invoice_id: Id
    instalment: int
    due_on: date
    card_id: Id
    version: int
    status: wire.CardChargeStatus
    amount: Money
    charge_on: date
    attempts: int
    payment_id: Id | None
    failure: wire.Failure | None
    changed_at: datetime

    @classmethod
    def of(cls, charge: CardCharge) -> Self:
        return cls.model_validate(charge, from_attributes=True)
