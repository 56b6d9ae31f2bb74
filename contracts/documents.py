"""What documents says: `documents.documents`."""

from typing import ClassVar, Literal

from contracts.envelope import Event, account_key
from contracts.values import ActorRef, Id, Text, Time

DocumentKind = Literal["invoice", "credit_note", "receipt", "register_day", "statement"]


class Document(Event):
    """A document of one invoice, receipt …; `source_version` is the version of the aggregate that it shows."""

    document_id: Id
    clinic_id: Id
    patient_id: Id | None
    kind: DocumentKind
    source_id: Id
    source_version: int
    version: int
    status: Literal["rendered", "sent", "failed"]
    media_type: Text = "application/pdf"
    path: Text | None = None
    size_bytes: int | None = None
    pages: int | None = None
    sha256: Text | None = None
    failure: Text | None = None
    changed_at: Time
    changed_by: ActorRef

    @property
    def subject(self) -> str:
        return self.document_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id or self.source_id)


class DocumentRendered(Document):
    """The file is there to be fetched at `path`."""

    TYPE: ClassVar[str] = "documents.document-rendered.v1"


class DocumentSent(Document):
    """The mail server took it."""

    TYPE: ClassVar[str] = "documents.document-sent.v1"


class DocumentFailed(Document):
    """It could not be rendered or sent; `failure` says why, without patient data."""

    TYPE: ClassVar[str] = "documents.document-failed.v1"
