"""The electronic invoice over HTTP, once: what is in it is the unit tests' matter."""

import io
from typing import Any

import pikepdf
from pymongo.database import Database

from contracts.invoicing import InvoiceVoided
from tests.integration.documents.archive import Archive, code_of
from tests.integration.documents.test_rendering import draft_of
from tests.parts.patience import until


def test_an_invoice_has_its_xml_in_both_syntaxes_and_says_why_it_has_no_other(archive: Archive) -> None:
    invoice = archive.invoice()
    archive.publish(invoice)
    place = f"/invoices/{invoice.invoice_id}.xml"
    cii = until(lambda: archive.get(place), lambda answer: answer.status_code == 200)
    assert cii.headers["content-type"].startswith("application/xml")
    assert cii.headers["content-disposition"] == 'inline; filename="2026-000123.xml"'
    assert b"CrossIndustryInvoice" in cii.content
    assert archive.get(place, **{"If-None-Match": cii.headers["etag"]}).status_code == 304
    ubl = archive.get(f"{place}?syntax=ubl")
    assert b"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" in ubl.content
    assert code_of(archive.get(f"{place}?profile=xrechnung")) == (409, "no-e-invoice")
    assert archive.get(f"{place}?syntax=edifact").status_code == 422
    assert code_of(archive.as_("front_desk", "clinic-other").get(place)) == (404, "not-found")


def test_the_xml_is_kept_with_its_pdf_and_served_as_it_is_in_there(
    archive: Archive, stored: Database[dict[str, Any]]
) -> None:
    invoice = archive.invoice()
    with pikepdf.open(io.BytesIO(archive.rendered(invoice).content)) as pdf:
        attached = pdf.attachments["factur-x.xml"].get_file().read_bytes()
    place = f"/invoices/{invoice.invoice_id}.xml"
    assert archive.get(place).content == attached
    kept = stored["documents"].find_one({"source.source_id": invoice.invoice_id})
    assert kept is not None
    # Nobody makes it anew: what is kept is what is served.
    stored["files"].update_one({"_id": f"{kept['file']['e_invoice']}:0000"}, {"$set": {"content": b"<kept/>"}})
    assert archive.get(place).content == b"<kept/>"
    assert archive.get(f"{place}?syntax=ubl").content != b"<kept/>"


def test_neither_a_draft_nor_what_is_void_has_an_electronic_invoice(archive: Archive) -> None:
    draft, invoice = draft_of(archive.invoice()), archive.invoice()
    void = InvoiceVoided.model_validate(invoice.model_dump() | {"status": "void", "version": 3})
    archive.publish(draft, void)
    archive.known(void.invoice_id)
    archive.known(draft.invoice_id)
    assert code_of(archive.get(f"/invoices/{void.invoice_id}.xml")) == (409, "invoice-void")
    assert code_of(archive.get(f"/invoices/{draft.invoice_id}.xml")) == (409, "invoice-not-finalized")
