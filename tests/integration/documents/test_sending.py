"""An invoice is mailed to its patient."""

from typing import Any

import pytest

from contracts.invoicing import InvoiceVoided
from tests.integration.documents.archive import Archive, code_of
from tests.integration.documents.test_rendering import draft_of
from tests.parts.patience import until
from tests.unit.documents.samples import PATIENT, credit_note
from tests.unit.documents.test_invoice_sheets import claimed
from tests.unit.documents.test_mail import COVERED


def test_an_invoice_is_mailed_once_for_one_key(archive: Archive) -> None:
    invoice = archive.invoice()
    pdf = archive.rendered(invoice).content
    ordered, again = archive.send(invoice.invoice_id, "key-1"), archive.send(invoice.invoice_id, "key-1")
    assert (ordered.status_code, again.status_code) == (202, 202)
    assert ordered.json() == again.json()
    delivery = archive.delivery(invoice.invoice_id)
    assert (delivery["status"], delivery["failure"]) == ("sent", None)
    [mail] = archive.mails(delivery["delivery_id"])
    assert mail["Message-ID"] == f"<{delivery['delivery_id']}@clinic.example>"
    assert mail["X-RcptTo"] == "lucja@example.org"
    [attached] = mail.iter_attachments()
    assert attached.get_content() == pdf
    assert [type_ for type_, _ in archive.published(invoice.invoice_id, 2)] == ["document-rendered", "document-sent"]
    [attempt] = delivery["attempts"]
    assert (attempt["outcome"], attempt["code"], attempt["answer"]) == ("taken", 250, "Kept")
    assert (delivery["to"], delivery["documents"], delivery["occasion"]) == ("patient", ["invoice"], "asked")


def test_a_second_mail_of_the_same_to_the_same_within_a_day_is_asked_for_again(archive: Archive) -> None:
    invoice = archive.invoice(buyer=COVERED)
    archive.rendered(invoice)
    assert archive.send(invoice.invoice_id).status_code == 202
    refused = archive.send(invoice.invoice_id, to="LUCJA@example.org")
    assert code_of(refused) == (409, "already-sent")
    assert "lucja" not in refused.text.lower()
    assert archive.send(invoice.invoice_id, to="guardian").status_code == 202
    assert archive.send(invoice.invoice_id, documents=["statement"]).status_code == 202
    assert archive.send(invoice.invoice_id, again=True).status_code == 202


