"""The documents of an invoice over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from documents.domain.deliveries.delivery import Enclosed
from documents.domain.documents.document import DocumentStatus
from documents.usecases.deliveries.list_documents import ListedDocument


class DocumentView(BaseModel):
    """A document of an invoice, and where it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "reminder",
                    "document_id": "doc_7c1f0a9b3e5d4c2b8f6a1e0d9c8b7a65",
                    "number": "2026-000123-reminder",
                    "status": "sent",
                    "path": "/deliveries/dlv_019ab2f4c1d07e5b8a3c4d5e6f708192/documents/0.pdf",
                    "changed_at": "2026-12-27T08:00:04Z",
                    "delivery_id": "dlv_019ab2f4c1d07e5b8a3c4d5e6f708192",
                    "step": 1,
                }
            ]
        }
    )

    kind: Enclosed = Field(description="what it is")
    document_id: str = Field(description="the document")
    number: str = Field(description="what its file is named by")
    status: DocumentStatus = Field(description="what happened to it last")
    path: str | None = Field(description="where to fetch it; null where there is no file")
    changed_at: datetime = Field(description="when that happened")
    delivery_id: str | None = Field(description="the delivery that it was printed for; null for what was issued")
    step: int | None = Field(description="of a reminder, from 1")

    @classmethod
    def of(cls, listed: ListedDocument) -> Self:
        return cls(**asdict(listed))
