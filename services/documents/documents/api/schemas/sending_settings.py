"""What a clinic decides about its mail."""

from dataclasses import asdict
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter
from pydantic.config import JsonDict

from documents.domain.deliveries.sending_policy import DeliverAs, SendingSettings

_settings = TypeAdapter(SendingSettings)
_REQUEST: JsonDict = {
    "send_invoices": True,
    "send_receipts": True,
    "deliver_as": "attachment",
    "link_days": 30,
    "reminder_days": [7, 21, 35],
    "quiet": {"begins": "20:00", "ends": "08:00", "sundays": True, "holidays": True, "subdivision": "BE"},
    "reason": "agreed with the owners",
}
_SHOWN: JsonDict = {name: value for name, value in _REQUEST.items() if name != "reason"} | {
    "clinic_id": "clinic-berlin",
    "version": 2,
}
Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


def _ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("each is later than the one before")
    return days


class QuietHoursBody(BaseModel):
    """When nobody is reminded, by the clinic's own clocks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begins: Hour = Field(default="20:00", description="from then on nobody is written to")
    ends: Hour = Field(default="08:00", description="until then; the same as `begins`: there are no quiet hours")
    sundays: bool = Field(default=True, description="nor all Sunday")
    holidays: bool = Field(default=True, description="nor on public holidays of the country in the clinic's profile")
    subdivision: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$")] | None = Field(
        default=None, description="part of the country with holidays of its own: `BE` of `DE-BE`"
    )


class SendingSettingsBody(BaseModel):
    """All of them: what is left out is the default. `reason` goes into the revision, and not into what is stored."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_REQUEST]})

    send_invoices: bool = Field(default=False, description="mails each invoice to its patient when it is finalized")
    send_receipts: bool = Field(default=False, description="mails the receipt of each payment and refund")
    deliver_as: DeliverAs = Field(
        default="attachment", description="`link`: mails have links that expire instead of documents"
    )
    link_days: Annotated[int, Field(ge=1, le=365)] = Field(default=30, description="how long a link works")
    reminder_days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=365)], ...], Field(max_length=3), AfterValidator(_ascending)
    ] = Field(
        default=(),
        description="how many days after the due date each of up to three reminders is sent, ascending; none: nobody "
        "is reminded",
        examples=[[7, 21, 35]],
    )
    quiet: QuietHoursBody = Field(
        default=QuietHoursBody(),
        description="when nobody is reminded",
        # Its fields have defaults of their own, and are said there.
        json_schema_extra={"default": {"begins": "20:00", "ends": "08:00"}},
    )
    reason: Reason | None = Field(default=None, exclude=True, description="why; it stands in the history")

    def settings(self, clinic_id: str) -> SendingSettings:
        """The domain's; their version is set when they are stored."""
        return _settings.validate_python({**self.model_dump(), "clinic_id": clinic_id})


class SendingSettingsView(SendingSettingsBody):
    """As they hold; version 0 are the defaults, where nobody set any."""

    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_extra={"examples": [_SHOWN]})

    clinic_id: str = Field(description="whose they are")
    version: int = Field(description="counts the changes; 0: the defaults, where nobody set any")

    @classmethod
    def of(cls, settings: SendingSettings) -> Self:
        return cls.model_validate(asdict(settings))
