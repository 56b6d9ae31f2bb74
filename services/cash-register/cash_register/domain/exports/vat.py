"""Which VAT is in what was paid.

The keys are those of the German tax offices (DSFinV-K, UST_SCHLUESSEL, table of 5 December 2024): 1 to 8 are fixed, two
digits are a rate that was in force once, and what is none of them is from 1000 on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kernel.money import base_of, round_half_up, scaled

TaxCategory = Literal["S", "Z", "E"]
"""Of EN 16931: standard, zero, exempt."""
OWN_KEYS_FROM = 1000


@dataclass(frozen=True, slots=True)
class VatKey:
    """`rate_hundredths` of a per cent: 1900 is 19 %."""

    number: int
    rate_hundredths: int
    description: str


NOT_TAXABLE = VatKey(5, 0, "Nicht steuerbar")
EXEMPT = VatKey(6, 0, "Umsatzsteuerfrei")
UNKNOWN = VatKey(7, 0, "UmsatzsteuerNichtErmittelbar")
ZERO_RATED = VatKey(8, 0, "Ermäßigter Steuersatz (§ 12 Abs. 3 UStG)")
_KNOWN = {
    key.rate_hundredths: key
    for key in (
        VatKey(1, 1900, "Allgemeiner Steuersatz (§ 12 Abs. 1 UStG)"),
        VatKey(2, 700, "Ermäßigter Steuersatz (§ 12 Abs. 2 UStG)"),
        VatKey(21, 1600, "Historischer allgemeiner Steuersatz"),
        VatKey(22, 500, "Historischer ermäßigter Steuersatz"),
    )
}


@dataclass(frozen=True, slots=True)
class Taxed:
    """What an invoice says of one category and rate: `net_minor` and its VAT, in minor units."""

    category: TaxCategory
    rate: str
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class VatShare:
    """A part of what was paid, under one key: gross = net + tax, in minor units and with the sign of the movement."""

    key: VatKey
    gross_minor: int
    net_minor: int

    @property
    def tax_minor(self) -> int:
        return self.gross_minor - self.net_minor


def vat_key(category: TaxCategory, rate: str) -> VatKey:
    """Of a rate that Germany never had: a key of our own, which says it. Raises ValueError for what is no rate."""
    hundredths = _hundredths(rate)
    if category == "E":
        return EXEMPT
    if hundredths == 0:
        return ZERO_RATED
    whole, part = divmod(hundredths, 100)
    of_our_own = VatKey(OWN_KEYS_FROM + hundredths, hundredths, f"{whole},{part:02d} %")
    return _KNOWN.get(hundredths, of_our_own)


def per_cent(rate_hundredths: int) -> str:
    """As a decimal string without needless zeros."""
    whole, part = divmod(rate_hundredths, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".")


def without_vat(amount_minor: int, key: VatKey = NOT_TAXABLE) -> tuple[VatShare, ...]:
    """All of it under a key that has no VAT."""
    return (VatShare(key, amount_minor, amount_minor),)


def at_rate(amount_minor: int, rate: str) -> tuple[VatShare, ...]:
    """All of it with VAT of this rate in it. What has none is exempt.

    Raises ValueError for what is no rate.
    """
    return (VatShare(vat_key("S" if _hundredths(rate) else "E", rate), amount_minor, base_of(amount_minor, rate)),)


def _hundredths(rate: str) -> int:
    number, scale = scaled(rate)
    return round_half_up(number * 100, scale)


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """The amount in proportion to the weights: the parts sum to it, and are the weights where these sum to it.

    Raises ZeroDivisionError for weights that sum to nothing.
    """
    whole, passed, given_minor = sum(weights), 0, 0
    parts: list[int] = []
    for weight in weights:
        passed += weight
        upto_minor = round_half_up(amount_minor * passed, whole)
        parts.append(upto_minor - given_minor)
        given_minor = upto_minor
    return parts


def shares_of(amount_minor: int, taxed: Sequence[Taxed]) -> tuple[VatShare, ...]:
    """The amount over the rates of an invoice, each in proportion; the shares sum to it exactly.

    An invoice that is paid whole has its own net and VAT back. One that costs nothing says nothing: `UNKNOWN`.
    """
    whole_minor = sum(part.gross_minor for part in taxed)
    if whole_minor == 0:
        return without_vat(amount_minor, UNKNOWN)
    shares: dict[VatKey, VatShare] = {}
    for part, gross_minor in zip(taxed, split(amount_minor, [part.gross_minor for part in taxed]), strict=True):
        net_minor = round_half_up(gross_minor * part.net_minor, part.gross_minor) if part.gross_minor else gross_minor
        key = vat_key(part.category, part.rate)
        before = shares.get(key, VatShare(key, 0, 0))
        shares[key] = VatShare(key, before.gross_minor + gross_minor, before.net_minor + net_minor)
    return tuple(share for share in shares.values() if share.gross_minor or share.net_minor)
