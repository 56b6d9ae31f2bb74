"""An instalment that a card on file is charged for: announced ahead, charged, tried again on set days, and given up."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, assert_never

from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import IllegalTransition
from kernel.ids import derived_id
from kernel.money import Money
from kernel.outcome import Outcome
from payments.domain.cards_on_file.card_on_file import CardOnFile
from payments.domain.intake.open_items import Instalment, Invoice
from payments.domain.intake.payment import Failure, Payment

ChargeStatus = Literal["announced", "charging", "waiting", "paid", "given_up", "dropped"]
ChargeCommand = Literal["charge", "settle", "wait", "give_up", "drop"]
CardChargeEventKind = Literal["announced", "started", "postponed", "paid", "given_up", "dropped"]

TRANSITIONS: dict[tuple[ChargeStatus, ChargeCommand], ChargeStatus] = {
    ("announced", "charge"): "charging",
    ("announced", "drop"): "dropped",
    ("charging", "settle"): "paid",
    ("charging", "wait"): "waiting",
    ("charging", "give_up"): "given_up",
    ("waiting", "charge"): "charging",
    ("waiting", "drop"): "dropped",
}
# What another day does not change. Lost and stolen cards are `final` by their bank's word.
HARD_DECLINES = frozenset(
    {
        "card-expired",
        "card-details-wrong",
        "card-not-supported",
        "authentication-failed",
        "not-chargeable",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCharge:
    """One instalment's charge at one version. `amount` is what was open when it was last looked at."""

    charge_id: str
    clinic_id: str
    patient_id: str
    invoice_id: str
    instalment: int
    due_on: date
    card_id: str
    version: int
    status: ChargeStatus
    amount: Money
    first_on: date
    charge_on: date
    attempts: int = 0
    payment_id: str | None = None
    failure: Failure | None = None
    changed_at: datetime
    changed_by: Actor

    @property
    def currency(self) -> str:
        return self.amount.currency


@dataclass(frozen=True, slots=True)
class CardChargeEvent:
    """What happened, with the charge as it was right after it."""

    kind: CardChargeEventKind
    charge: CardCharge
    change: Change


CardChargeOutcome = Outcome[CardCharge, CardChargeEvent]


def _happened(kind: CardChargeEventKind, charge: CardCharge, change: Change) -> CardChargeOutcome:
    return Outcome(charge, (CardChargeEvent(kind, charge, change),))


def charge_id_of(card_id: str, invoice_id: str, part: Instalment) -> str:
    """A card is charged for an instalment once. A new plan makes new instalments, and a new card is announced anew."""
    return derived_id("chg", card_id, invoice_id, str(part.number), str(part.due_on))


def payment_id_of(charge: CardCharge) -> str:
    """Of the next attempt: the same card, invoice, instalment and attempt is the same payment, for Stripe too.

    It begins with the day, as other ids begin with their moment, so that lists keep their order.
    """
    parts = (charge.card_id, charge.invoice_id, str(charge.instalment), str(charge.due_on), str(charge.attempts + 1))
    day_ms = (charge.charge_on - date(1970, 1, 1)) // timedelta(milliseconds=1)
    return f"pay_{day_ms:012x}{derived_id('pay', *parts)[-20:]}"


def announce(
    card: CardOnFile, invoice: Invoice, part: Instalment, due_on: date, on: date, change: Change
) -> CardChargeOutcome:
    """It is announced to the patient before their card is charged."""
    charge = CardCharge(
        charge_id=charge_id_of(card.card_id, invoice.invoice_id, part),
        clinic_id=card.clinic_id,
        patient_id=card.patient_id,
        invoice_id=invoice.invoice_id,
        instalment=part.number,
        due_on=due_on,
        card_id=card.card_id,
        version=1,
        status="announced",
        amount=part.amount,
        first_on=on,
        charge_on=on,
        changed_at=change.at,
        changed_by=change.by,
    )
    return _happened("announced", charge, change)


def start(charge: CardCharge, amount: Money, change: Change) -> CardChargeOutcome:
    """The next attempt, for what is open now."""
    payment_id, attempts = payment_id_of(charge), charge.attempts + 1
    return _moved(charge, "charge", "started", change, amount=amount, payment_id=payment_id, attempts=attempts)


def drop(charge: CardCharge, change: Change) -> CardChargeOutcome:
    """Nothing is open any more, or the consent ended."""
    return _moved(charge, "drop", "dropped", change)


def conclude(charge: CardCharge, payment: Payment, retry_on: date | None, change: Change) -> CardChargeOutcome:
    """What follows from the payment of an attempt: paid, tried again on `retry_on`, or given up."""
    match payment.status:
        case "pending":
            return Outcome(charge)
        case "failed" | "canceled":
            failure = payment.failure
            if retry_on is None or is_hard(failure):
                return _moved(charge, "give_up", "given_up", change, failure=failure)
            return _moved(charge, "wait", "postponed", change, failure=failure, charge_on=retry_on)
        case "settled" | "partly_refunded" | "refunded" | "disputed" | "reversed":
            return _moved(charge, "settle", "paid", change, failure=None)
        case _:
            assert_never(payment.status)


def is_hard(failure: Failure | None) -> bool:
    """Whether to ask the card's bank again would be of no use."""
    return failure is not None and (failure.final or failure.code in HARD_DECLINES)


def _moved(
    charge: CardCharge, command: ChargeCommand, kind: CardChargeEventKind, change: Change, **changes: Any
) -> CardChargeOutcome:
    status = TRANSITIONS.get((charge.status, command))
    if status is None:
        raise IllegalTransition(f"charge {charge.charge_id}", charge.status, command.replace("_", " "))
    after = replace(
        charge, version=charge.version + 1, status=status, changed_at=change.at, changed_by=change.by, **changes
    )
    return _happened(kind, after, change)
