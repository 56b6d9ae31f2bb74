"""What a TSE signs of a receipt: `processData` of the process type Kassenbeleg-V1 (DSFinV-K, annex I).

`Beleg^<gross by rate>^<payments>`: five gross amounts, for the general, the reduced and the two average rates and for
all without VAT, then what was paid how. Amounts have a point and two places.
"""

from collections.abc import Iterable

from cash_register.domain.exports.closings import Receipt
from cash_register.domain.exports.vat import OWN_KEYS_FROM, VatShare

PROCESS_TYPE = "Kassenbeleg-V1"
_CONTAINERS = 5
_NO_VAT = 5


def process_data(receipt: Receipt, currency: str, places: int = 2) -> str:
    """A payment in another currency than the euro names it."""
    gross = [0] * _CONTAINERS
    for share in _shares(receipt):
        gross[_container(share.key.number) - 1] += share.gross_minor
    paid = f"{_amount(receipt.gross_minor, places)}:{'Bar' if receipt.method == 'cash' else 'Unbar'}" + (
        "" if currency == "EUR" else f":{currency}"
    )
    return f"Beleg^{'_'.join(_amount(part, places) for part in gross)}^{paid if receipt.gross_minor else ''}"


def _shares(receipt: Receipt) -> Iterable[VatShare]:
    return (share for line in receipt.lines for share in line.shares)


def _container(key: int) -> int:
    """A key of two digits refers with its second to the one that is in force now (annex I, table of keys)."""
    base = key % 10 if 10 <= key < 100 else key
    return base if 1 <= base < _NO_VAT and key < OWN_KEYS_FROM else _NO_VAT


def _amount(minor: int, places: int) -> str:
    hundredths = minor * 10 ** (2 - places)
    sign, size = ("-", -hundredths) if hundredths < 0 else ("", hundredths)
    return f"{sign}{size // 100}.{size % 100:02d}"
