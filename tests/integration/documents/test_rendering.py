"""An invoice gets a number, and a PDF."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from contracts.envelope import Message
from contracts.invoicing import (
    InsuranceSplit,
    InsurerClaim,
    InvoiceDrafted,
    InvoiceFinalized,
    InvoicePaid,
    InvoiceRevised,
    IssuedTerms,
)
from contracts.topics import dead_letter
from kernel.money import Money
from tests.integration.documents.archive import Archive, code_of, text_of
from tests.parts.wire import publish, read, sealed
from tests.unit.documents.samples import ISSUED, PATIENT, payment


def draft_of(invoice: InvoiceFinalized) -> InvoiceDrafted:
    fields = invoice.model_dump() | {"version": 1, "status": "draft", "number": None, "finalized_at": None}
    return InvoiceDrafted.model_validate(fields)


def paid(invoice: InvoiceFinalized) -> InvoicePaid:
    later = ISSUED + timedelta(hours=1)
    fields = invoice.model_dump() | {"version": 3, "status": "paid", "paid_at": later}
    return InvoicePaid.model_validate(fields | {"allocations": [payment(25000, later)]})


def test_a_finalized_invoice_is_rendered_and_served(archive: Archive) -> None:
    invoice = archive.invoice()
    answer = archive.rendered(draft_of(invoice), invoice)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="2026-000123.pdf"'
    text = text_of(answer.content)
    for fact in ("Łucja Øster", "2026-000123", "Composite, posterior, no. 2", "Zahlbetrag 250,00 €", "Seite 1 von 1"):
        assert fact in text


def test_the_event_describes_the_file_that_is_served(archive: Archive) -> None:
    invoice = archive.invoice()
    answer = archive.rendered(invoice)
    [(type_, document)] = archive.published(invoice.invoice_id)
    digest = hashlib.sha256(answer.content).hexdigest()
    assert (type_, document.version, document.status, document.kind) == ("document-rendered", 1, "rendered", "invoice")
    assert (document.sha256, document.size_bytes, document.pages) == (digest, len(answer.content), 1)
    assert (document.source_id, document.source_version) == (invoice.invoice_id, invoice.version)
    assert document.path == f"/invoices/{invoice.invoice_id}.pdf"
    assert document.key == invoice.key
    assert answer.headers["etag"] == f'"{digest}"'


def test_a_file_that_the_reader_has_is_not_sent_again(archive: Archive) -> None:
    invoice = archive.invoice()
    etag = archive.rendered(invoice).headers["etag"]
    again = archive.get(f"/invoices/{invoice.invoice_id}.pdf", **{"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = archive.get(f"/invoices/{invoice.invoice_id}.pdf", **{"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_a_draft_has_no_document(archive: Archive) -> None:
    draft = draft_of(archive.invoice())
    archive.publish(draft)
    archive.known(draft.invoice_id)
    assert code_of(archive.get(f"/invoices/{draft.invoice_id}.pdf")) == (409, "invoice-not-finalized")


def test_who_asks_right_after_finalizing_gets_the_pdf_though_it_is_not_heard_yet(archive: Archive) -> None:
    invoice = archive.invoice()
    archive.publish(draft_of(invoice))
    archive.known(invoice.invoice_id)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(archive.get, f"/invoices/{invoice.invoice_id}.pdf")
        archive.publish(invoice)
        answer = asked.result()
    assert answer.status_code == 200 or code_of(answer) == (503, "not-rendered-yet")


def test_a_draft_that_fell_away_and_is_finalized_after_all_is_waited_for(archive: Archive) -> None:
    invoice = archive.invoice()
    gone = {"status": "void", "number": None, "issued_on": None, "due_on": None, "version": 1}
    archive.publish(invoice.model_copy(update=gone))
    archive.known(invoice.invoice_id)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(archive.get, f"/invoices/{invoice.invoice_id}.pdf")
        archive.publish(invoice.model_copy(update={"version": 3}))
        answer = asked.result()
    assert answer.status_code == 200 or code_of(answer) == (503, "not-rendered-yet")


def test_who_says_which_version_they_read_is_never_told_of_an_older_one(archive: Archive) -> None:
    draft = draft_of(archive.invoice())
    archive.publish(draft)
    archive.known(draft.invoice_id)
    path = f"/invoices/{draft.invoice_id}.pdf"
    ahead = archive.get(f"{path}?version=2")
    assert (code_of(ahead), ahead.headers["retry-after"]) == ((503, "not-heard-yet"), "1")
    assert code_of(archive.send(draft.invoice_id, version=2)) == (503, "not-heard-yet")
    assert code_of(archive.get(f"{path}?version=1")) == (409, "invoice-not-finalized")
    assert code_of(archive.get("/invoices/inv-of-nobody.pdf?version=1")) == (503, "not-heard-yet")


def test_other_clinics_and_strangers_find_nothing(archive: Archive) -> None:
    invoice = archive.invoice()
    archive.rendered(invoice)
    path = f"/invoices/{invoice.invoice_id}.pdf"
    assert code_of(archive.as_("billing_manager", "clinic-elsewhere").get(path)) == (404, "not-found")
    assert code_of(archive.get("/invoices/inv-of-nobody.pdf")) == (404, "not-found")
    assert archive.http.get(path).status_code == 401
    assert archive.as_("auditor").get(path).status_code == 200


def test_paid_heard_before_finalized_gives_the_same_document_once(archive: Archive) -> None:
    early, late = archive.invoice(), archive.invoice()
    first = archive.rendered(paid(early), early, draft_of(early))
    archive.rendered(late, paid(late))
    in_order = archive.rendered(late.model_copy(update={"invoice_id": early.invoice_id, "version": 9}))
    assert in_order.content == first.content
    assert [type_ for type_, _ in archive.published(early.invoice_id)] == ["document-rendered"]


def test_a_document_that_is_rendered_late_asks_for_what_was_asked_for(archive: Archive) -> None:
    def euro(amount_minor: int) -> Money:
        return Money(amount_minor, "EUR")

    terms = IssuedTerms(insurers=(InsurerClaim(payer_id="aok", amount=euro(15000)),), paid=euro(2000), asked=euro(8000))
    split = {"payer_id": "aok", "rule": "60 %", "insurer_paid": euro(0), "patient_paid": euro(0)}
    at_issue = InsuranceSplit(**split, insurer_part=euro(15000), patient_part=euro(10000))
    refused = InsuranceSplit(**split, insurer_part=euro(5000), patient_part=euro(20000))
    early, late = (archive.invoice(insurance=at_issue, issued=terms) for _ in range(2))
    first = archive.rendered(early)
    assert "Zahlbetrag 80,00 €" in text_of(first.content)
    # The insurer refused, and the deposit was given back, before it was rendered.
    after = InvoiceRevised.model_validate(late.model_dump() | {"version": 4, "insurance": refused})
    again = archive.rendered(after)
    assert "Zahlbetrag 80,00 €" in text_of(again.content)
    assert text_of(again.content) == text_of(first.content)


def test_events_heard_again_make_no_second_document(archive: Archive) -> None:
    invoice = archive.invoice()
    first = archive.rendered(draft_of(invoice), invoice, paid(invoice))
    # The last one comes behind the replayed ones in the same partition and queue, so they are done when it is.
    archive.rendered(draft_of(invoice), invoice, paid(invoice), archive.invoice())
    assert archive.pdf(invoice.invoice_id).content == first.content
    assert len(archive.published(invoice.invoice_id)) == 1


def test_an_invoice_that_cannot_be_rendered_is_given_up_and_its_neighbours_are_not(archive: Archive) -> None:
    broken, whole = archive.invoice(seller=None), archive.invoice()
    archive.publish(broken)
    archive.rendered(whole)
    [(type_, document)] = archive.published(broken.invoice_id)
    assert (type_, document.status, document.failure) == ("document-failed", "failed", "render-error-ValueError")
    assert (document.path, document.sha256) == (None, None)
    assert code_of(archive.pdf(broken.invoice_id)) == (500, "rendering-failed")


def test_what_cannot_be_read_is_a_dead_letter_and_costs_nobody_their_document(archive: Archive) -> None:
    """All of one patient, so that they are heard in this order."""
    unknown_kind, foreign, endless, odd, whole = (archive.invoice() for _ in range(5))
    framed = replace(sealed(unknown_kind), headers=renamed(sealed(unknown_kind), "invoicing.invoice-framed.v1"))
    in_nothing = replace(sealed(foreign), value=(sealed(foreign).value or b"").replace(b'"EUR"', b'"XTS"'))
    slim = endless.model_dump(mode="json", exclude_defaults=True)
    of_many = slim | {"lines": slim["lines"][:1] * 10_000}
    too_long = replace(sealed(endless), value=json.dumps(of_many, separators=(",", ":")).encode())
    nobody = PATIENT.model_copy(update={"name": "", "locale": "xx-Nope-99"})
    publish(archive.kafka, framed, in_nothing, too_long)
    archive.rendered(odd.model_copy(update={"buyer": nobody}))
    assert archive.rendered(whole).status_code == 200
    subjects = [one.subject.encode() for one in (unknown_kind, foreign, endless)]
    letters = [
        (headers["ce_subject"], headers["error-code"], headers["error-message"] or b"")
        for headers in rejected(archive.kafka, subjects[-1])
        if headers["ce_subject"] in subjects
    ]
    codes = (b"type-unknown", b"event-invalid", b"value-too-large")
    assert [letter[:2] for letter in letters] == list(zip(subjects, codes, strict=True))
    assert b"is not a currency of ISO 4217" in letters[1][2]
    assert code_of(archive.get(f"/invoices/{endless.invoice_id}.pdf")) == (404, "not-found")


def renamed(message: Message, type_: str) -> list[tuple[str, bytes | None]]:
    """Its headers, as of an event of a kind that nobody knows yet."""
    return [(name, type_.encode() if name == "ce_type" else value) for name, value in message.headers]


def rejected(kafka: str, last: bytes) -> list[dict[str, bytes | None]]:
    """The headers of the dead letters, up to the one about the last subject."""
    letters = read(kafka, dead_letter("documents"), lambda found: dict(found[-1].headers).get("ce_subject") == last)
    return [dict(letter.headers) for letter in letters]


def test_a_thousand_lines_are_rendered_while_the_service_answers(archive: Archive) -> None:
    invoice = archive.invoice(lines=1000)
    archive.publish(invoice)
    archive.known(invoice.invoice_id)
    waiting = archive.get(f"/invoices/{invoice.invoice_id}.pdf")
    assert code_of(waiting) == (503, "not-rendered-yet")
    assert waiting.headers["retry-after"] == "5"
    assert archive.http.get("/health/ready").status_code == 200
    answer = archive.pdf(invoice.invoice_id)
    text = text_of(answer.content)
    assert all(f"Composite, posterior, no. {number} 14" in text for number in range(1, 1001))
    [(_, document)] = archive.published(invoice.invoice_id)
    assert document.pages is not None
    assert text.count("Datum Code Leistung Zahn Flächen") >= document.pages - 1 > 20
    assert f"Seite {document.pages} von {document.pages}" in text


def test_hostile_text_is_served_as_text(archive: Archive) -> None:
    name = '<img src="file:///etc/passwd">{{7*7}}<script>x</script>'
    invoice = archive.invoice(number="../<b>7", buyer=PATIENT.model_copy(update={"name": name}))
    answer = archive.rendered(invoice)
    assert name.replace(" ", "") in text_of(answer.content).replace(" ", "")
    assert answer.headers["content-disposition"] == 'inline; filename="b-7.pdf"'


def test_a_lost_file_is_rendered_anew(archive: Archive, stored: Database[dict[str, Any]]) -> None:
    invoice = archive.invoice()
    first = archive.rendered(invoice)
    assert stored.files.delete_many({"_id": {"$regex": first.headers["etag"].strip('"')}}).deleted_count == 1
    assert archive.pdf(invoice.invoice_id).content == first.content
