"""What a clinic decides about one of its registers: what it holds, how exactly it has to agree, and who runs it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Never

from cash_register.domain.days.cash import MAX_DRAWER_MINOR, Count, Denomination
from cash_register.domain.registers.denominations import legal_tender
from cash_register.domain.registers.register import register_key
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden
from kernel.money import Money, written
from kernel.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSettings:
    """Version 0 is of a register that nobody configured: of any currency, without tolerance, run by the whole desk.

    `tolerance` is what a count may differ by without a second person. `most_cash` is what the drawer should hold at
    most. `denominations` are in minor units, none for those of the currency. `operators` are the people, by the
    subject of their token, that run it; none for everybody at the desk. Billing managers always may.
    """

    clinic_id: str
    register_id: str
    version: int = 0
    name: str | None = None
    currency: str | None = None
    tolerance: Money | None = None
    most_cash: Money | None = None
    denominations: tuple[int, ...] = ()
    operators: tuple[str, ...] = ()
    changed_at: datetime | None = None
    changed_by: Actor | None = None

    @property
    def key(self) -> str:
        return register_key(self.clinic_id, self.register_id)

    def demand_operator(self, by: Actor) -> None:
        """Raises Forbidden for somebody at the desk who does not run this register."""
        if self.operators and by.role != "billing_manager" and by.actor_id not in self.operators:
            raise Forbidden("register-not-yours", "this register is run by others")

    def demand_currency(self, currency: str) -> None:
        """Raises BusinessError for a day in another currency than the register's."""
        if self.currency not in (None, currency):
            raise BusinessError(
                "currency-differs", f"the register is in {self.currency}, not in {currency}", field="/currency"
            )

    def demand_denominations(self, count: Count) -> None:
        """Raises BusinessError for a coin or note that the currency, or the register, does not have."""
        known = self.denominations or legal_tender(count.total.currency)
        for index, denomination in enumerate(count.denominations):
            if known and denomination.value_minor not in known:
                raise _unknown(denomination, count.total.currency, index)


def configure(
    before: RegisterSettings, wanted: RegisterSettings, open_in: str | None, change: Change
) -> Outcome[RegisterSettings, Never]:
    """`open_in` is the currency of the day that is open, if one is.

    Raises BusinessError for amounts in another currency than the register's, or out of range, and Conflict for another
    currency than that of the open day.
    """
    for amount, field in ((wanted.tolerance, "/tolerance"), (wanted.most_cash, "/most_cash")):
        if amount is not None:
            _demand_amount(amount, wanted.currency, field)
    if open_in not in (None, wanted.currency):
        raise Conflict("day-already-open", f"a day in {open_in} is open: close it first", field="/currency")
    after = replace(wanted, version=before.version + 1, changed_at=change.at, changed_by=change.by)
    return Outcome(after)


def _demand_amount(amount: Money, currency: str | None, field: str) -> None:
    if amount.currency != currency:
        raise BusinessError(
            "currency-differs", f"the register is in {currency}, not in {amount.currency}", field=f"{field}/currency"
        )
    if not 0 <= amount.amount_minor <= MAX_DRAWER_MINOR:
        most = written(Money(MAX_DRAWER_MINOR, amount.currency))
        raise BusinessError("amount-out-of-range", f"nothing, or at most {most}", field=f"{field}/amount_minor")


def _unknown(denomination: Denomination, currency: str, index: int) -> BusinessError:
    value = written(Money(denomination.value_minor, currency))
    return BusinessError(
        "denomination-unknown", f"there is no coin or note of {value}", field=f"/denominations/{index}/value_minor"
    )
