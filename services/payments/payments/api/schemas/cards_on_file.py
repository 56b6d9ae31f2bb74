"""Cards on file, and what they are charged for. A card itself never comes by here: unknown fields are refused."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts import payments as wire
from contracts.money import Money
from contracts.values import ActorRef, Id
from payments.api.examples.cards_on_file import KEEP_AT_THE_DESK, KEEP_BY_LINK
from payments.api.schemas.values import RequestBody, WebAddress
from payments.domain.cards_on_file.card_charge import CardCharge
from payments.domain.cards_on_file.card_on_file import CardOnFile, CardStatus, KeepCard, SetupPage

TextVersion = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class ConsentBody(RequestBody):
    """What was agreed to: the version of the text that was signed, and by whom; when is now."""

    text_version: TextVersion = Field(description="which version of the clinic's text was signed")
    given_by: Literal["patient", "representative"] = Field(
        default="patient", description="the patient, or who may speak for them"
    )


class LinkBody(RequestBody):
    """For a patient far away: where Stripe's page sends them when the card is kept, or they thought better of it."""

    success_url: WebAddress = Field(description="where a patient whose card is kept goes")
    cancel_url: WebAddress | None = Field(default=None, description="where a patient who turns back goes")


class KeepCardRequest(RequestBody):
    """A card is to be kept and charged for the patient's instalments on the days they are due."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEEP_AT_THE_DESK, KEEP_BY_LINK]})

    clinic_id: Id = Field(description="the clinic that will charge the card")
    patient_id: Id = Field(description="the patient whose instalments it pays")
    consent: ConsentBody = Field(description="what the patient agreed to")
    link: LinkBody | None = Field(default=None, description="without one the card is entered at the desk")

    def command(self) -> KeepCard:
        page = None if self.link is None else SetupPage(self.link.success_url, self.link.cancel_url)
        text, given_by = self.consent.text_version, self.consent.given_by
        return KeepCard(self.clinic_id, self.patient_id, text, given_by, page)


class ConsentView(BaseModel):
    """Who agreed when to which text, and who recorded it."""

    text_version: str = Field(description="which version of the clinic's text was signed")
    given_by: Literal["patient", "representative"] = Field(description="the patient, or who may speak for them")
    given_at: datetime = Field(description="when it was recorded")
    recorded_by: ActorRef = Field(description="who recorded it")


class DetailsView(BaseModel):
    """Which card it is; its number is with Stripe only."""

    brand: str = Field(description="as Stripe names it: `visa`, `mastercard`")
    last4: str = Field(description="the last four digits")
    exp_month: int = Field(description="the month in which it expires, 1 to 12")
    exp_year: int = Field(description="the year in which it expires, with four digits")


class CardView(BaseModel):
    """A card on file: `pending` until the patient entered it, `revoked` once they took their consent back."""

    card_id: Id = Field(description="the card on file, `crd_…`")
    clinic_id: Id = Field(description="the clinic that may charge it")
    patient_id: Id = Field(description="the patient whose card it is")
    version: int = Field(description="counts its changes, from 1")
    status: CardStatus = Field(description="only an `active` card is charged; `failed`: nobody entered one in time")
    consent: ConsentView = Field(description="what it is kept by")
    details: DetailsView | None = Field(description="which card it is; null until it was entered")
    revoked_at: datetime | None = Field(description="when the consent ended; null while it holds")
    created_at: datetime = Field(description="when the consent was recorded")
    changed_at: datetime = Field(description="when it changed last")
    changed_by: ActorRef = Field(description="who changed it last")

    @classmethod
    def of(cls, card: CardOnFile) -> Self:
        return cls.model_validate(card, from_attributes=True)


class CardSetup(BaseModel):
    """`client_secret` is for the browser at the desk that enters the card, `url` for the patient's own; one is null."""

    card: CardView = Field(description="the card on file, which is yet to be entered")
    client_secret: str | None = Field(description="for Stripe's element in the browser; keep it nowhere")
    url: str | None = Field(description="the link to send to the patient, if one was asked for")


class ChargeView(BaseModel):
    """An instalment that a card on file is charged for."""

    charge_id: Id = Field(description="the charge, `chg_…`")
    clinic_id: Id = Field(description="the clinic that charges")
    patient_id: Id = Field(description="the patient whose card is charged")
    invoice_id: Id = Field(description="the invoice that it pays")
    instalment: int = Field(description="which instalment of the invoice, from 1")
    due_on: date = Field(description="the day on which the instalment is due")
    card_id: Id = Field(description="the card on file")
    version: int = Field(description="counts its changes, from 1")
    status: wire.CardChargeStatus = Field(description="`waiting`: declined, and tried again on `charge_on`")
    amount: Money = Field(description="what was open of the instalment when it was last looked at")
    charge_on: date = Field(description="the day of the next attempt, or of the last one")
    attempts: int = Field(description="how many attempts were made")
    payment_id: Id | None = Field(description="the payment of the last attempt; null before the first")
    failure: wire.Failure | None = Field(description="why the last attempt brought nothing; null where it did")
    changed_at: datetime = Field(description="when it changed last")

    @classmethod
    def of(cls, charge: CardCharge) -> Self:
        return cls.model_validate(charge, from_attributes=True)
