"""Sums of money by currency, and the three views of what was billed, paid and is open."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.money import exponent
from dev.audit.ledger import Ledger
from kernel.money import Money

Sum = Mapping[str, int]
"""Minor units by currency."""


@dataclass(frozen=True)
class View:
    """What one side says. `billed` is without what was credited or given up; `unused` counts for no invoice yet."""

    billed: Sum
    paid: Sum
    open: Sum
    unused: Sum

    @property
    def left(self) -> Sum:
        """billed - paid + unused - open: nothing where the books balance."""
        return add((self.billed, 1), (self.paid, -1), (self.unused, 1), (self.open, -1))


def views(ledger: Ledger) -> dict[str, View]:
    """By the invoices, by the accounts' balances, and by the payments' own list."""
    totals = [invoice.totals for invoice in ledger.billed]
    balances = [balance for account in ledger.accounts.values() for balance in account.balances]
    rounded = summed(t.rounding for t in totals if t.rounding)
    given_up = summed(t.written_off for t in totals if t.written_off)
    credited = summed(t.credited for t in totals)
    billed = add((summed(t.gross for t in totals), 1), (rounded, 1), (credited, -1), (given_up, -1))
    unused = summed(balance.credit for balance in balances)
    received = summed(payment.settled for payment in ledger.payments)
    return {
        "invoices": View(
            billed, add((summed(t.paid for t in totals), 1), (unused, 1)), summed(t.due for t in totals), unused
        ),
        "accounts": View(
            add(
                (summed(b.billed for b in balances), 1),
                (summed(b.credited for b in balances), -1),
                (summed(b.written_off for b in balances if b.written_off), -1),
            ),
            summed(b.paid for b in balances),
            summed(b.open for b in balances),
            unused,
        ),
        "payments": View(billed, received, add((billed, 1), (received, -1), (unused, 1)), unused),
    }


def summed(amounts: Iterable[Money]) -> Sum:
    total: Counter[str] = Counter()
    for amount in amounts:
        total[amount.currency] += amount.amount_minor
    return _without_nothing(total)


def add(*parts: tuple[Sum, int]) -> Sum:
    """Each times its sign."""
    total: Counter[str] = Counter()
    for part, sign in parts:
        for currency, amount_minor in part.items():
            total[currency] += sign * amount_minor
    return _without_nothing(total)


def written(total: Sum) -> str:
    """For people: "1,234.50 EUR + 20 JPY"."""
    return " + ".join(_written(amount, currency) for currency, amount in sorted(total.items())) or "0"


def _written(amount_minor: int, currency: str) -> str:
    places = exponent(currency)
    whole, decimals = divmod(abs(amount_minor), 10**places)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{decimals:0{places}d}" if places else "") + f" {currency}"


def _without_nothing(total: Counter[str]) -> Sum:
    return {currency: amount for currency, amount in total.items() if amount}
