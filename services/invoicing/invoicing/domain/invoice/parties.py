"""Whom an invoice is from, and for, and who treated."""

from datetime import date

from invoicing.domain.clinics.clinic import Address, BankAccount, ElectronicAddress
from kernel.value import value


@value
class Subscriber:
    """Who holds the insurance."""

    name: str
    subscriber_id: str | None = None
    birth_date: date | None = None


@value
class Coverage:
    """The patient's insurance."""

    payer_id: str
    payer_name: str | None
    plan: str | None
    member_id: str | None
    relationship: str | None
    group_number: str | None = None
    subscriber: Subscriber | None = None
    assignment_of_benefits: bool | None = None
    payer_email: str | None = None


@value
class Guardian:
    """Who answers for the patient."""

    name: str
    email: str | None
    locale: str | None


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
    guardian: Guardian | None = None

    @property
    def payer_ids(self) -> tuple[str, ...]:
        """Of the insurers, the first one first."""
        coverages = self.coverage, self.secondary_coverage
        return tuple(coverage.payer_id for coverage in coverages if coverage is not None)


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
    contact_name: str | None = None
    electronic_address: ElectronicAddress | None = None
    npi: str | None = None


@value
class Provider:
    """Who treated."""

    provider_id: str
    name: str | None
    npi: str | None
