"""Clinics' profiles."""

from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter

from contracts.invoicing import BankAccount
from contracts.money import Currency
from contracts.values import Address, Id, Text, TimeZone
from invoicing.api.schemas.common import ReasonedBody
from invoicing.api.schemas.insurance import InsurancePlanBody, each_once
from invoicing.domain.clinics.clinic import CREDIT_NOTE_FORMAT, NUMBER_FORMAT, UNBILLED_LIMIT_HOURS, Clinic

_CLINIC = TypeAdapter(Clinic)


class ClinicBody(ReasonedBody):
    """A clinic's profile; `payment_terms_days` count from the day of issue.

    What is unbilled so many hours after its session ended is an alarm.
    """

    name: Annotated[Text, Field(min_length=1)]
    currency: Currency
    time_zone: TimeZone
    address: Address = Address()
    tax_id: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    bank_account: BankAccount | None = None
    payment_terms_days: Annotated[int, Field(ge=0, le=365)] = 14
    number_format: Annotated[Text, Field(max_length=100)] = NUMBER_FORMAT
    price_list_id: Id | None = None
    insurance: Annotated[tuple[InsurancePlanBody, ...], Field(max_length=200), AfterValidator(each_once)] = ()
    unbilled_limit_hours: Annotated[int, Field(ge=1, le=24 * 365)] = UNBILLED_LIMIT_HOURS
    credit_note_format: Annotated[Text, Field(max_length=100)] = CREDIT_NOTE_FORMAT

    def clinic(self, clinic_id: str) -> Clinic:
        """The domain's profile; its version is set when it is stored."""
        return _CLINIC.validate_python({**self.model_dump(), "clinic_id": clinic_id, "version": 0})


class ClinicView(ClinicBody):
    """The profile as stored."""

    clinic_id: Id
    version: int
