"""Events in any order: the books do not depend on it."""

from collections.abc import Sequence
from random import Random
from typing import Any

from contracts.payments import Payment, PaymentReceived, PaymentRefunded
from contracts.topics import DAYS, INVOICES, PAYMENTS
from tests.faults.clinic import TILL, Clinic, money
from tests.faults.scenarios.work import an_hour, due
from tests.faults.sessions import AT, a_day, said_once_more, sessions
from tests.faults.stage import Stage

BY = {"actor_id": "usr-front-desk", "role": "front_desk"}
Json = dict[str, Any]


def shuffled(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Sessions and payments in any order, also within a patient; then old versions of everything, late."""
    messages = a_day(rng, sessions(rng, clinic.clinic_id, 40, name="mixed"))
    rng.shuffle(messages)
    clinic.publish(messages)
    hour = an_hour(clinic, rng)
    events = [event for number in range(8) for event in payment_of(clinic, rng, f"mixed-{number}", hour.invoices[-1])]
    rng.shuffle(events)
    clinic.publish([said_once_more(event, "/chairside/payments") for event in events])
    stage.quiet()
    names = {topic.name for topic in (INVOICES, PAYMENTS, DAYS)}
    old = [record.message for record in stage.topics.catch_up() if record.topic in names and clinic.is_of(record)]
    rng.shuffle(old)
    clinic.publish(old)
    stage.faults["shuffled"] += 1


def a_payment_before_its_invoice(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """It waits for the session, for the number, and in cash for an open till; then the invoice is paid at once."""
    [session] = sessions(rng, clinic.clinic_id, 1, name="late")
    expected = 1_000_000
    invoice = {"invoice_id": clinic.invoice_id(session), "patient_id": session.patient}
    early = [
        payment(clinic, "early", invoice, 1, expected, method="bank_transfer"),
        payment(clinic, "early-cash", invoice, 1, 500, method="cash", register_id="till-2"),
    ]
    clinic.publish([said_once_more(event, "/chairside/payments") for event in early])
    stage.until(lambda: waiting(stage), bool, "the cash does not wait")
    stage.until(lambda: known(stage, early), len(early).__eq__, "invoicing does not know the payments")
    clinic.publish([session.completed])
    clinic.until_drafted([session])
    numbered = clinic.finalize(session)
    assert (numbered["status"], due(numbered)) == ("paid", 0), "the payment did not wait for its invoice"
    clinic.open_till("till-2")
    an_hour(clinic, rng)
    stage.faults["payment before its invoice"] += 1


def waiting(stage: Stage) -> int:
    """Cash that waits for an open till."""
    return int(stage.database("cash-register")["waiting"].count_documents({}))


def known(stage: Stage, payments: Sequence[Payment]) -> int:
    """How many of these payments invoicing keeps."""
    ids = [payment.payment_id for payment in payments]
    return int(stage.database("invoicing")["payments"].count_documents({"_id": {"$in": ids}}))


def payment_of(clinic: Clinic, rng: Random, name: str, invoice: Json) -> list[Payment]:
    """A payment, and refunds of it: three versions, in order."""
    method: Json = rng.choice([{"method": "cash", "register_id": TILL}, {"method": "bank_transfer"}])
    amount = rng.randrange(1_000, 2_000)
    return [payment(clinic, name, invoice, version, amount, **method) for version in (1, 2, 3)]


def payment(clinic: Clinic, name: str, invoice: Json, version: int, amount_minor: int, **changes: Any) -> Payment:
    """Version 1 brings the money; each one after it gives 10 back."""
    refunds = [
        {
            "refund_id": f"ref-{name}-{number}",
            "amount": money(10),
            "reason": "crown not fitted",
            "status": "settled",
            "refunded_at": AT,
            "refunded_by": BY,
        }
        for number in range(1, version)
    ]
    body = {
        "payment_id": f"pay-{clinic.clinic_id}-{name}",
        "clinic_id": clinic.clinic_id,
        "patient_id": invoice["patient_id"],
        "invoice_id": invoice["invoice_id"],
        "version": version,
        "status": "partly_refunded" if refunds else "settled",
        "currency": "EUR",
        "amount": money(amount_minor),
        "refunded": money(10 * len(refunds)),
        "settled": money(amount_minor - 10 * len(refunds)),
        "refunds": refunds,
        "received_at": AT,
        "settled_at": AT,
        "changed_at": AT,
        "changed_by": BY,
        **changes,
    }
    return (PaymentRefunded if refunds else PaymentReceived).model_validate(body)
