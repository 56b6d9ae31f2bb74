"""A document: the file made of one invoice, credit note, receipt …, and what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from kernel.actor import Actor, system
from kernel.change import Change
from kernel.ids import derived_id
from kernel.outcome import Outcome

DocumentKind = Literal["invoice", "credit_note", "receipt", "register_day"]
"""What is kept: made by itself when its source is issued, and never changed after."""
SheetKind = Literal[
    "invoice", "credit_note", "receipt", "register_day", "statement", "submission", "instalment_plan", "reminder"
]
"""What can be printed: the last four are made when somebody asks for them, of what is so then, and not kept."""
DocumentStatus = Literal["rendered", "sent", "failed"]
SERVICE = system("documents")
"""Who it is that renders, and gives up."""


@dataclass(frozen=True, slots=True)
class File:
    """Bytes that were kept, named by what is in them; `content` is that of the source that they show.

    `template` is the version of the template that they were made with; None: before there were versions. `e_invoice` is
    the SHA-256 of the XML that is in it and was kept beside it; None: there is none, or it was not kept yet.
    """

    sha256: str
    content: str
    size_bytes: int
    pages: int
    template: str | None = None
    e_invoice: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What a document shows: an aggregate at a version. `content` is equal as long as the same document comes of it.

    `formerly` is what `content` was by the rule of before: a document that was issued then is not made anew.
    """

    kind: DocumentKind
    source_id: str
    source_version: int
    clinic_id: str
    patient_id: str | None
    content: str
    formerly: str | None = None

    @property
    def document_id(self) -> str:
        return derived_id("doc", self.kind, self.source_id)

    def is_of(self, content: str) -> bool:
        return content in (self.content, self.formerly)


@dataclass(frozen=True, slots=True)
class Document:
    """`status` is what happened last; the file of an earlier rendering stays when a later step fails."""

    document_id: str
    version: int
    source: Source
    status: DocumentStatus
    file: File | None
    failure: str | None
    changed_at: datetime
    changed_by: Actor

    def shows(self, source: Source) -> bool:
        """Is there a file of the same content?"""
        return self.file is not None and source.is_of(self.file.content)

    def failed_on(self, source: Source) -> bool:
        """Was the same content tried in vain?"""
        return self.status == "failed" and source.is_of(self.source.content) and not self.shows(source)


@dataclass(frozen=True, slots=True)
class DocumentRendered:
    document: Document


@dataclass(frozen=True, slots=True)
class DocumentSent:
    document: Document


@dataclass(frozen=True, slots=True)
class DocumentFailed:
    """It could not be rendered or sent."""

    document: Document


DocumentEvent = DocumentRendered | DocumentSent | DocumentFailed


def record_rendering(
    document: Document | None, source: Source, file: File, change: Change
) -> Outcome[Document, DocumentEvent]:
    """The first rendering, or one of newer content."""
    after = Document(source.document_id, _next(document), source, "rendered", file, None, change.at, change.by)
    return Outcome(after, (DocumentRendered(after),))


def record_failed_rendering(
    document: Document | None, source: Source, failure: str, change: Change
) -> Outcome[Document, DocumentEvent]:
    """A reader keeps getting the file of before, if there is one."""
    file = document.file if document else None
    after = Document(source.document_id, _next(document), source, "failed", file, failure, change.at, change.by)
    return Outcome(after, (DocumentFailed(after),))


def record_sending(document: Document, change: Change) -> Outcome[Document, DocumentEvent]:
    after = _changed(document, "sent", None, change)
    return Outcome(after, (DocumentSent(after),))


def record_failed_sending(document: Document, failure: str, change: Change) -> Outcome[Document, DocumentEvent]:
    after = _changed(document, "failed", failure, change)
    return Outcome(after, (DocumentFailed(after),))


def _changed(document: Document, status: DocumentStatus, failure: str | None, change: Change) -> Document:
    return replace(
        document,
        version=_next(document),
        status=status,
        failure=failure,
        changed_at=change.at,
        changed_by=change.by,
    )


def _next(document: Document | None) -> int:
    return document.version + 1 if document else 1
