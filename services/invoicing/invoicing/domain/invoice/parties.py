"""Whom an invoice is from, and for, and who treated."""

from datetime import date

from invoicing.domain.clinics.clinic import Address, BankAccount
from kernel.value import value


@value
class Coverage:
    """The patient's insurance."""

    payer_id: str
    payer_name: str | None
    plan: str | None
    member_id: str | None
    relationship: str | None


@value
class Buyer:
    """The patient as of the session."""

    patient_id: str
    name: str
    email: str | None
    locale: str | None
    birth_date: date | None
    address: Address | None
    coverage: Coverage | None
    secondary_coverage: Coverage | None = None


@value
class Seller:
    """The clinic as it was when the invoice was finalized."""

    clinic_id: str
    name: str
    address: Address
    tax_id: str | None
    email: str | None
    phone: str | None
    bank_account: BankAccount | None


@value
class Provider:
    """Who treated."""

    provider_id: str
    name: str | None
    npi: str | None
