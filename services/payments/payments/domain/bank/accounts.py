"""Account numbers: the same account, however a file writes it."""

import re

_DOMESTIC = {"DE": re.compile(r"(\d{8})/?(\d{1,10})"), "AT": re.compile(r"(\d{5})/(\d{1,11})")}
_LENGTHS = {"DE": 10, "AT": 11}


def account_key(account: str) -> str:
    """The IBAN where it is one, or where German or Austrian bank code and number make one; else as it is written.

    MT940 has `12030000/202051` where camt.053 has the IBAN. The check digits are those of ISO 13616.
    """
    plain = "".join(account.split()).upper()
    for country, form in _DOMESTIC.items():
        found = form.fullmatch(plain)
        if found and (country == "AT" or "/" in plain or len(plain) == 18):
            return _iban(country, found[1] + found[2].zfill(_LENGTHS[country]))
    return plain


def _iban(country: str, number: str) -> str:
    digits = "".join(str(int(letter, 36)) for letter in f"{number}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{number}"
