"""Code lists of EN 16931, as far as a bill of a dental clinic needs them."""

from decimal import Decimal

COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "  # noqa: SIM905
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split()
)
"""ISO 3166-1 (BR-CL-14)."""
VAT_PREFIXES = {"GR": "EL"}
"""Of VAT identifiers, where it is not the country's code (BR-CO-09)."""
EXEMPTIONS = frozenset(
    "VATEX-EU-79-C VATEX-EU-132 VATEX-EU-132-1A VATEX-EU-132-1B VATEX-EU-132-1C VATEX-EU-132-1D VATEX-EU-132-1E "  # noqa: SIM905
    "VATEX-EU-132-1F VATEX-EU-132-1G VATEX-EU-132-1H VATEX-EU-132-1I VATEX-EU-132-1J VATEX-EU-132-1K VATEX-EU-132-1L "
    "VATEX-EU-132-1M VATEX-EU-132-1N VATEX-EU-132-1O VATEX-EU-132-1P VATEX-EU-132-1Q VATEX-EU-143 VATEX-EU-148 "
    "VATEX-EU-151 VATEX-EU-309 VATEX-FR-FRANCHISE VATEX-FR-CGI261-4".split()
)
"""Reasons of an exemption (BT-121, BR-CL-22) that a clinic may have; what is none of them is told in words alone."""
PIECE = "C62"
_UNITS = {
    **dict.fromkeys(("each", "ea"), "EA"),
    **dict.fromkeys(("piece", "pieces", "pc", "pcs", "st", "stk", "stück"), "H87"),
    **dict.fromkeys(("g", "gram", "grams", "gramm"), "GRM"),
    **dict.fromkeys(("mg", "milligram", "milligrams"), "MGM"),
    **dict.fromkeys(("kg", "kilogram", "kilograms"), "KGM"),
    **dict.fromkeys(("ml", "millilitre", "milliliter"), "MLT"),
    **dict.fromkeys(("l", "litre", "liter"), "LTR"),
    **dict.fromkeys(("mm", "millimetre", "millimeter"), "MMT"),
    **dict.fromkeys(("cm", "centimetre", "centimeter"), "CMT"),
    **dict.fromkeys(("min", "minute", "minutes"), "MIN"),
    **dict.fromkeys(("h", "hour", "hours"), "HUR"),
    **dict.fromkeys(("pair", "pairs", "paar"), "PR"),
    **dict.fromkeys(("set", "sets"), "SET"),
    **dict.fromkeys(("pack", "package"), "XPK"),
    **dict.fromkeys(("box", "boxes"), "XBX"),
}
CURRENCIES = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "  # noqa: SIM905
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IRR ISK JMD JPY KES KGS KHR KMF KPW KRW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP "
    "MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STD SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UZS "
    "VED VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG".split()
)
"""ISO 4217 with at most two places (BR-CL-04, BR-DEC-01 and what follows it)."""


def unit_code(unit: str | None) -> str:
    """BT-130 of UN/ECE Recommendation 20 and 21; "one" where the unit is none of those that are known."""
    return _UNITS.get((unit or "").strip().casefold(), PIECE)


def is_known_unit(unit: str | None) -> bool:
    return not (unit or "").strip() or (unit or "").strip().casefold() in _UNITS


def vat_id_of(tax_id: str, country: str) -> str | None:
    """The number as a VAT identifier (BT-31): with the prefix of the seller's country. None for one that has not."""
    compact = "".join(sign for sign in tax_id.upper() if sign.isalnum())
    prefix = VAT_PREFIXES.get(country, country)
    rest = compact.removeprefix(prefix)
    is_one = rest != compact and 2 <= len(rest) <= 15 and rest.isascii() and any(sign.isdigit() for sign in rest)
    return compact if is_one else None


def decimal_text(number: Decimal) -> str:
    """Without an exponent, and without needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
