"""A day's cash as payments has it, beside what the registers say: both ways, receipt by receipt."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kernel.money import Money
from payments.domain.registers.register_movement import RegisterMovement
from payments.domain.settlement.movements import Movement

Why = Literal["not-in-the-register", "not-in-payments", "amounts-differ"]
"""`not-in-the-register` is also what waits there for the next day that is opened."""
_KINDS = {"received": "payment", "refunded": "refund"}
_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class RegisterDifference:
    """One payment or refund that is not the same on both sides; zero where a side does not have it."""

    why: Why
    register_id: str
    kind: str
    payment_id: str
    receipt_number: str | None
    ours: Money
    theirs: Money


@dataclass(frozen=True, slots=True)
class RegisterSums:
    """Cash of one register and currency, less what was given back."""

    register_id: str
    ours: Money
    theirs: Money


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of the clinic's day `on`; registers agree when there are no differences."""

    clinic_id: str
    on: date
    sums: tuple[RegisterSums, ...]
    differences: tuple[RegisterDifference, ...]


def agreement(clinic_id: str, on: date, moved: Iterable[Movement], heard: Iterable[RegisterMovement]) -> Agreement:
    """Of what moved at the same moments: our movements, and those that registers told of."""
    ours: dict[_Key, list[Movement]] = defaultdict(list)
    theirs: dict[_Key, list[RegisterMovement]] = defaultdict(list)
    for movement in moved:
        if movement.method == "cash" and movement.kind in _KINDS:
            register_id, kind = movement.register_id or "", _KINDS[movement.kind]
            ours[register_id, kind, movement.payment_id, movement.amount.currency].append(movement)
    for reported in heard:
        if reported.kind in _KINDS.values():
            theirs[reported.register_id, reported.kind, reported.payment_id or "", reported.amount.currency].append(
                reported
            )
    keys = sorted({*ours, *theirs})
    return Agreement(
        clinic_id,
        on,
        _sums(ours, theirs),
        tuple(line for key in keys for line in _differences(key, ours[key], theirs[key])),
    )


def _differences(
    key: _Key, ours: Sequence[Movement], theirs: Sequence[RegisterMovement]
) -> Iterable[RegisterDifference]:
    register_id, kind, payment_id, currency = key
    here, there = sorted(m.amount.amount_minor for m in ours), sorted(m.amount.amount_minor for m in theirs)
    if here == there:
        return
    why: Why = "amounts-differ" if here and there else "not-in-the-register" if here else "not-in-payments"
    numbers = [*(m.receipt_number for m in ours), *(m.receipt_number for m in theirs)]
    yield RegisterDifference(
        why,
        register_id,
        kind,
        payment_id,
        next(filter(None, numbers), None),
        Money(sum(here), currency),
        Money(sum(there), currency),
    )


def _sums(ours: dict[_Key, list[Movement]], theirs: dict[_Key, list[RegisterMovement]]) -> tuple[RegisterSums, ...]:
    here: dict[tuple[str, str], int] = defaultdict(int)
    there: dict[tuple[str, str], int] = defaultdict(int)
    for (register_id, _, _, currency), moved in ours.items():
        here[register_id, currency] += sum(m.amount.amount_minor for m in moved)
    for (register_id, _, _, currency), reported in theirs.items():
        there[register_id, currency] += sum(m.amount.amount_minor for m in reported)
    return tuple(
        RegisterSums(key[0], Money(here[key], key[1]), Money(there[key], key[1])) for key in sorted({*here, *there})
    )
