"""Openings of links over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from documents.store.link_openings import LinkOpening


class OpeningView(BaseModel):
    """A document was fetched by its link; by whom, nobody knows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "opening_id": "opn_019ab2f4c1d07e5b8a3c4d5e6f708192",
                    "delivery_id": "dlv_019ab2f4c1d07e5b8a3c4d5e6f708192",
                    "document_id": "doc_7c1f0a9b3e5d4c2b8f6a1e0d9c8b7a65",
                    "document_version": 1,
                    "at": "2026-11-23T18:04:10Z",
                }
            ]
        }
    )

    opening_id: str = Field(description="of this opening; also its subject in the journal")
    delivery_id: str = Field(description="the delivery that had the link")
    document_id: str = Field(description="what was fetched")
    document_version: int = Field(description="the version of it that was sent")
    at: datetime = Field(description="when")

    @classmethod
    def of(cls, opening: LinkOpening) -> Self:
        return cls(
            opening_id=opening.opening_id,
            delivery_id=opening.delivery_id,
            document_id=opening.document_id,
            document_version=opening.document_version,
            at=opening.at,
        )
