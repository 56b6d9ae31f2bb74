"""What other services need to know of a clinic, told once, in its profile: `invoicing.clinics`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.envelope import Event
from contracts.money import Currency
from contracts.values import ChangedAt, ChangedBy, Id, Text, TimeZone, Value, Version


class ClinicLook(Value):
    """How the clinic's documents look."""

    paper: Literal["A4", "letter"] | None = Field(
        default=None, description="what they are printed on; null: as its country does"
    )
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] | None = Field(
        default=None, description="of headings, which is read on white and white is read on; null: that of Chairside"
    )
    footer: tuple[Text, ...] = Field(default=(), description="lines at the foot of each page, at most three")


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
    look: ClinicLook | None = Field(default=None, description="how its documents look; null from before it was told")
    changed_at: ChangedAt
    changed_by: ChangedBy

    @property
    def subject(self) -> str:
        return self.clinic_id

    @property
    def key(self) -> str:
        return self.clinic_id
