"""A card on file: kept by Stripe, with the patient's consent, for what falls due. No card number is ever here."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, IllegalTransition
from kernel.outcome import Outcome
from payments.domain.intake.payment import Agreed, OnFile

CardStatus = Literal["pending", "active", "revoked", "failed"]
CardCommand = Literal["confirm", "abandon", "revoke"]
CardEventKind = Literal["consented", "prepared", "confirmed", "identified", "abandoned", "revoked", "released"]
SETUP_MAY_TAKE = timedelta(hours=23)

TRANSITIONS: dict[tuple[CardStatus, CardCommand], CardStatus] = {
    ("pending", "confirm"): "active",
    ("pending", "abandon"): "failed",
    ("pending", "revoke"): "revoked",
    ("active", "revoke"): "revoked",
}


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed when to which text: `given_by` says whether the patient, or who may speak for them."""

    text_version: str
    given_by: Literal["patient", "representative"]
    given_at: datetime
    recorded_by: Actor


@dataclass(frozen=True, slots=True)
class SetupPage:
    """Stripe's page on which a patient far away enters the card, and where it sends them afterwards."""

    success_url: str
    cancel_url: str | None = None


@dataclass(frozen=True, slots=True)
class CardDetails:
    """What Stripe says of a card, so that desk and patient know which one it is."""

    payment_method_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class SeenSetup:
    """What Stripe says of a SetupIntent. `card` is there once it succeeded."""

    setup_intent_id: str
    status: Literal["open", "succeeded", "canceled"]
    card: CardDetails | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOnFile:
    """A card at one version. `released`: Stripe has let go of it."""

    card_id: str
    clinic_id: str
    patient_id: str
    version: int
    status: CardStatus
    consent: Consent
    page: SetupPage | None = None
    customer_id: str | None = None
    setup_intent_id: str | None = None
    details: CardDetails | None = None
    revoked_at: datetime | None = None
    released: bool = False
    created_at: datetime
    changed_at: datetime
    changed_by: Actor

    @property
    def to_release(self) -> bool:
        """Whether Stripe still has a card that it should not have."""
        return self.status == "revoked" and not self.released and self.setup_intent_id is not None


@dataclass(frozen=True, slots=True)
class CardEvent:
    """What happened, with the card as it was right after it. `identified`: which card it was, once consent ended."""

    kind: CardEventKind
    card: CardOnFile
    change: Change


CardOutcome = Outcome[CardOnFile, CardEvent]


@dataclass(frozen=True, slots=True)
class KeepCard:
    """A patient agrees that a card is kept and charged for their instalments."""

    clinic_id: str
    patient_id: str
    text_version: str
    given_by: Literal["patient", "representative"]
    page: SetupPage | None


def begin(command: KeepCard, card_id: str, change: Change) -> CardOutcome:
    """Nothing is kept yet: the consent is, and the card follows."""
    card = CardOnFile(
        card_id=card_id,
        clinic_id=command.clinic_id,
        patient_id=command.patient_id,
        version=1,
        status="pending",
        consent=Consent(command.text_version, command.given_by, change.at, change.by),
        page=command.page,
        created_at=change.at,
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(card, (CardEvent("consented", card, change),))


def prepare(card: CardOnFile, customer_id: str, setup_intent_id: str, change: Change) -> CardOutcome:
    """Stripe waits for the card; known already, nothing changes."""
    if card.setup_intent_id is not None:
        return Outcome(card)
    return _noted(card, "prepared", change, customer_id=customer_id, setup_intent_id=setup_intent_id)


def observe_setup(card: CardOnFile, seen: SeenSetup, change: Change) -> CardOutcome:
    """What follows from what Stripe says; old news changes nothing, and what was revoked stays so."""
    if card.setup_intent_id != seen.setup_intent_id or card.details is not None:
        return Outcome(card)
    if seen.card is not None:
        if card.status == "pending":
            return _moved(card, "confirm", "confirmed", change, details=seen.card)
        return _noted(card, "identified", change, details=seen.card)
    if seen.status == "canceled" and card.status == "pending":
        return _moved(card, "abandon", "abandoned", change)
    return Outcome(card)


def revoke(card: CardOnFile, change: Change) -> CardOutcome:
    """The consent ends; a second time changes nothing. Raises IllegalTransition where no card was ever kept."""
    if card.status == "revoked":
        return Outcome(card)
    return _moved(card, "revoke", "revoked", change, revoked_at=change.at)


def release(card: CardOnFile, change: Change) -> CardOutcome:
    """Stripe has it no more; a second time changes nothing."""
    return Outcome(card) if card.released else _noted(card, "released", change, released=True)


def charged_once(card: CardOnFile | None, clinic_id: str, patient_id: str, agreed: Agreed) -> OnFile:
    """The card, for a charge that the patient agrees to now.

    Raises BusinessError when it is not theirs, or not active.
    """
    field = "/card_on_file/card_id"
    if card is None or (card.clinic_id, card.patient_id) != (clinic_id, patient_id):
        raise BusinessError("card-unknown", "the patient has no such card on file", field=field)
    if card.status != "active" or card.details is None or card.customer_id is None:
        raise Conflict("card-not-active", "this card on file is not to be charged", field=field)
    return OnFile(card.card_id, card.customer_id, card.details.payment_method_id, agreed)


def took_too_long(card: CardOnFile, now: datetime) -> bool:
    """Whether nobody entered a card in time."""
    return card.status == "pending" and now - card.created_at > SETUP_MAY_TAKE


def _moved(card: CardOnFile, command: CardCommand, kind: CardEventKind, change: Change, **changes: Any) -> CardOutcome:
    status = TRANSITIONS.get((card.status, command))
    if status is None:
        raise IllegalTransition(f"card {card.card_id}", card.status, command)
    return _noted(card, kind, change, status=status, **changes)


def _noted(card: CardOnFile, kind: CardEventKind, change: Change, **changes: Any) -> CardOutcome:
    after = replace(card, version=card.version + 1, changed_at=change.at, changed_by=change.by, **changes)
    return Outcome(after, (CardEvent(kind, after, change),))
