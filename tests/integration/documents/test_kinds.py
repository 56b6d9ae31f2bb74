"""Credit notes, receipts and drafts: from the topic to the PDF."""

import io
from datetime import timedelta
from uuid import uuid4

from pypdf import PdfReader

from contracts.invoicing import ClinicConfigured, ClinicLook, InvoicePaymentApplied, InvoiceVoided
from contracts.payments import PaymentRefunded
from contracts.values import ActorRef
from kernel.money import Money
from tests.integration.documents.archive import Archive, code_of, text_of
from tests.integration.documents.test_rendering import draft_of
from tests.parts.patience import until
from tests.unit.documents.samples import ISSUED, credit_note
from tests.unit.documents.samples import payment as allocation
from tests.unit.documents.test_receipt import payment, refund
from tests.unit.documents.test_register_day import closed


def fresh(prefix: str) -> str:
    return f"{prefix}-{uuid4().hex[:12]}"


def test_a_credit_note_gets_its_pdf_by_itself(archive: Archive) -> None:
    invoice = archive.invoice()
    note = credit_note(fresh("crn"), clinic_id=archive.clinic, invoice_id=invoice.invoice_id)
    archive.publish(invoice, note)
    answer = archive.pdf_at(f"/credit-notes/{note.credit_note_id}.pdf")
    assert answer.headers["content-disposition"] == 'inline; filename="CN-2026-000007.pdf"'
    assert "Zu Rechnung 2026-000123 Vom 20.11.2026" in text_of(answer.content)
    [(type_, document)] = archive.published(note.credit_note_id, kind="credit_note")
    assert (type_, document.kind, document.template) == ("document-rendered", "credit_note", "credit_note/1")
    assert document.path == f"/credit-notes/{note.credit_note_id}.pdf"
    elsewhere = archive.as_("auditor", "clinic-elsewhere").get(f"/credit-notes/{note.credit_note_id}.pdf")
    assert code_of(elsewhere) == (404, "not-found")


def test_a_payment_gets_a_receipt_that_no_later_word_changes(archive: Archive) -> None:
    invoice, payment_id, refund_id = archive.invoice(), fresh("pay"), fresh("ref")
    money = payment(
        payment_id=payment_id,
        clinic_id=archive.clinic,
        invoice_id=invoice.invoice_id,
        receipt_number=payment_id.replace("pay", "R"),
        rounding=Money(2, "EUR"),
    )
    counted = allocation(8000, ISSUED).model_copy(update={"payment_id": payment_id})
    totals = invoice.totals.model_copy(update={"paid": Money(8000, "EUR"), "due": Money(17000, "EUR")})
    fields = invoice.model_dump() | {"version": 3, "allocations": [counted], "totals": totals}
    # The receipt of a payment from long ago is as it is known now: so invoicing says first what it counts towards.
    archive.publish(invoice, InvoicePaymentApplied.model_validate(fields))
    assert archive.pdf_at(f"/invoices/{invoice.invoice_id}.pdf?version=3").status_code == 200
    archive.publish(money)
    path = f"/receipts/{payment_id}.pdf"
    first = archive.pdf_at(path)
    assert "2026-000123 20.11.2026 80,00 170,00" in text_of(first.content)
    assert "Rundung 0,02" in text_of(first.content)
    assert "80,00 170,00" in text_of(archive.pdf_at(f"{path}?paper=80mm").content)
    own_number = refund_id.replace("ref", "R")
    given = refund("settled", refund_id, own_number)
    back = money.model_dump() | {"version": 2, "refunds": [given], "status": "partly_refunded"}
    archive.publish(PaymentRefunded.model_validate(back))
    of_refund = archive.pdf_at(f"/receipts/{refund_id}.pdf")
    assert f"{own_number} Erstattung zu Quittung {money.receipt_number}" in text_of(of_refund.content)
    assert of_refund.headers["content-disposition"] == f'inline; filename="{own_number}.pdf"'
    assert archive.pdf_at(path).content == first.content
    assert [type_ for type_, _ in archive.published(payment_id, kind="receipt")] == ["document-rendered"]


def test_money_that_did_not_come_has_no_receipt(archive: Archive) -> None:
    payment_id = fresh("pay")
    fields = {"payment_id": payment_id, "clinic_id": archive.clinic, "receipt_number": None, "settled_at": None}
    archive.publish(payment(**fields, status="pending"))
    answer = until(lambda: archive.get(f"/receipts/{payment_id}.pdf"), lambda answer: answer.status_code != 404)
    assert code_of(answer) == (409, "no-receipt")


def test_a_draft_is_printed_for_who_asks_and_not_kept(archive: Archive) -> None:
    draft = draft_of(archive.invoice()).model_copy(update={"seller": None})
    archive.publish(draft)
    archive.known(draft.invoice_id)
    path = f"/invoices/{draft.invoice_id}.pdf"
    shown = archive.get(f"{path}?draft=true")
    assert "ENTWURF" in text_of(shown.content)
    assert archive.clinic in text_of(shown.content), "by its id where nobody told its name"
    assert archive.get(f"{path}?draft=true").content == shown.content
    assert code_of(archive.get(path)) == (409, "invoice-not-finalized")


