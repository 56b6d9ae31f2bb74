"""An invoice is mailed to its patient."""

from contracts.invoicing import InvoiceVoided
from tests.integration.documents.archive import Archive, code_of
from tests.integration.documents.test_rendering import draft_of
from tests.parts.patience import until
from tests.unit.documents.samples import PATIENT


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


def test_an_invoice_may_be_ordered_to_be_mailed_before_it_is_rendered(archive: Archive) -> None:
    invoice = archive.invoice(lines=100)
    archive.publish(invoice)
    archive.known(invoice.invoice_id)
    assert archive.send(invoice.invoice_id).status_code == 202
    assert archive.delivery(invoice.invoice_id)["status"] == "sent"


def test_deliveries_are_paged_newest_first_without_addresses(archive: Archive) -> None:
    invoice = archive.invoice()
    archive.rendered(invoice)
    ordered = [archive.send(invoice.invoice_id).json()["delivery_id"] for _ in range(3)]
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
