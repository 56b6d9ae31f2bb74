"""What documents says: `documents.documents`."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.envelope import Event, account_key
from contracts.values import ChangedAt, ChangedBy, Id, Text, Version

DocumentKind = Literal["invoice", "credit_note", "receipt", "register_day", "statement"]


class Document(Event):
    """A document of one invoice, receipt …; `source_version` is the version of the aggregate that it shows."""

    document_id: Id = Field(description="derived from what it shows")
    clinic_id: Id = Field(description="the clinic whose document it is")
    patient_id: Id | None = Field(description="the patient; null for a document of nobody in particular")
    kind: DocumentKind = Field(description="what it is")
    source_id: Id = Field(description="the invoice, credit note, receipt … that it shows")
    source_version: int = Field(description="the version of that aggregate which it shows")
    version: Version
    status: Literal["rendered", "sent", "failed"] = Field(
        description="`rendered`: the file is there; `sent`: it was mailed; `failed`: see `failure`"
    )
    media_type: Text = Field(default="application/pdf", description="IANA media type of the file")
    path: Text | None = Field(
        default=None, description="where to fetch it, below the service's address; null until it is rendered"
    )
    size_bytes: int | None = Field(default=None, description="size of the file")
    pages: int | None = Field(default=None, description="how many pages it has")
    sha256: Text | None = Field(default=None, description="of the file, in hexadecimal")
    template: Text | None = Field(
        default=None, description="the version of the template that the file was made with; null before there were any"
    )
    lacks: tuple[Text, ...] = Field(
        default=(),
        description="what the file should be and is not, each with the reason: `e-invoice`, `pdf-a`, or `glyphs` where "
        "characters that no face has are written in Latin letters",
    )
    failure: Text | None = Field(default=None, description="why it could not be rendered or sent, without patient data")
    changed_at: ChangedAt
    changed_by: ChangedBy

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
