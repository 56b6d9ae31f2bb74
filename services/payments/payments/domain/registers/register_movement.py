"""What a register said of cash: what payments gave it and took from it, and what it brought to the bank."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from kernel.money import Money

RegisterMovementKind = Literal["payment", "refund", "deposit", "taken_back"]


@dataclass(frozen=True, slots=True)
class RegisterMovement:
    """`amount` into the drawer (positive) or out of it, on the register's day `on`; the cash itself moved `at`.

    A `deposit` went to the bank, by itself or at the close; `taken_back` is the counter-entry of the deposit
    `counters`.
    """

    movement_id: str
    clinic_id: str
    register_id: str
    on: date
    kind: RegisterMovementKind
    amount: Money
    at: datetime
    payment_id: str | None = None
    receipt_number: str | None = None
    counters: str | None = None


@dataclass(frozen=True, slots=True)
class CashDeposit:
    """What somebody brought to the bank; `amount` is positive."""

    deposit_id: str
    clinic_id: str
    register_id: str
    on: date
    amount: Money


def deposits(moved: Iterable[RegisterMovement]) -> tuple[CashDeposit, ...]:
    """Those that were not taken back, in the order of their days."""
    known = list(moved)
    gone = {m.counters for m in known if m.kind == "taken_back"}
    found = (
        CashDeposit(m.movement_id, m.clinic_id, m.register_id, m.on, -m.amount)
        for m in known
        if m.kind == "deposit" and m.movement_id not in gone
    )
    return tuple(sorted(found, key=lambda deposit: (deposit.on, deposit.deposit_id)))
