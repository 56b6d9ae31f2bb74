"""Who an invoice is from and for, as they were when it was finalized."""

from datetime import date

from contracts.clinical import Coverage
from contracts.values import Address, Id, Text, Value


class BankAccount(Value):
    """Where bank transfers go."""

    iban: Text | None = None
    bic: Text | None = None
    holder: Text | None = None


class Seller(Value):
    """The clinic as it was when the invoice was finalized (EN 16931 BG-4)."""

    clinic_id: Id
    name: Text
    address: Address = Address()
    tax_id: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    bank_account: BankAccount | None = None


class Buyer(Value):
    """The patient as of the session, frozen when the invoice is finalized (EN 16931 BG-7)."""

    patient_id: Id
    name: Text
    email: Text | None = None
    locale: Text | None = None
    birth_date: date | None = None
    address: Address | None = None
    coverage: Coverage | None = None
