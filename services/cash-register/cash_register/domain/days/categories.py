"""The business cases of cash that moves at the desk: which way each goes, and what has to be told of it."""

from typing import Literal, get_args

from cash_register.domain.days.cash import DeskMovementKind, Voucher
from kernel.errors import BusinessError

DeskCategory = Literal[
    "bank_deposit",
    "float_change",
    "private_deposit",
    "private_withdrawal",
    "tip",
    "purchase",
    "wages",
    "other",
]
"""As in DSFinV-K (appendix C): bank_deposit and float_change are Geldtransit, private_deposit Privateinlage,
private_withdrawal Privatentnahme, wages Lohnzahlung, purchase and other Einzahlung or Auszahlung.

A tip is of those who work here (TrinkgeldAN): it is no turnover, has no VAT, and goes in and out again. One with a VAT
rate is the clinic's (TrinkgeldAG): more of what it was paid for (§ 10 (1) UStG). That only comes in."""
_ONE_WAY: dict[DeskCategory, DeskMovementKind] = {
    "bank_deposit": "pay_out",
    "private_deposit": "pay_in",
    "private_withdrawal": "pay_out",
    "purchase": "pay_out",
    "wages": "pay_out",
}
DESK_CATEGORIES: frozenset[str] = frozenset(get_args(DeskCategory))


def demand_category(
    kind: DeskMovementKind, category: DeskCategory, voucher: Voucher | None, vat_rate: str | None = None
) -> None:
    """Raises BusinessError for a category that goes the other way, a purchase without its voucher, and the reverse; and
    for a VAT rate of what is no tip to the clinic.
    """
    way = _ONE_WAY.get(category, kind)
    if way != kind:
        raise BusinessError("category-not-possible", f"{category} is a {way}, not a {kind}", field="/category")
    if category == "purchase" and voucher is None:
        raise BusinessError("voucher-missing", "a purchase has a voucher with its VAT rate", field="/voucher")
    if category != "purchase" and voucher is not None:
        raise BusinessError("voucher-not-possible", "only a purchase has a voucher", field="/voucher")
    if vat_rate is not None and (category, kind) != ("tip", "pay_in"):
        raise BusinessError(
            "vat-rate-not-possible", "only a tip to the clinic, which comes in, has a VAT rate", field="/vat_rate"
        )
