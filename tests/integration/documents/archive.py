"""A clinic's documents in the hands of a test: invoices go in over the topic, PDFs come out over HTTP."""

import io
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx2
from pypdf import PdfReader

from contracts.documents import Document
from contracts.envelope import Event
from contracts.invoicing import Invoice, InvoiceFinalized
from contracts.topics import DOCUMENTS
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from kernel.ids import derived_id
from tests.parts import wire
from tests.parts.patience import until
from tests.unit.documents.samples import CLINIC, invoice

RENDERING_S = 300
"""Patience with a document of a thousand lines."""

Published = tuple[str, Document]
"""A type such as "document-rendered", and the document."""


@dataclass
class Archive:
    """Calls as `role` of one clinic."""

    http: httpx2.Client
    kafka: str
    issuer: TokenIssuer
    smtp: SmtpSink
    clinic: str
    role: str = "front_desk"

    def as_(self, role: str, clinic: str | None = None) -> "Archive":
        """The same documents, seen by somebody else."""
        return replace(self, role=role, clinic=clinic or self.clinic)

    def invoice(self, lines: int = 2, **changes: Any) -> InvoiceFinalized:
        """A new finalized invoice of the clinic, not yet published."""
        own = {"clinic_id": self.clinic, "seller": CLINIC.model_copy(update={"clinic_id": self.clinic})}
        return invoice(f"inv-{uuid4().hex[:12]}", lines, **(own | changes))

    def publish(self, *events: Event) -> None:
        """In this order, waiting for the broker."""
        wire.publish(self.kafka, *map(wire.sealed, events))

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.http.get(path, headers={**self._authorization(), **headers})

    def pdf(self, invoice_id: str) -> httpx2.Response:
        """The answer once it is neither unknown, nor a draft, nor being rendered."""
        return self.pdf_at(f"/invoices/{invoice_id}.pdf")

    def pdf_at(self, path: str) -> httpx2.Response:
        return until(lambda: self.get(path), lambda answer: answer.status_code not in (404, 409, 503), RENDERING_S)

    def rendered(self, *published: Invoice) -> httpx2.Response:
        """Publishes, and gives the PDF of the last."""
        self.publish(*published)
        answer = self.pdf(published[-1].invoice_id)
        assert answer.status_code == 200, answer.text
        return answer

    def known(self, invoice_id: str) -> None:
        """Waits until the invoice has arrived."""
        until(lambda: self.get(f"/invoices/{invoice_id}.pdf"), lambda answer: answer.status_code != 404)

    def send(
        self, invoice_id: str, key: str | None = None, version: int | None = None, **asked: Any
    ) -> httpx2.Response:
        """Without anything asked, without a body."""
        headers = {**self._authorization(), "Idempotency-Key": key or uuid4().hex}
        read = {} if version is None else {"version": version}
        return self.http.post(f"/invoices/{invoice_id}/send", headers=headers, params=read, json=asked or None)

    def delivery(self, invoice_id: str) -> dict[str, Any]:
        """The newest delivery of the invoice, once it is settled."""
        return until(lambda: self.deliveries(f"?invoice_id={invoice_id}")[0], lambda one: one["status"] != "queued")

    def deliveries(self, query: str = "") -> list[dict[str, Any]]:
        answer = self.get(f"/deliveries{query}")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def mails(self, delivery_id: str) -> list[EmailMessage]:
        return [mail for mail in self.smtp.messages() if delivery_id in mail["Message-ID"]]

    def published(self, source_id: str, at_least: int = 1, kind: str = "invoice") -> list[Published]:
        """What the topic says of the document of an invoice or another source, once it is `at_least` that much."""
        document_id = derived_id("doc", kind, source_id)
        types = DOCUMENTS.types()
        records = wire.published(self.kafka, DOCUMENTS.name, document_id, at_least)
        documents = [(record.type, types[record.headers["ce_type"]].model_validate(record.body)) for record in records]
        return [(type_, document) for type_, document in documents if isinstance(document, Document)]

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.mint(self.role, self.clinic)}"}


def text_of(pdf: bytes) -> str:
    """All text, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
