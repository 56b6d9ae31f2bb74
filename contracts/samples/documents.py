"""The PDF of the invoice, and a mail that did not arrive."""

from contracts import documents
from contracts.samples.story import CLINIC, INVOICE, PATIENT, TWICE_NOTED, Sample, at, by_itself
from kernel.ids import derived_id


def samples() -> list[Sample]:
    rendered = documents.DocumentRendered(
        document_id=derived_id("doc", INVOICE, "invoice"),
        clinic_id=CLINIC,
        patient_id=PATIENT,
        kind="invoice",
        source_id=INVOICE,
        source_version=3,
        version=1,
        status="rendered",
        path=f"/invoices/{INVOICE}.pdf",
        size_bytes=48213,
        pages=1,
        sha256="9f2d6c0b1a7e4835d4c1f0b7e96a3528c7d0145e8bfa63920d7c5e1843ab6f70",
        changed_at=at("10:15:02"),
        changed_by=by_itself("documents"),
    )
    sent = {"version": 2, "status": "sent", "changed_at": at("10:15:04")}
    failed = {
        "document_id": derived_id("doc", TWICE_NOTED, "invoice"),
        "source_id": TWICE_NOTED,
        "version": 2,
        "status": "failed",
        "path": f"/invoices/{TWICE_NOTED}.pdf",
        "failure": "mail refused: 552 mailbox full",
        "changed_at": at("10:15:09"),
    }
    events: list[documents.Document] = [
        rendered,
        documents.DocumentSent.model_validate(dict(rendered) | sent),
        documents.DocumentFailed.model_validate(dict(rendered) | failed),
    ]
    return [Sample(event, event.changed_at, "/chairside/documents") for event in events]
