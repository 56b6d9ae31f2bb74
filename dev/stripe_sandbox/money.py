"""What Stripe takes as an amount: an integer in the smallest unit of the currency, within its limits.

Source: Stripe's documentation "Supported currencies" (zero-decimal, special cases, minimum and maximum charge).
"""

from dev.stripe_sandbox.errors import InvalidRequest

_CODES = """
usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp
cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk
jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn
nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std
szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
"""
_SUPPORTED = frozenset(_CODES.split())
# Three decimals must end in 0; ISK and UGX have no minor unit but are written with two decimals.
_STEP = dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 10) | dict.fromkeys(("isk", "ugx"), 100)
_STEP_CODE = dict.fromkeys(("isk", "ugx"), "invalid_charge_amount_no_decimal_compatible")
# Charged with two decimals, paid out in whole units.
_PAID_OUT_WHOLE = dict.fromkeys(("huf", "isk", "twd", "ugx"), 100)
_MINIMUM = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
}
_MAXIMUM = 99_999_999
_FEE_BASIS_POINTS, _FEE_FIXED = 150, 25


def check_currency(currency: str) -> str:
    lowered = currency.lower()
    if lowered not in _SUPPORTED:
        raise InvalidRequest(f"Invalid currency: {lowered}.", param="currency")
    return lowered


def check_amount(amount: int | None, currency: str) -> int:
    """Raises InvalidRequest for what Stripe does not charge in that currency."""
    if amount is None:
        raise InvalidRequest("Missing required param: amount.", code="parameter_missing", param="amount")
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise InvalidRequest(message, code="parameter_invalid_integer", param="amount")
    if amount > _MAXIMUM:
        raise InvalidRequest(f"Amount must be no more than {_MAXIMUM}.", code="amount_too_large", param="amount")
    if amount < _MINIMUM.get(currency, 1):
        message = f"Amount must be at least {_MINIMUM[currency]} {currency} in its smallest unit."
        raise InvalidRequest(message, code="amount_too_small", param="amount")
    check_step(amount, currency)
    return amount


def check_step(amount: int, currency: str) -> None:
    """Raises InvalidRequest for an amount between two that the card networks have."""
    if amount % _STEP.get(currency, 1):
        message = f"Invalid amount. Amounts in {currency} must be evenly divisible by {_STEP[currency]}."
        raise InvalidRequest(message, code=_STEP_CODE.get(currency), param="amount")


def paid_out(amount: int, currency: str) -> int:
    """What of the balance can go to a bank."""
    return amount - amount % _PAID_OUT_WHOLE.get(currency, 1)


def fee(amount: int) -> int:
    """1.5 % plus 25 minor units, never more than the amount."""
    return min(amount, (amount * _FEE_BASIS_POINTS + 5_000) // 10_000 + _FEE_FIXED)
