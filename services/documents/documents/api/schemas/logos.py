"""Logos over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from documents.domain.looks.logo import Logo


class LogoView(BaseModel):
    """A logo as it is kept: the picture itself is `GET /clinics/{clinic_id}/logo`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "clinic_id": "clinic-berlin",
                    "width": 1200,
                    "height": 300,
                    "size_bytes": 18231,
                    "changed_at": "2026-11-30T09:00:00Z",
                    "changed_by": "usr-3",
                }
            ]
        }
    )

    clinic_id: str = Field(description="the clinic that it is of")
    width: int = Field(description="dots, at most 1,200")
    height: int = Field(description="dots, at most 480")
    size_bytes: int = Field(description="of the PNG that is printed")
    changed_at: datetime = Field(description="when it was put")
    changed_by: str = Field(description="who put it: the subject of their token")

    @classmethod
    def of(cls, logo: Logo) -> Self:
        picture = logo.picture
        return cls(
            clinic_id=logo.clinic_id,
            width=picture.width,
            height=picture.height,
            size_bytes=len(picture.png),
            changed_at=logo.changed_at,
            changed_by=logo.changed_by.actor_id,
        )
