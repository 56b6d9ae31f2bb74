"""Who an invoice is from and for, as they were when it was finalized."""

from datetime import date

from pydantic import Field

from contracts.clinical import Coverage, Guardian
from contracts.invoicing.e_invoices import ElectronicAddress
from contracts.values import Address, Id, Npi, Text, Value


class BankAccount(Value):
    """Where bank transfers go."""

    iban: Text | None = Field(default=None, description="IBAN (BT-84)")
    bic: Text | None = Field(default=None, description="BIC of the bank (BT-86)")
    holder: Text | None = Field(default=None, description="account holder (BT-85)")


class Seller(Value):
    """The clinic as it was when the invoice was finalized (EN 16931 BG-4)."""

    clinic_id: Id = Field(description="the clinic")
    name: Text = Field(description="as it stands on the invoice (BT-27)")
    address: Address = Field(default=Address(), description="postal address (BG-5)")
    tax_id: Text | None = Field(default=None, description="VAT or tax number (BT-31, BT-32)")
    email: Text | None = Field(default=None, description="contact (BT-43)")
    phone: Text | None = Field(default=None, description="contact (BT-42)")
    bank_account: BankAccount | None = Field(default=None, description="where transfers go (BG-17)")
    contact_name: Text | None = Field(default=None, description="whom to ask about invoices (BT-41)")
    electronic_address: ElectronicAddress | None = Field(
        default=None, description="where answers to electronic invoices go (BT-34); null: the e-mail address"
    )
    npi: Npi | None = Field(default=None, description="the clinic's National Provider Identifier, which it bills under")


class Buyer(Value):
    """The patient as of the session, frozen when the invoice is finalized (EN 16931 BG-7)."""

    patient_id: Id = Field(description="the patient (BT-46)")
    name: Text = Field(description="as it stands on the invoice (BT-44)")
    email: Text | None = Field(default=None, description="where the invoice is mailed to (BT-58)")
    locale: Text | None = Field(default=None, description="BCP 47 tag: the language and formats of the documents")
    birth_date: date | None = Field(default=None, description="date of birth")
    address: Address | None = Field(default=None, description="postal address (BG-8)")
    coverage: Coverage | None = Field(default=None, description="the insurance; null without one")
    secondary_coverage: Coverage | None = Field(
        default=None, description="a second insurance, which pays some of what the first leaves; null without one"
    )
    guardian: Guardian | None = Field(default=None, description="who answers for the patient; null: they do")
