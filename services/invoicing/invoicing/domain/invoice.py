"""An invoice's state. Field for field what the events tell, so that a snapshot is the state and nothing is mapped."""

from datetime import date, datetime

from chassis.kernel.money import Money
from chassis.kernel.value import value
from invoicing.domain.clinic import Address, BankAccount


@value
class ActorRef:
    """Who did it."""

    actor_id: str
    name: str | None
    role: str


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


@value
class PriceTrace:
    """Where a price came from."""

    price_list_id: str
    price_list_version: int
    rule: str


@value
class Line:
    """One procedure or material. Money is None while the line is unpriced."""

    line_id: str
    kind: str
    source_id: str | None
    code: str
    system: str | None
    description: str
    tooth: str | None
    surfaces: tuple[str, ...]
    area: str | None
    quantity: str
    unit: str | None
    performed_on: date
    provider_id: str | None
    unpriced: bool
    unit_price: Money | None
    net: Money | None
    tax_category: str | None
    tax_rate: str | None
    exemption_reason: str | None
    price: PriceTrace | None


@value
class TaxSubtotal:
    """VAT of one category and rate."""

    category: str
    rate: str
    base: Money
    tax: Money
    exemption_reason: str | None


@value
class Allocation:
    """What one payment counts towards the invoice."""

    payment_id: str
    amount: Money
    method: str
    at: datetime


@value
class Totals:
    """net + tax = gross; gross - paid - credited = due."""

    net: Money
    tax: Money
    gross: Money
    paid: Money
    credited: Money
    due: Money


@value
class Invoice:
    """An invoice at one version."""

    invoice_id: str
    clinic_id: str
    patient_id: str
    session_id: str | None
    session_version: int | None
    price_list_id: str | None
    version: int
    status: str
    number: str | None
    currency: str
    lines: tuple[Line, ...]
    tax: tuple[TaxSubtotal, ...]
    totals: Totals
    problems: tuple[str, ...]
    buyer: Buyer
    seller: Seller | None
    provider: Provider | None
    allocations: tuple[Allocation, ...]
    note: str | None
    issued_on: date | None
    due_on: date | None
    drafted_at: datetime
    finalized_at: datetime | None
    paid_at: datetime | None
    archived_at: datetime | None
    voided_at: datetime | None
    changed_at: datetime
    changed_by: ActorRef
    reason: str | None
