"""The structured references of the countries of SEPA that are older than ISO 11649, and the number within each.

Billing programs and banks of a country write the number of an invoice, or of a customer, with check digits, and payers
copy that. What is read here is the number: with the invoice's own reference (RF) or number a transfer needs none of it.

A reference that says what it is (`+++…+++`, `SI12`, `HR01`, 27 digits of a Swiss bill, `KID 12345…`) is read anywhere.
Bare digits are one only where nothing else stands, and where the clinic's account is in the country: one in ten numbers
has the right check digit by chance.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from stdnum import luhn
from stdnum.be import ogm_vcs
from stdnum.ch import esr

Reading = Callable[[str], str | None]
"""Of the digits of a reference the number in it; None where they are none."""
LEAST_DIGITS = 4
"""A shorter number is no evidence."""
_DUTCH = (2, 4, 8, 5, 10, 9, 7, 3, 6, 1)
_DUTCH_LENGTHS = range(9, 15)
_BARE = re.compile(r"[\d\s/.+*-]+", re.ASCII)
_STRUCTURED = re.compile(r"/STRD/[A-Z]*/([\d /-]+)", re.ASCII)
_BELGIAN = re.compile(r"([+*])\1\1\s*(\d{3}\s?/?\s?\d{4}\s?/?\s?\d{5})\s*[+*]{3}", re.ASCII)
_MODEL = re.compile(r"\b(SI ?12|HR ?01)[ -]?(\d[\d -]{3,24}\d)(?!\d)", re.IGNORECASE | re.ASCII)
_SWISS = re.compile(r"(?<!\d)\d{2}(?:\s?\d{5}){5}(?!\d)", re.ASCII)
_CALLED = re.compile(
    r"\b(KID|OCR|VIITE(?:NUMERO)?|VIITENUMBER|BETALINGSKENM(?:ERK)?)\b(?:[\s.:#-]{0,4}(?:NR\b|NUMMER\b))?"
    r"[\s.:#-]{0,4}(\d[\d -]{3,34}\d)",
    re.IGNORECASE | re.ASCII,
)


def _belgian(digits: str) -> str | None:
    """OGM-VCS: ten digits, and their remainder by 97."""
    return digits[:10] if ogm_vcs.is_valid(digits) else None


def _finnish(digits: str) -> str | None:
    """Viite, and the Estonian viitenumber: weights 7, 3, 1 from the right."""
    number, check = digits[:-1], digits[-1:]
    made = -sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(number))) % 10
    return number if len(digits) <= 20 and str(made) == check else None


def _norwegian(digits: str) -> str | None:
    """KID: the last digit by modulus 10, or 11."""
    if len(digits) > 25:
        return None
    number, check = digits[:-1], digits[-1:]
    weighed = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(number)))
    return number if luhn.is_valid(digits) or str(-weighed % 11) == check else None


def _swedish(digits: str) -> str | None:
    """OCR: the last digit by modulus 10; the one before it may be the last digit of the length."""
    if len(digits) > 25 or not luhn.is_valid(digits):
        return None
    return digits[:-2] if digits[-2:-1] == str(len(digits) % 10) else digits[:-1]


def _dutch(digits: str) -> str | None:
    """Betalingskenmerk: the first of 16 digits checks the others; of 9 to 14, the second is the length of the rest."""
    check, number = digits[:1], digits[1:]
    weighed = sum(int(digit) * _DUTCH[place % 10] for place, digit in enumerate(reversed(number)))
    if check != str((11 - weighed % 11) % 11 if weighed % 11 != 1 else 1):
        return None
    if len(digits) == 16:
        return number
    return number[1:] if len(digits) in _DUTCH_LENGTHS and number[:1] == str((len(digits) - 2) % 10) else None


def _slovenian(digits: str) -> str | None:
    """SI12, and the Croatian HR01: weights from 2 up, from the right; modulus 11."""
    number, check = digits[:-1], digits[-1:]
    weighed = sum(int(digit) * (2 + place) for place, digit in enumerate(reversed(number)))
    return number if str((11 - weighed % 11) % 11 % 10) == check else None


def _swiss(digits: str) -> str | None:
    """QR reference: 26 digits and one by modulus 10, recursively."""
    return digits[:-1] if esr.is_valid(digits) else None


BARE: dict[str, Reading] = {
    "BE": _belgian,
    "EE": _finnish,
    "FI": _finnish,
    "NL": _dutch,
    "NO": _norwegian,
    "SE": _swedish,
}
"""By the country of the clinic's account."""
_BY_NAME: dict[str, tuple[Reading, ...]] = {
    "KID": (_norwegian,),
    "OCR": (_swedish,),
    "VII": (_finnish,),
    "BET": (_dutch,),
}


def national_numbers(text: str, alone: Iterable[str], country: str) -> tuple[str, ...]:
    """The numbers within the references of a transfer, without zeros before them; each once.

    `alone` are fields that hold a reference and nothing else; `country` is that of the clinic's account, or anything
    where it is not known.
    """
    found = [number for digits, readings in _candidates(text, alone, country) for number in _read(digits, readings)]
    plain = (number.lstrip("0") for number in found)
    return tuple(dict.fromkeys(number for number in plain if len(number) >= LEAST_DIGITS))


def _candidates(text: str, alone: Iterable[str], country: str) -> Iterator[tuple[str, tuple[Reading, ...]]]:
    """Digits, and how they may be read."""
    for belgian in _BELGIAN.finditer(text):
        yield belgian[2], (_belgian,)
    for model in _MODEL.finditer(text):
        yield model[2], (_slovenian,)
    for swiss in _SWISS.finditer(text):
        yield swiss[0], (_swiss,)
    for called in _CALLED.finditer(text):
        yield called[2], _BY_NAME[called[1][:3].upper()]
    if (bare := BARE.get(country)) is not None:
        for field in (text, *alone, *(structured[1] for structured in _STRUCTURED.finditer(text))):
            if _BARE.fullmatch(field):
                yield field, (bare,)


def _read(written: str, readings: tuple[Reading, ...]) -> Iterator[str]:
    digits = "".join(letter for letter in written if letter in "0123456789")
    numbers = (read(digits) for read in readings if len(digits) > LEAST_DIGITS)
    yield from (number for number in numbers if number is not None)
