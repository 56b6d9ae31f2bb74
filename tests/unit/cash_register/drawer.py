"""Days and cash to test with."""

from datetime import UTC, date, datetime, time

from cash_register.domain.days.cash import Cash, Count, MovementKind, payment_movement_id, refund_movement_id, signed
from cash_register.domain.days.day import Day
from cash_register.domain.days.opening import OpenDay, open_day

from kernel.actor import Actor
from kernel.change import Change
from kernel.money import Money

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
DESK = Actor("usr-desk", "Front Desk", "front_desk")
MANAGER = Actor("usr-manager", "Billing Manager", "billing_manager")


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def opened(opening: Money | None = None, *, register: str = "front", on: date = date(2026, 11, 20)) -> Day:
    opening = eur(10_000) if opening is None else opening
    command = OpenDay("clinic-berlin", register, on, opening.currency, Count(opening))
    return open_day(command, Change(datetime.combine(on, time(8), UTC), DESK)).state


def cash(kind: MovementKind, amount: Money, name: str = "1", *, register: str = "front") -> Cash:
    """`amount` is positive; movements of one name and kind are the same movement."""
    ids = {
        "payment": payment_movement_id(f"pay_{name}"),
        "refund": refund_movement_id(f"pay_{name}", f"ref_{name}"),
        "pay_in": f"mov_in_{name}",
        "pay_out": f"mov_out_{name}",
    }
    return Cash(
        movement_id=ids[kind],
        clinic_id="clinic-berlin",
        register_id=register,
        kind=kind,
        amount=signed(kind, amount),
        at=AT,
        by=DESK,
    )
