"""Who a document is from and for, as it is written in the country it is sent to."""

import re
from dataclasses import dataclass

from babel.languages import get_official_languages

from contracts.invoicing import BankAccount, Seller
from contracts.invoicing.parties import Buyer
from contracts.values import Address
from documents.adapters.labels import Words, labels, labels_of
from documents.adapters.locales import DEFAULT, locale_of
from documents.adapters.pdf.formats import Formats, written_locale

Fact = tuple[str, str]

TOWN_FIRST = frozenset({"US", "CA", "AU", "NZ", "IN", "ZA", "BR"})
"""Where the post code follows the town on its line (UPU S42)."""
OWN_LINE = frozenset({"GB", "IE"})
"""Where it has a line of its own."""
_STATES = "AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI"
VAT_ID = re.compile(rf"(?:{_STATES})[0-9A-Z+*]{{8,12}}")
"""As member states write it (Directive 2006/112/EC, article 215)."""
EIN = re.compile(r"[0-9]{2}-[0-9]{7}")


@dataclass(frozen=True, slots=True)
class Reader:
    """How a document is written for its reader: words, formats, and what a tax is called where the clinic is."""

    formats: Formats
    words: Words
    home: str | None

    @property
    def language(self) -> str:
        return self.words.language


def reader_of(locale: str | None, home: str | None) -> Reader:
    """`home` is the country of the clinic."""
    return Reader(Formats(written_locale(locale)), labels(locale_of(locale).language, home), home)


def local_reader(home: str | None) -> Reader:
    """Somebody in the clinic's country, as an insurer or the clinic itself."""
    spoken = next(iter(get_official_languages(home, de_facto=True)), DEFAULT) if home else DEFAULT
    return reader_of(f"{labels_of(spoken).language}-{home}" if home else DEFAULT, home)


def address_lines(address: Address, home: str | None, formats: Formats) -> tuple[str, ...]:
    """In the order of its country, which stands in capitals when it is another than `home` (UPU S42)."""
    abroad = address.country and home and address.country != home
    country = formats.country(address.country).upper() if address.country and abroad else ""
    return tuple(line for line in (*address.lines, *_town(address, address.country or home), country) if line)


def _town(address: Address, country: str | None) -> tuple[str, ...]:
    code, city = address.postal_code or "", address.city or ""
    if country in OWN_LINE:
        return city, code
    parts = (city, code) if country in TOWN_FIRST else (code, city)
    return (" ".join(part for part in parts if part),)


def recipient_lines(buyer: Buyer, reader: Reader) -> tuple[str, ...]:
    return (buyer.name, *(address_lines(buyer.address, reader.home, reader.formats) if buyer.address else ()))


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who a document is from: name, and where and how they are reached, as far as it is known."""

    clinic: str
    address: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


def letterhead(seller: Seller | None, reader: Reader, clinic: str = "") -> Letterhead:
    """`clinic` is its name where no profile of it is known."""
    if seller is None:
        return Letterhead(clinic)
    words = reader.words
    facts = known(
        (words[_tax_id_word(seller.tax_id or "")], seller.tax_id),
        (words["phone"], seller.phone),
        (words["email"], seller.email),
    )
    return Letterhead(clinic or seller.name, address_lines(seller.address, None, reader.formats), facts)


def known(*facts: tuple[str, str | None]) -> tuple[Fact, ...]:
    """Those that have a value."""
    return tuple((name, value) for name, value in facts if value)


def _tax_id_word(tax_id: str) -> str:
    """A tax number is labelled by what it is."""
    compact = tax_id.replace(" ", "").replace(".", "")
    if VAT_ID.fullmatch(compact):
        return "vat_id"
    return "ein" if EIN.fullmatch(compact) else "tax_id"


def account_of(seller: Seller | None) -> BankAccount | None:
    """None where it has no number that money could be sent to."""
    account = seller.bank_account if seller else None
    return account if account and account.iban else None


def in_fours(identifier: str) -> str:
    """An IBAN or a creditor reference as it is written on paper (ISO 13616, ISO 11649)."""
    letters = identifier.replace(" ", "")
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
