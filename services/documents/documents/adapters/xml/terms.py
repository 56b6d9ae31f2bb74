"""What an electronic invoice says, by the business terms of EN 16931-1: the same in each syntax."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.invoicing import TaxCategory
from documents.domain.documents.e_invoice import Profile
from kernel.errors import Conflict
from kernel.money import Money

TypeCode = Literal["380", "381"]
SPECIFICATIONS: dict[Profile, str] = {
    "en16931": "urn:cen.eu:en16931:2017",
    "xrechnung": "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
"""BT-24."""
BUSINESS_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
"""BT-23, which XRechnung asks for."""
INVOICE: TypeCode = "380"
CREDIT_NOTE: TypeCode = "381"
SEPA_TRANSFER, TRANSFER, NOT_DEFINED = "58", "30", "1"
"""BT-81, of UNTDID 4461."""


class NoEInvoice(Conflict):
    """The standard has no valid document for it; `reason` says why, and what in the clinic's profile would help."""

    def __init__(self, reason: str) -> None:
        super().__init__("no-e-invoice", f"there is no electronic invoice of it: {reason}")


@dataclass(frozen=True, slots=True)
class Note:
    """BG-1: a text, and of what kind it is (UNTDID 4451)."""

    text: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """BG-5, BG-8. `country` is what the standard asks for."""

    country: str
    lines: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class ElectronicAddress:
    """BT-34, BT-49: `scheme` is of the EAS code list."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Contact:
    """BG-6, BG-9."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """BG-4, BG-7."""

    identifier: str
    name: str
    address: PostalAddress
    contact: Contact = Contact()
    electronic_address: ElectronicAddress | None = None
    vat_id: str | None = None
    tax_number: str | None = None


@dataclass(frozen=True, slots=True)
class Vat:
    """A category and its rate in per cent."""

    category: TaxCategory
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Allowance:
    """BG-27 of a line, BG-20 of the whole with its VAT; `amount` is positive and without tax."""

    amount: Money
    reason: str
    vat: Vat | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25. `price` is of `per` units; net = quantity x price / per - allowances, rounded once."""

    line_id: str
    name: str
    item_id: str
    quantity: Decimal
    unit: str
    price: Money
    per: Decimal
    allowances: tuple[Allowance, ...]
    net: Money
    vat: Vat
    performed_on: date
    description: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class VatGroup:
    """BG-23."""

    vat: Vat
    base: Money
    tax: Money
    reason: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """BG-16, BG-17. Without an account the means is not defined."""

    means: str
    reference: str
    iban: str | None = None
    bic: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """BG-22: due = gross - prepaid + rounding."""

    lines: Money
    allowances: Money
    net: Money
    tax: Money
    gross: Money
    prepaid: Money
    rounding: Money
    due: Money


@dataclass(frozen=True, slots=True)
class Preceding:
    """BG-3: the invoice that is credited, or added to."""

    number: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class EInvoice:
    """Everything that both syntaxes write."""

    profile: Profile
    type_code: TypeCode
    number: str
    issued_on: date
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    vat: tuple[VatGroup, ...]
    sums: Sums
    due_on: date | None = None
    notes: tuple[Note, ...] = ()
    buyer_reference: str | None = None
    order_reference: str | None = None
    contract_reference: str | None = None
    preceding: Preceding | None = None
    allowances: tuple[Allowance, ...] = field(default=())
    payment: Payment | None = None
    payment_terms: str | None = None

    @property
    def days(self) -> tuple[date, date]:
        """Of the treatment, the first and the last (BG-14); all of it is done on the last (BT-72)."""
        performed = [line.performed_on for line in self.lines]
        return min(performed), max(performed)