def test_a_void_invoice_gets_a_document_that_says_so(archive: Archive) -> None:
    invoice = archive.invoice()
    first = archive.rendered(invoice)
    later = invoice.model_dump() | {"version": 3, "status": "void", "voided_at": ISSUED + timedelta(hours=1)}
    archive.publish(InvoiceVoided.model_validate(later))
    path = f"/invoices/{invoice.invoice_id}.pdf"
    void = until(
        lambda: archive.get(path), lambda answer: answer.status_code == 200 and answer.content != first.content
    )
    assert "STORNIERT" in text_of(void.content)
    types = [type_ for type_, _ in archive.published(invoice.invoice_id, 2)]
    assert types == ["document-rendered", "document-rendered"]


def test_a_closed_day_gets_its_report_by_itself(archive: Archive) -> None:
    day = closed(fresh("day"), clinic_id=archive.clinic)
    archive.publish(day)
    answer = archive.pdf_at(f"/register-days/{day.day_id}.pdf")
    assert "Expected in the drawer" in text_of(answer.content)
    [(type_, document)] = archive.published(day.day_id, kind="register_day")
    assert (type_, document.patient_id, document.path) == (
        "document-rendered",
        None,
        f"/register-days/{day.day_id}.pdf",
    )


def test_a_statement_has_what_was_billed_and_paid(archive: Archive) -> None:
    patient, payment_id = fresh("pat"), fresh("pay")
    invoice = archive.invoice(patient_id=patient)
    money = payment(payment_id=payment_id, patient_id=patient, clinic_id=archive.clinic, receipt_number=fresh("R"))
    archive.publish(invoice, money)
    path = f"/patients/{patient}/statement.pdf"
    issued = until(
        lambda: archive.get(path),
        lambda answer: answer.status_code == 200 and "Zahlung" in text_of(answer.content).split("Seit wann")[0],
    )
    text = text_of(issued.content)
    assert "20.11.2026 Rechnung 2026-000123 250,00 250,00" in text
    assert f"20.11.2026 Zahlung {money.receipt_number} -80,00 170,00" in text
    child = fresh("pat")
    archive.publish(archive.invoice(patient_id=child))
    shared = text_of(
        until(
            lambda: archive.get(f"{path}?family={child}&family={fresh('pat')}"),
            lambda answer: text_of(answer.content).count("Rechnung 2026-") == 2,
        ).content
    )
    assert "420,00 €" in shared, "the balance runs over both accounts"
    elsewhere = archive.as_("auditor", "clinic-elsewhere")
    assert code_of(elsewhere.get(path)) == (404, "not-found")
    assert code_of(elsewhere.get(f"{path}?clinic_id={archive.clinic}")) == (404, "not-found")


def test_documents_look_as_the_clinic_says(archive: Archive) -> None:
    clinic = fresh("clinic")
    manager, desk = archive.as_("billing_manager", clinic), archive.as_("front_desk", clinic)
    path = f"/clinics/{clinic}/logo"
    assert code_of(desk.get(path)) == (404, "not-found")
    assert code_of(desk.put(path, b"<svg/>"))[0] == 403
    assert code_of(manager.put(path, b"GIF89a")) == (422, "logo-invalid")
    assert code_of(manager.put(path, bytes(40 * 1024 * 1024))) == (413, "body-too-large")
    drawn = manager.put(
        path, b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="8"><rect width="9" height="8"/></svg>'
    )
    assert (drawn.status_code, drawn.json()["width"], drawn.json()["height"]) == (200, 1200, 320)
    shown = desk.get(path)
    assert (shown.headers["content-type"], shown.content[:4]) == ("image/png", b"\x89PNG")
    assert desk.get(path, **{"If-None-Match": shown.headers["etag"]}).status_code == 304
    told = {"clinic_id": clinic, "version": 1, "name": "Z", "currency": "EUR", "time_zone": "Europe/Berlin"}
    look = ClinicLook(paper="letter", colour="#5b2a86", footer=("Aufsicht: Kammer",))
    by = ActorRef(actor_id="usr-1", role="billing_manager")
    draft = draft_of(desk.invoice())
    archive.publish(
        ClinicConfigured.model_validate({**told, "look": look, "changed_at": ISSUED, "changed_by": by}), draft
    )
    printed = until(
        lambda: desk.pdf_at(f"/invoices/{draft.invoice_id}.pdf?draft=true"),
        lambda answer: "Aufsicht: Kammer" in text_of(answer.content),
    )
    assert len(PdfReader(io.BytesIO(printed.content)).pages[0].images) == 1
    assert manager.delete(path).status_code == 204
    assert code_of(manager.delete(path)) == (404, "not-found")
