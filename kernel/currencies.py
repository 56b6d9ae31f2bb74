"""The currencies of ISO 4217 that amounts are written in, with their decimal places, and those that were withdrawn.

What was once written in a currency has to stay readable: a code is never taken out of here. A withdrawn one moves to
`WITHDRAWN`; a test holds both against the standard's list of today.
"""

from datetime import date

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU
CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
IN_USE: dict[str, int] = {
    code: places for places, codes in ((0, _NONE), (2, _TWO), (3, _THREE), (4, _FOUR)) for code in codes.split()
}
"""Decimal places by code."""

_EURO = date(2002, 3, 1)
WITHDRAWN: dict[str, tuple[date, str, int]] = {
    "ATS": (_EURO, "EUR", 2),
    "BEF": (_EURO, "EUR", 0),
    "DEM": (_EURO, "EUR", 2),
    "ESP": (_EURO, "EUR", 0),
    "FIM": (_EURO, "EUR", 2),
    "FRF": (_EURO, "EUR", 2),
    "GRD": (_EURO, "EUR", 0),
    "IEP": (_EURO, "EUR", 2),
    "ITL": (_EURO, "EUR", 0),
    "LUF": (_EURO, "EUR", 0),
    "NLG": (_EURO, "EUR", 2),
    "PTE": (_EURO, "EUR", 0),
    "ROL": (date(2005, 7, 1), "RON", 2),
    "TRL": (date(2006, 1, 1), "TRY", 0),
    "AZM": (date(2006, 1, 1), "AZN", 2),
    "MZM": (date(2006, 7, 1), "MZN", 2),
    "CSD": (date(2006, 10, 25), "RSD", 2),
    "SIT": (date(2007, 1, 1), "EUR", 2),
    "SDD": (date(2007, 7, 1), "SDG", 2),
    "GHC": (date(2008, 1, 1), "GHS", 2),
    "VEB": (date(2008, 1, 1), "VEF", 2),
    "CYP": (date(2008, 1, 1), "EUR", 2),
    "MTL": (date(2008, 1, 1), "EUR", 2),
    "SKK": (date(2009, 1, 1), "EUR", 2),
    "TMM": (date(2009, 1, 1), "TMT", 2),
    "EEK": (date(2011, 1, 1), "EUR", 2),
    "ZMK": (date(2013, 1, 1), "ZMW", 2),
    "LVL": (date(2014, 1, 1), "EUR", 2),
    "LTL": (date(2015, 1, 1), "EUR", 2),
    "BYR": (date(2017, 1, 1), "BYN", 0),
    "MRO": (date(2018, 1, 1), "MRU", 2),
    "STD": (date(2018, 1, 1), "STN", 2),
    "VEF": (date(2018, 8, 20), "VES", 2),
    "CUC": (date(2021, 6, 30), "CUP", 2),
    "HRK": (date(2023, 1, 1), "EUR", 2),
    "SLL": (date(2024, 4, 1), "SLE", 2),
    "ZWL": (date(2024, 9, 1), "ZWG", 2),
    "ANG": (date(2025, 7, 1), "XCG", 2),
    "BGN": (date(2026, 1, 1), "EUR", 2),
}
"""Since the euro: from which day on nobody pays with it any more, with what instead, and its decimal places."""

PLACES: dict[str, int] = {**IN_USE, **{code: places for code, (_, _, places) in WITHDRAWN.items()}}
"""Decimal places of everything that can be read."""


def why_not_new(currency: str) -> str | None:
    """Why nothing new is written in it, None for a currency that is in use."""
    if currency not in WITHDRAWN:
        return None
    since, successor, _ = WITHDRAWN[currency]
    return f"{currency} was withdrawn on {since.isoformat()}: use {successor}"
