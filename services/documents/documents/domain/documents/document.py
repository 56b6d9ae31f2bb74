"""A document: the file made of one invoice, and what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from kernel.actor import Actor
from kernel.ids import derived_id

Kind = Literal["invoice"]
Status = Literal["rendered", "sent", "failed"]
INVOICE: Kind = "invoice"


@dataclass(frozen=True, slots=True)
class File:
    """Bytes that were kept, named by what is in them; `content` is that of the source that they show."""

    sha256: str
    content: str
    size_bytes: int
    pages: int


@dataclass(frozen=True, slots=True)
class Source:
    """What a document shows: an aggregate at a version. `content` is equal as long as the same document comes of it."""

    kind: Kind
    source_id: str
    source_version: int
    clinic_id: str
    patient_id: str
    content: str

    @property
    def document_id(self) -> str:
        return derived_id("doc", self.kind, self.source_id)


@dataclass(frozen=True, slots=True)
class Document:
    """`status` is what happened last; the file of an earlier rendering stays when a later step fails."""

    document_id: str
    version: int
    source: Source
    status: Status
    file: File | None
    failure: str | None
    changed_at: datetime
    changed_by: Actor

    def shows(self, source: Source) -> bool:
        """Is there a file of the same content?"""
        return self.file is not None and self.file.content == source.content

    def failed_on(self, source: Source) -> bool:
        """Was the same content tried in vain?"""
        return self.status == "failed" and self.source.content == source.content and not self.shows(source)


def rendered(document: Document | None, source: Source, file: File, at: datetime, by: Actor) -> Document:
    """The first rendering, or one of newer content."""
    return Document(source.document_id, _next(document), source, "rendered", file, None, at, by)


def rendering_failed(document: Document | None, source: Source, failure: str, at: datetime, by: Actor) -> Document:
    """A reader keeps getting the file of before, if there is one."""
    file = document.file if document else None
    return Document(source.document_id, _next(document), source, "failed", file, failure, at, by)


def sent(document: Document, at: datetime, by: Actor) -> Document:
    return replace(document, version=_next(document), status="sent", failure=None, changed_at=at, changed_by=by)


def sending_failed(document: Document, failure: str, at: datetime, by: Actor) -> Document:
    return replace(document, version=_next(document), status="failed", failure=failure, changed_at=at, changed_by=by)


def _next(document: Document | None) -> int:
    return document.version + 1 if document else 1
