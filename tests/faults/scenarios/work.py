"""An hour at a clinic: sessions come in, invoices are finalized, paid in all three ways, one payment goes back.

One invoice is credited in part, the session of another is corrected too late, and of a third one nobody pays the rest.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from tests.faults.clinic import Clinic
from tests.faults.sessions import Session, a_day, sessions

Json = dict[str, Any]


@dataclass(frozen=True)
class Hour:
    """What came of it."""

    messages: list[Session]
    invoices: list[Json]
    payments: list[Json]


def an_hour(clinic: Clinic, rng: Random, *, name: str = "ses", count: int = 12) -> Hour:
    """`count` sessions, some of them corrected or voided, and four that are billed and paid."""
    others = sessions(rng, clinic.clinic_id, count, name=f"{name}-o")
    sure = sessions(rng, clinic.clinic_id, 4, name=f"{name}-s")
    messages = a_day(rng, others)
    middle = rng.randrange(len(messages))
    clinic.publish([*messages[:middle], *(session.completed for session in sure)])
    clinic.publish(messages[middle:])
    clinic.until_drafted(sure)
    invoices = [clinic.finalize(session) for session in sure]
    payments = payments_of(clinic, rng, invoices)
    clinic.credit(invoices[0], invoices[0]["lines"][0]["line_id"])
    corrected_late(clinic, rng, sure[1])
    clinic.write_off(finalized_alone(clinic, rng, f"{name}-w"))
    return Hour([*others, *sure], invoices, payments)


def corrected_late(clinic: Clinic, rng: Random, session: Session) -> None:
    """More was done than is billed: the supplement is confirmed and finalized. Then less was: that is credited."""
    more = session.later(rng)
    clinic.publish([more.corrected])
    invoice = clinic.until_proposed(session)
    draft = clinic.decide(invoice, invoice["proposals"][0], "confirm")
    supplement = clinic.finalize_supplement(draft)
    clinic.publish([more.fewer().corrected])
    fewer = clinic.until_proposed(session)
    [proposal] = fewer["proposals"]
    clinic.decide(fewer, proposal, "reject")
    billed_more = clinic.ask("invoicing", "GET", f"/invoices/{supplement['invoice_id']}")
    [proposal] = billed_more["proposals"]
    clinic.decide(billed_more, proposal, "confirm")


def finalized_alone(clinic: Clinic, rng: Random, name: str) -> Json:
    """The invoice of a session that has nothing to do with the others."""
    [session] = sessions(rng, clinic.clinic_id, 1, name=name)
    clinic.publish([session.completed])
    clinic.until_drafted([session])
    return clinic.finalize(session)


def payments_of(clinic: Clinic, rng: Random, invoices: list[Json]) -> list[Json]:
    """Cash in part, a transfer and a card in whole, some of the cash back; the last one stays open."""
    cash, transfer, card, *_ = rng.sample(invoices, len(invoices))
    payments = [
        clinic.pay_cash(cash, rng.randrange(1_000, due(cash))),
        clinic.pay_by_transfer(transfer, due(transfer)),
        clinic.pay_by_card(card, due(card)),
    ]
    clinic.refund(payments[0], rng.randrange(1, 1_000))
    clinic.refund(payments[2], rng.randrange(1, due(card)))
    clinic.send_by_mail(transfer)
    return payments


def due(invoice: Json) -> int:
    return int(invoice["totals"]["due"]["amount_minor"])
