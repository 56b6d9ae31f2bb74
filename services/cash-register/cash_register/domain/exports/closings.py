"""A closing and its receipts, as plain facts: whatever file is made of them.

Money is in minor units of the closing's currency, positive into the drawer. Times are those of the clinic's clocks,
with their offset.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from cash_register.domain.exports.vat import VatShare
from cash_register.domain.registers.takings import PaidBy

BusinessCase = Literal[
    "Anfangsbestand",
    "Forderungsaufloesung",
    "Aufschlag",
    "Rabatt",
    "Anzahlungseinstellung",
    "Anzahlungsaufloesung",
    "Einzahlung",
    "Auszahlung",
    "Geldtransit",
    "Privateinlage",
    "Privatentnahme",
    "Lohnzahlung",
    "TrinkgeldAG",
    "TrinkgeldAN",
    "DifferenzSollIst",
]
"""The specification's names (DSFinV-K, annex C), as far as a drawer has to do with them."""


@dataclass(frozen=True, slots=True)
class Business:
    """Whose register it is. `country` is ISO 3166-1 alpha-2."""

    name: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    tax_number: str = ""
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class SigningDevice:
    """A TSE: `serial` is the SHA-256 of its public key in hexadecimal, key and certificate are in base64."""

    serial: str
    algorithm: str
    time_format: str
    public_key: str
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a TSE answered (BSI TR-03153); its times are in UTC."""

    device: SigningDevice
    transaction: int
    counter: int
    started_at: datetime
    finished_at: datetime
    process_type: str
    process_data: str
    signature: str


@dataclass(frozen=True, slots=True)
class NotSigned:
    """There is a TSE, and it did not sign; why. `process_data` is what it was to sign."""

    reason: str
    process_type: str
    process_data: str


@dataclass(frozen=True, slots=True)
class Line:
    """One case of a receipt. `invoice_number` is the invoice that it pays, in whole or in part.

    `voucher_number` is of what the clinic bought.
    """

    case: BusinessCase
    text: str
    shares: tuple[VatShare, ...]
    invoice_number: str | None = None
    voucher_number: str | None = None

    @property
    def gross_minor(self) -> int:
        return sum(share.gross_minor for share in self.shares)


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier receipt, and the closing that it is in: None where that was not closed by then."""

    receipt_id: str
    register_id: str
    closing: int | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was paid, or moved in the drawer, once: its lines sum to that. `number` counts from 1 in its closing.

    `returns` is the receipt whose money goes back, `void` says that it was booked by mistake. There is no patient's
    name in it, only their id.
    """

    receipt_id: str
    number: int
    at: datetime
    person_id: str
    person_name: str | None
    lines: tuple[Line, ...]
    method: PaidBy = "cash"
    patient_id: str | None = None
    receipt_number: str | None = None
    returns: Reference | None = None
    void: bool = False
    late: bool = False
    signing: Signed | NotSigned | None = None

    @property
    def gross_minor(self) -> int:
        return sum(line.gross_minor for line in self.lines)

    @property
    def cash_minor(self) -> int:
        """What of it moved in the drawer."""
        return self.gross_minor if self.method == "cash" else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A day that was closed: `number` is that of its Z report, without gaps for each register.

    Days from before there were Z reports count backwards from 0.
    """

    clinic_id: str
    register_id: str
    number: int
    on: date
    closed_at: datetime
    currency: str
    business: Business
    software_version: str