def test_an_insurer_gets_the_submission_and_what_else_is_asked_for(archive: Archive) -> None:
    invoice = archive.invoice(payers=claimed(2).payers, buyer=COVERED)
    note = credit_note(
        f"crn-{invoice.invoice_id}",
        invoice_id=invoice.invoice_id,
        clinic_id=archive.clinic,
        seller=invoice.seller,
    )
    archive.publish(note)
    archive.rendered(invoice)
    asked = ["submission", "invoice", "credit_note", "statement"]
    ordered = archive.send(invoice.invoice_id, to="insurer", documents=asked, language="en")
    assert ordered.status_code == 202, ordered.text
    delivery = archive.delivery(invoice.invoice_id)
    assert (delivery["status"], delivery["documents"]) == ("sent", asked)
    [mail] = archive.mails(delivery["delivery_id"])
    assert mail["X-RcptTo"] == "post@aok.example"
    names = [each.get_filename() for each in mail.iter_attachments()]
    assert names[:3] == ["2026-000123-submission.pdf", "2026-000123.pdf", "CN-2026-000007.pdf"]
    part = mail.get_body(("plain",))
    assert part is not None
    assert part.get_content().startswith("Dear AOK,")
    told = archive.published(note.credit_note_id, 2, "credit_note")
    assert [type_ for type_, _ in told] == ["document-rendered", "document-sent"]


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"to": "dentist"}, 422, "invalid-request"),
        ({"to": "no body@example.org"}, 422, "recipient-invalid"),
        ({"to": "guardian"}, 422, "recipient-missing"),
        ({"to": "insurer"}, 422, "recipient-missing"),
        ({"documents": ["reminder"]}, 422, "invalid-request"),
        ({"documents": ["receipt"]}, 409, "no-such-document"),
        ({"documents": ["submission"]}, 409, "no-claim"),
        ({"language": "tlh"}, 422, "invalid-request"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name_of_the_field(
    archive: Archive, asked: dict[str, Any], status: int, code: str
) -> None:
    invoice = archive.invoice()
    archive.publish(invoice)
    archive.known(invoice.invoice_id)
    refused = archive.send(invoice.invoice_id, **asked)
    assert code_of(refused) == (status, code)
    if status == 422:
        assert f"/{next(iter(asked))}" in refused.text
    assert archive.deliveries() == []


def test_an_invoice_may_be_ordered_to_be_mailed_before_it_is_rendered(archive: Archive) -> None:
    invoice = archive.invoice(lines=100)
    archive.publish(invoice)
    archive.known(invoice.invoice_id)
    assert archive.send(invoice.invoice_id).status_code == 202
    assert archive.delivery(invoice.invoice_id)["status"] == "sent"


def test_deliveries_are_paged_newest_first_without_addresses(archive: Archive) -> None:
    invoice = archive.invoice()
    archive.rendered(invoice)
    ordered = [archive.send(invoice.invoice_id, again=True).json()["delivery_id"] for _ in range(3)]
    first = archive.get("/deliveries?limit=2")
    rest = archive.get("/deliveries", **{}).json()["items"][2:]
    assert [item["delivery_id"] for item in first.json()["items"] + rest] == ordered[::-1]
    assert first.json()["next_cursor"]
    assert "lucja" not in first.text
    assert "Łucja" not in first.text
    assert archive.as_("auditor", "clinic-elsewhere").deliveries() == []


def test_without_an_address_nothing_is_sent(archive: Archive) -> None:
    silent = archive.invoice(buyer=PATIENT.model_copy(update={"email": None}))
    odd = archive.invoice(buyer=PATIENT.model_copy(update={"email": "nobody"}))
    archive.rendered(silent, odd)
    assert code_of(archive.send(silent.invoice_id)) == (422, "recipient-missing")
    assert code_of(archive.send(odd.invoice_id)) == (422, "recipient-invalid")
    assert archive.deliveries() == []


def test_drafts_and_void_invoices_are_not_sent(archive: Archive) -> None:
    draft, void = draft_of(archive.invoice()), archive.invoice()
    archive.rendered(void)
    archive.publish(draft, InvoiceVoided.model_validate(void.model_dump() | {"version": 3, "status": "void"}))
    archive.known(draft.invoice_id)
    assert code_of(archive.send(draft.invoice_id)) == (409, "invoice-not-finalized")
    refused = until(lambda: archive.send(void.invoice_id), lambda answer: answer.status_code != 202)
    assert code_of(refused) == (409, "invoice-void")


def test_sending_takes_the_front_desk_and_a_key(archive: Archive) -> None:
    invoice = archive.invoice()
    archive.rendered(invoice)
    path = f"/invoices/{invoice.invoice_id}/send"
    assert code_of(archive.as_("auditor").send(invoice.invoice_id)) == (403, "role-missing")
    assert code_of(archive.as_("front_desk", "clinic-elsewhere").send(invoice.invoice_id)) == (404, "not-found")
    token = archive.issuer.mint("front_desk", archive.clinic)
    keyless = archive.http.post(path, headers={"Authorization": f"Bearer {token}"})
    assert code_of(keyless) == (400, "idempotency-key-missing")


def test_what_the_mail_server_does_not_take_now_is_sent_when_it_is_back(archive: Archive) -> None:
    invoice = archive.invoice()
    archive.rendered(invoice)
    archive.smtp.stop()
    try:
        ordered = archive.send(invoice.invoice_id)
        assert ordered.status_code == 202
    finally:
        archive.smtp.start()
    assert archive.delivery(invoice.invoice_id)["status"] == "sent"
    assert len(archive.mails(ordered.json()["delivery_id"])) == 1
