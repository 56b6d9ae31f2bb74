"""Account numbers: the same account, however a file writes it."""

import re

_DOMESTIC = {"DE": re.compile(r"(\d{8})/?(\d{1,10})"), "AT": re.compile(r"(\d{5})/(\d{1,11})")}
_LENGTHS = {"DE": 10, "AT": 11}
# ISO 13616, the registry of IBANs: letters and digits in all, for the countries of SEPA.
_IBAN_LENGTHS = {
    **dict.fromkeys(["NO"], 15),
    **dict.fromkeys(["BE"], 16),
    **dict.fromkeys(["DK", "FI", "NL"], 18),
    **dict.fromkeys(["MK", "SI"], 19),
    **dict.fromkeys(["AT", "EE", "LT", "LU"], 20),
    **dict.fromkeys(["CH", "HR", "LI", "LV"], 21),
    **dict.fromkeys(["BG", "DE", "GB", "IE", "ME", "RS", "VA"], 22),
    **dict.fromkeys(["GI"], 23),
    **dict.fromkeys(["AD", "CZ", "ES", "MD", "RO", "SE", "SK"], 24),
    **dict.fromkeys(["PT"], 25),
    **dict.fromkeys(["IS"], 26),
    **dict.fromkeys(["FR", "GR", "IT", "MC", "SM"], 27),
    **dict.fromkeys(["AL", "CY", "HU", "PL"], 28),
    **dict.fromkeys(["MT"], 31),
}
# RF is no country: a creditor reference (ISO 11649) has the same check digits.
_IBAN_BEGIN = re.compile(r"(?<![A-Z0-9])(?!RF)[A-Z]{2}(?!00|01|99)\d{2}[A-Z0-9]{11,33}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")


def account_key(account: str) -> str:
    """The IBAN where it is one, or where German or Austrian bank code and number make one; else as it is written.

    MT940 has `12030000/202051` where camt.053 has the IBAN. The check digits are those of ISO 13616.
    """
    plain = account_of(account)
    for country, form in _DOMESTIC.items():
        found = form.fullmatch(plain)
        if found and (country == "AT" or "/" in plain or len(plain) == 18):
            return _iban(country, found[1] + found[2].zfill(_LENGTHS[country]))
    return plain


def account_of(written: str, currency: str = "") -> str:
    """The account without spaces, and without the currency that some banks write behind it (`NL02INGB0001234567EUR`).

    Behind an IBAN any currency is left out, behind a number of the bank's own the one that is named.
    """
    plain = "".join(written.split()).upper()
    found = iban_within(plain)
    if found is not None:
        return found
    number = plain.removesuffix(currency).rstrip("/-")
    return number if currency and number[-1:].isdigit() else plain


def names_of(account: str, currency: str) -> tuple[str, str]:
    """What the account may be called by what was stored: also with its currency, from before that was left out."""
    return account, f"{account}{currency}"


def iban_within(text: str) -> str | None:
    """The first IBAN that is a word of the text in capitals, by its country's length; a currency may be behind it.

    Of a country outside SEPA its check digits have to be right, since its length is not known here.
    """
    for match in _IBAN_BEGIN.finditer(text):
        run = match.group()
        if text[match.end() : match.end() + 1].isalnum():
            continue
        length = _IBAN_LENGTHS.get(run[:2])
        if length is not None and (len(run) == length or _CURRENCY.fullmatch(run[length:])):
            return run[:length]
        if length is None and _is_right(run):
            return run
    return None


def _is_right(iban: str) -> bool:
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def _iban(country: str, number: str) -> str:
    digits = "".join(str(int(letter, 36)) for letter in f"{number}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{number}"
