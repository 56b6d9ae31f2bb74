"""What is kept of other services' events: only what this service has a use for."""

from typing import Self

from contracts.envelope import Event
from contracts.invoicing import ClinicConfigured
from contracts.values import Id, TimeZone


class ClinicReplica(Event):
    """What a clinic's profile says of the place."""

    clinic_id: Id
    version: int
    time_zone: TimeZone

    @classmethod
    def of(cls, event: ClinicConfigured) -> Self:
        return cls.model_validate(event, from_attributes=True)

    @property
    def subject(self) -> str:
        return self.clinic_id
