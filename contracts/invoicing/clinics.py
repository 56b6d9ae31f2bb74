"""What other services need to know of a clinic, told once, in its profile: `invoicing.clinics`."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Event
from contracts.money import Currency
from contracts.values import ChangedAt, ChangedBy, Id, Text, TimeZone, Version


class ClinicConfigured(Event):
    """A clinic's profile, as far as it is of use elsewhere."""

    TYPE: ClassVar[str] = "invoicing.clinic-configured.v1"
    clinic_id: Id = Field(description="the clinic")
    version: Version
    name: Text = Field(description="as on its invoices (BT-27)")
    currency: Currency = Field(description="of its drafts and price lists, ISO 4217")
    time_zone: TimeZone = Field(description="IANA name; its days are counted in it, in every service")
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="of its address, ISO 3166-1 alpha-2; null where the profile has none"
    )
    changed_at: ChangedAt
    changed_by: ChangedBy

    @property
    def subject(self) -> str:
        return self.clinic_id

    @property
    def key(self) -> str:
        return self.clinic_id
