"""What is sent without anybody asking, and links: by the clinic's setting, which is off until somebody sets it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pymongo.database import Database

from contracts.invoicing import ClinicConfigured, Invoice
from contracts.payments import Dispute
from contracts.values import ActorRef
from kernel.money import Money
from tests.integration.documents.archive import Archive, code_of
from tests.parts.patience import until
from tests.unit.documents.samples import PATIENT
from tests.unit.documents.test_receipt import payment
from tests.unit.documents.test_reminding import share

NEVER_QUIET = {"begins": "00:00", "ends": "00:00", "sundays": False, "holidays": False}


def configure(archive: Archive, **settings: Any) -> httpx2.Response:
    token = archive.issuer.mint("billing_manager", archive.clinic)
    path = f"/clinics/{archive.clinic}/sending-settings"
    return archive.http.put(path, json=settings, headers={"Authorization": f"Bearer {token}"})


def settled(archive: Archive, count: int) -> list[dict[str, Any]]:
    """All deliveries of the clinic, once there are so many and all came to an end; the newest first."""

    def ended(found: list[dict[str, Any]]) -> bool:
        return len(found) == count and all(each["status"] != "queued" for each in found)

    return until(archive.deliveries, ended)


def profile(clinic_id: str) -> ClinicConfigured:
    """Of a clinic in Berlin."""
    return ClinicConfigured(
        clinic_id=clinic_id,
        version=1,
        name="Zahnärzte",
        currency="EUR",
        time_zone="Europe/Berlin",
        changed_at=datetime.now(UTC),
        changed_by=ActorRef(actor_id="usr-1", role="billing_manager"),
    )


def test_nothing_is_sent_by_itself_until_the_clinic_says_so(archive: Archive) -> None:
    before = archive.invoice(finalized_at=datetime.now(UTC))
    archive.rendered(before)
    path = f"/clinics/{archive.clinic}/sending-settings"
    assert archive.get(path).json() | {"quiet": None} == {
        "send_invoices": False,
        "send_receipts": False,
        "deliver_as": "attachment",
        "link_days": 30,
        "reminder_days": [],
        "quiet": None,
        "clinic_id": archive.clinic,
        "version": 0,
    }
    set_ = configure(archive, send_invoices=True, send_receipts=True, reason="asked for")
    assert (set_.status_code, set_.json()["version"]) == (200, 1)
    now = datetime.now(UTC) + timedelta(seconds=1)
    after = archive.invoice(finalized_at=now)
    silent = archive.invoice(finalized_at=now, buyer=PATIENT.model_copy(update={"email": None}))
    archive.rendered(silent, after)
    paid = payment(
        payment_id=f"pay-{after.invoice_id}",
        clinic_id=archive.clinic,
        invoice_id=after.invoice_id,
        settled_at=now,
        receipt_number=f"R-{after.invoice_id}",
    )
    archive.publish(paid, after.model_copy(update={"version": 3}))
    receipt, sent = settled(archive, 2)
    assert (sent["invoice_id"], sent["documents"], sent["occasion"]) == (after.invoice_id, ["invoice"], "issued")
    assert (receipt["documents"], receipt["status"], receipt["requested_by"]) == (["receipt"], "sent", "documents")
    [mail] = archive.mails(sent["delivery_id"])
    assert mail["List-Unsubscribe"] == "<mailto:praxis@example.org?subject=unsubscribe>"
    history = archive.get(f"{path}/revisions").json()["items"]
    assert [(each["version"], each["reason"]) for each in history] == [(1, "asked for")]
    verified = archive.get(f"/clinics/{archive.clinic}/revisions/verification").json()
    assert (verified["intact"], verified["revisions"]) == (True, 1)


def test_a_link_gives_the_document_until_it_expires_and_the_journal_has_each_opening(
    archive: Archive, stored: Database[dict[str, Any]]
) -> None:
    assert configure(archive, deliver_as="link", link_days=1).status_code == 200
    invoice = archive.invoice()
    pdf = archive.rendered(invoice).content
    archive.send(invoice.invoice_id)
    delivery = archive.delivery(invoice.invoice_id)
    [mail] = archive.mails(delivery["delivery_id"])
    assert list(mail.iter_attachments()) == []
    part = mail.get_body(("plain",))
    assert part is not None
    [link] = [word for word in part.get_content().split() if word.startswith("https://documents.clinic.example/")]
    path = f"{urlsplit(link).path}?{urlsplit(link).query}"
    opened = archive.http.get(path)
    assert (opened.status_code, opened.content, opened.headers["cache-control"]) == (200, pdf, "no-store")
    openings = archive.get(f"/deliveries/{delivery['delivery_id']}/openings").json()["items"]
    assert [(each["document_id"], each["delivery_id"]) for each in openings] == [
        (delivery["document_id"], delivery["delivery_id"])
    ]
    [revision] = stored["revisions"].find({"type": "documents.link-opened", "clinic_id": archive.clinic})
    assert revision["actor_id"] == delivery["delivery_id"]
    assert code_of(archive.http.get(f"{path}x")) == (404, "link-unknown")
    stored["deliveries"].update_one({"_id": delivery["delivery_id"]}, {"$set": {"enclosures.0.version": 99}})
    assert code_of(archive.http.get(path)) == (404, "link-unknown")
    elsewhere = archive.as_("auditor", "clinic-elsewhere")
    assert code_of(elsewhere.get(f"/deliveries/{delivery['delivery_id']}/openings")) == (404, "not-found")


def test_who_does_not_pay_is_reminded_once_a_step_and_no_more_when_they_have(
    archive: Archive, stored: Database[dict[str, Any]]
) -> None:
    archive.publish(profile(archive.clinic))
    today = datetime.now(UTC).date()
    late: dict[str, Any] = {"issued_on": today - timedelta(days=60), "due_on": today - timedelta(days=30)}
    owing = archive.invoice(**late, payers=(share(20000, "insurer"), share(5000)), payment_reference="RF18539007547034")
    insured = archive.invoice(**late, payers=(share(25000, "insurer"), share(0)))
    on_time = archive.invoice(issued_on=today, due_on=today + timedelta(days=14))
    archive.rendered(insured, on_time, owing)
    assert configure(archive, reminder_days=[7, 21, 35], quiet=NEVER_QUIET).status_code == 200
    [first] = settled(archive, 1)
    assert (first["invoice_id"], first["occasion"], first["step"]) == (owing.invoice_id, "reminder", 1)
    assert (first["status"], first["documents"]) == ("sent", ["reminder", "invoice"])
    [mail] = archive.mails(first["delivery_id"])
    part = mail.get_body(("plain",))
    assert part is not None
    assert "50,00 €" in part.get_content().replace("\xa0", " ")
    assert mail["Subject"].startswith("Erinnerung 2026-000123")
    letter = archive.get(f"/invoices/{owing.invoice_id}/documents").json()[-1]
    assert (letter["kind"], letter["status"], letter["step"]) == ("reminder", "sent", 1)
    attached, _ = mail.iter_attachments()
    assert archive.get(letter["path"]).content == attached.get_content()
    assert code_of(archive.as_("auditor", "clinic-elsewhere").get(letter["path"])) == (404, "not-found")
    # Two weeks later comes the second. One that is queued when the money comes is called off.
    stored["reminders"].update_one(
        {"invoice_id": owing.invoice_id}, {"$set": {"on": (today - timedelta(days=14)).isoformat()}}
    )
    second, _ = settled(archive, 2)
    assert (second["step"], second["status"]) == (2, "sent")
    archive.publish(paid_by_patient(owing))
    until(lambda: stored["invoices"].find_one({"_id": owing.invoice_id}), lambda copy: copy and copy["version"] == 3)
    queue_again(stored, second)
    called_off = until(lambda: delivered(archive, second["delivery_id"]), lambda one: one["status"] == "failed")
    assert (called_off["failure"], len(archive.mails(second["delivery_id"]))) == ("nothing-overdue", 1)
    assert archive.published(owing.invoice_id)[-1][1].failure is None


def test_nobody_is_reminded_while_their_bank_is_asked(archive: Archive, stored: Database[dict[str, Any]]) -> None:
    archive.publish(profile(archive.clinic))
    due = datetime.now(UTC).date() - timedelta(days=30)
    disputed, other = (archive.invoice(due_on=due, payers=(share(25000),)) for _ in range(2))
    asked = Dispute(dispute_id="dp_1", amount=Money(25000, "EUR"), status="open")
    charge = payment(
        payment_id=f"pay-{disputed.invoice_id}",
        clinic_id=archive.clinic,
        invoice_id=disputed.invoice_id,
        receipt_number=f"R-{disputed.invoice_id}",
        disputes=(asked,),
    )
    archive.publish(charge)
    until(lambda: stored["payments"].find_one({"_id": charge.payment_id}), lambda copy: copy is not None)
    archive.rendered(disputed, other)
    assert archive.pdf(disputed.invoice_id).status_code == 200
    assert configure(archive, reminder_days=[7], quiet=NEVER_QUIET).status_code == 200
    [reminded] = settled(archive, 1)
    assert reminded["invoice_id"] == other.invoice_id


def queue_again(stored: Database[dict[str, Any]], delivery: dict[str, Any]) -> None:
    """As it is between the sweep and the mail."""
    queued: dict[str, Any] = {"status": "queued", "settled_at": None, "attempts": []}
    stored["deliveries"].update_one({"_id": delivery["delivery_id"]}, {"$set": queued})
    now = datetime.now(UTC)
    job = {"kind": "mail", "clinic_id": delivery["clinic_id"], "subject_id": delivery["delivery_id"], "content": "x"}
    due = {
        "queued_at": now,
        "due_at": now,
        "ready": True,
        "lane": "",
        "attempts": 0,
        "claim": None,
        "traceparent": None,
    }
    id_ = f"job-{delivery['delivery_id']}"
    stored["jobs"].insert_one({"_id": id_, "job_id": id_, **job, **due})


def delivered(archive: Archive, delivery_id: str) -> dict[str, Any]:
    return next(each for each in archive.deliveries() if each["delivery_id"] == delivery_id)


def paid_by_patient(invoice: Invoice) -> Invoice:
    """The insurer's part is open still."""
    insurer, patient = invoice.payers
    nothing = patient.model_copy(update={"open": Money(0, "EUR"), "paid": patient.amount})
    return invoice.model_copy(update={"version": 3, "payers": (insurer, nothing)})
