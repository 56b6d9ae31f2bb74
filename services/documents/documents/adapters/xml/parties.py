"""Who an electronic invoice is from and for."""

from collections.abc import Sequence

from contracts import invoicing as wire
from contracts.values import Address
from documents.adapters.xml.codes import COUNTRIES, vat_id_of
from documents.adapters.xml.terms import Contact, ElectronicAddress, NoEInvoice, Party, PostalAddress
from documents.adapters.xml.text import clean
from documents.domain.documents.e_invoice import Profile

EMAIL, LEITWEG_ID = "EM", "0204"
"""Schemes of the EAS code list."""


def seller_party(seller: wire.Seller, profile: Profile) -> Party:
    """BG-4. A seller without VAT identifier is still one by its identifier (BT-29, BR-CO-26).

    Raises NoEInvoice naming what the clinic's profile lacks.
    """
    country = _country(seller.address)
    name, tax_id = clean(seller.name), clean(seller.tax_id)
    email = clean(seller.email)
    contact = Contact(clean(seller.contact_name), clean(seller.phone), email)
    address = seller.electronic_address
    electronic = ElectronicAddress(address.scheme, address.value) if address else _by_email(email)
    needed = [(name, "a name"), (country, "a country in its address (BR-09)"), (tax_id, "a tax number (BR-E-02)")]
    if profile == "xrechnung":
        needed += [
            (contact.name, "whom to ask, as `contact_name` (BR-DE-5)"),
            (contact.phone, "a phone number (BR-DE-6)"),
            (contact.email, "an e-mail address (BR-DE-7)"),
            (clean(seller.address.city), "a city (BR-DE-3)"),
            (clean(seller.address.postal_code), "a post code (BR-DE-4)"),
        ]
    _refuse("the clinic's profile lacks", needed)
    vat_id = vat_id_of(tax_id or "", country or "")
    return Party(
        identifier=seller.clinic_id,
        name=name or "",
        address=_postal(seller.address, country or ""),
        contact=contact,
        electronic_address=electronic,
        vat_id=vat_id,
        tax_number=None if vat_id else tax_id,
    )


def patient_party(buyer: wire.Buyer, home: str) -> Party:
    """BG-7. A patient whose address names no country lives in that of the clinic, `home`: so addresses are written."""
    address = buyer.address or Address()
    email = clean(buyer.email)
    return Party(
        identifier=buyer.patient_id,
        name=clean(buyer.name) or buyer.patient_id,
        address=_postal(address, _country(address) or home),
        contact=Contact(email=email),
        electronic_address=_by_email(email),
    )


def payer_party(payer: wire.PublicPayer, home: str) -> Party:
    """BG-7, where an authority pays. Raises NoEInvoice."""
    reference = clean(payer.buyer_reference)
    city, postal_code = clean(payer.address.city), clean(payer.address.postal_code)
    _refuse(
        f"the payer {payer.payer_id} lacks",
        [
            (clean(payer.name), "a name"),
            (reference, "a buyer reference (BR-DE-15)"),
            (city, "a city (BR-DE-8)"),
            (postal_code, "a post code (BR-DE-9)"),
        ],
    )
    given = payer.electronic_address
    return Party(
        identifier=payer.payer_id,
        name=clean(payer.name) or "",
        address=_postal(payer.address, _country(payer.address) or home),
        electronic_address=ElectronicAddress(given.scheme, given.value)
        if given
        else ElectronicAddress(LEITWEG_ID, reference or ""),
    )


def _refuse(whose: str, needed: Sequence[tuple[str | None, str]]) -> None:
    missing = [name for value, name in needed if not value]
    if missing:
        raise NoEInvoice(f"{whose} {', '.join(missing)}")


def _country(address: Address) -> str | None:
    return address.country if address.country in COUNTRIES else None


def _postal(address: Address, country: str) -> PostalAddress:
    lines = tuple(line for line in map(clean, address.lines) if line)
    return PostalAddress(country, lines, clean(address.postal_code), clean(address.city))


def _by_email(email: str | None) -> ElectronicAddress | None:
    return ElectronicAddress(EMAIL, email) if email else None
