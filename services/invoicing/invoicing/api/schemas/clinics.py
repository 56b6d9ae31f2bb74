"""Clinics' profiles."""

from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter

from contracts.invoicing import BankAccount
from contracts.money import Currency, CurrencyInUse
from contracts.values import Address, Id, Npi, Text, TimeZone
from invoicing.api.schemas.common import Json, ReasonedBody, example
from invoicing.api.schemas.e_invoices import ElectronicAddressBody, PublicPayerBody, payer_once
from invoicing.api.schemas.insurance import InsurancePlanBody, each_once
from invoicing.api.schemas.looks import LookBody
from invoicing.domain.clinics.clinic import UNBILLED_LIMIT_HOURS, Clinic, FinalizeBy
from invoicing.domain.clinics.number_format import CREDIT_NOTE_FORMAT, NUMBER_FORMAT

_CLINIC = TypeAdapter(Clinic)
_EXAMPLE: Json = {
    "name": "Zahnarztpraxis am Markt",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "address": {"lines": ["Markt 4"], "postal_code": "10178", "city": "Berlin", "country": "DE"},
    "tax_id": "DE123456789",
    "email": "praxis@example.org",
    "phone": "+49 30 1234567",
    "bank_account": {"iban": "DE02120300000000202051", "bic": "BYLADEM1001", "holder": "Zahnarztpraxis am Markt"},
    "payment_terms_days": 14,
    "number_format": "{clinic}-{yyyy}-{seq:06d}",
    "price_list_id": "standard",
    "contact_name": "Praxisverwaltung",
    "insurance": [
        {"payer_id": "payer-aok", "lines": [{"codes": ["D2391"], "share": {"kind": "percent", "rate": "60"}}]}
    ],
}


class ClinicBody(ReasonedBody):
    """A clinic's profile, whole: who issues its invoices, in which currency and on which terms."""

    model_config = example(_EXAMPLE)

    name: Annotated[Text, Field(min_length=1)] = Field(description="the seller's name on invoices")
    currency: CurrencyInUse = Field(description="of its drafts and price lists, ISO 4217", examples=["EUR"])
    time_zone: TimeZone = Field(description="IANA name; days are counted in it", examples=["Europe/Berlin"])
    address: Address = Field(default=Address(), description="the seller's postal address on invoices")
    tax_id: Text | None = Field(default=None, description="VAT or tax number, as printed on invoices")
    email: Text | None = Field(default=None, description="where patients may write to")
    phone: Text | None = Field(default=None, description="where patients may call")
    bank_account: BankAccount | None = Field(default=None, description="where transfers go; printed on invoices")
    payment_terms_days: Annotated[int, Field(ge=0, le=365)] = Field(
        default=14, description="an invoice is due so many days after its issue, unless a day is set on it"
    )
    number_format: Annotated[Text, Field(max_length=100)] = Field(
        default=NUMBER_FORMAT,
        description="of invoice numbers: letters, digits, space and `-./_#`, with `{clinic}` and, once each, "
        "`{yyyy}` and `{seq}` or, with zeros, `{seq:06d}`",
    )
    price_list_id: Id | None = Field(default=None, description="the clinic's own price list")
    insurance: Annotated[tuple[InsurancePlanBody, ...], Field(max_length=200), AfterValidator(each_once)] = Field(
        default=(), description="what insurers pay of a draft, by payer and plan"
    )
    unbilled_limit_hours: Annotated[int, Field(ge=1, le=24 * 365)] = Field(
        default=UNBILLED_LIMIT_HOURS,
        description="what is unbilled for so many hours after its session ended raises an alarm",
    )
    credit_note_format: Annotated[Text, Field(max_length=100)] = Field(
        default=CREDIT_NOTE_FORMAT, description="as `number_format`, for credit notes: another series"
    )

    contact_name: Text | None = Field(
        default=None, description="whom to ask about invoices; XRechnung wants it, with e-mail and phone"
    )
    electronic_address: ElectronicAddressBody | None = Field(
        default=None, description="where answers to electronic invoices go; without one, the e-mail address"
    )
    public_payers: Annotated[tuple[PublicPayerBody, ...], Field(max_length=200), AfterValidator(payer_once)] = Field(
        default=(), description="payers that take electronic invoices of their own, such as German authorities"
    )
    npi: Npi | None = Field(default=None, description="the clinic's own, which claims are billed under in the US")

    look: LookBody = Field(default=LookBody(), description="how its documents look; its logo is put to documents")
    finalize_by: FinalizeBy = Field(
        default="billing_manager",
        description="who finalizes drafts: billing managers alone, or with `front_desk` the front desk as well",
    )

    def clinic(self, clinic_id: str) -> Clinic:
        """The domain's profile; its version is set when it is stored."""
        return _CLINIC.validate_python({**self.model_dump(), "clinic_id": clinic_id, "version": 0})


class ClinicView(ClinicBody):
    """The profile as stored."""

    model_config = example({**_EXAMPLE, "clinic_id": "clinic-berlin", "version": 1})

    currency: Currency = Field(description="of its drafts and price lists, ISO 4217", examples=["EUR"])
    clinic_id: Id = Field(description="the clinic")
    version: int = Field(description="1 for the first profile, one more with each change; also the ETag")
