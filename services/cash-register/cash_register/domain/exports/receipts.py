"""What a day's books say, as receipts: the float, each movement, and what the count found otherwise.

So the receipts of a closing sum to what was counted, whatever moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from cash_register.domain.days.cash import Movement, payment_movement_id
from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import BusinessCase, Line, NotSigned, Receipt, Signed
from cash_register.domain.exports.vat import UNKNOWN, Taxed, VatShare, shares_of, split, without_vat
from kernel.actor import Actor
from kernel.ids import derived_id


@dataclass(frozen=True, slots=True)
class Allocated:
    """What of a payment went to an invoice, and what VAT that invoice has."""

    invoice_number: str
    amount_minor: int
    taxed: tuple[Taxed, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of the payment that a movement is of: all that was paid, in minor units, and what for."""

    paid_minor: int
    patient_id: str | None = None
    receipt_number: str | None = None
    allocated: tuple[Allocated, ...] = ()


def opening_receipt(day: Day, zone: ZoneInfo, by: Actor | None = None) -> Receipt:
    """The float. It is one of nothing where the drawer was empty (DSFinV-K, annex C, Anfangsbestand)."""
    line = Line("Anfangsbestand", "Anfangsbestand", without_vat(day.opening.amount_minor))
    return _receipt(opening_receipt_id(day.day_id), 1, day.opened_at.astimezone(zone), by, (line,))


def movement_receipt(
    movement: Movement, number: int, origin: Origin | None, zone: ZoneInfo, signing: Signed | NotSigned | None = None
) -> Receipt:
    """`origin` is that of a payment or refund, None where it is not known."""
    return Receipt(
        receipt_id=movement.movement_id,
        number=number,
        at=movement.at.astimezone(zone),
        person_id=movement.by.actor_id,
        person_name=movement.by.name,
        lines=_lines(movement, origin),
        patient_id=origin.patient_id if origin else None,
        receipt_number=origin.receipt_number if origin else None,
        returns=_returned(movement),
        late=movement.late,
        signing=signing,
    )


def closing_receipt(day: Day, zone: ZoneInfo) -> Receipt | None:
    """What was counted otherwise than expected; None for a day that is open, or was counted as expected."""
    if day.variance is None or day.closed_at is None or day.variance.amount_minor == 0:
        return None
    text = day.variance_reason or "Kassendifferenz"
    line = Line("DifferenzSollIst", text, without_vat(day.variance.amount_minor))
    number = day.movement_count + 2
    return _receipt(variance_receipt_id(day.day_id), number, day.closed_at.astimezone(zone), day.closed_by, (line,))


def opening_receipt_id(day_id: str) -> str:
    return derived_id("mov", "opening", day_id)


def variance_receipt_id(day_id: str) -> str:
    return derived_id("mov", "variance", day_id)


def _receipt(id_: str, number: int, at: datetime, by: Actor | None, lines: tuple[Line, ...]) -> Receipt:
    return Receipt(
        receipt_id=id_,
        number=number,
        at=at,
        person_id=by.actor_id if by else "",
        person_name=by.name if by else None,
        lines=lines,
    )


def _lines(movement: Movement, origin: Origin | None) -> tuple[Line, ...]:
    amount_minor = movement.amount.amount_minor
    match movement.kind:
        case "payment" | "refund":
            return _paid(amount_minor, origin or Origin(amount_minor))
        case "pay_in":
            return (Line("Einzahlung", movement.reason or "Einzahlung", without_vat(amount_minor)),)
        case "pay_out":
            return (Line("Auszahlung", movement.reason or "Auszahlung", without_vat(amount_minor)),)
        case _:
            assert_never(movement.kind)


def _returned(movement: Movement) -> str | None:
    match movement.kind:
        case "refund":
            return None if movement.payment_id is None else payment_movement_id(movement.payment_id)
        case "payment" | "pay_in" | "pay_out":
            return None
        case _:
            assert_never(movement.kind)


def _paid(amount_minor: int, origin: Origin) -> tuple[Line, ...]:
    """A claim that is settled for each invoice, and what was paid ahead of any.

    A refund takes from each in proportion, since nobody says of which.
    """
    allocated = tuple(part for part in origin.allocated if part.amount_minor)
    ahead_minor = max(origin.paid_minor - sum(part.amount_minor for part in allocated), 0)
    weights = [*(part.amount_minor for part in allocated), ahead_minor]
    parts = split(amount_minor, weights) if sum(weights) else [0] * len(allocated) + [amount_minor]
    *settled, ahead = parts
    lines = [_settled(part_minor, part) for part_minor, part in zip(settled, allocated, strict=True) if part_minor]
    if ahead or not lines:
        lines.append(_line("Anzahlungseinstellung", ahead, "ohne Rechnung", without_vat(ahead, UNKNOWN)))
    return tuple(lines)


def _settled(amount_minor: int, part: Allocated) -> Line:
    shares = shares_of(amount_minor, part.taxed)
    number = part.invoice_number
    return _line("Forderungsaufloesung", amount_minor, f"zu Rechnung {number}", shares, number)


def _line(
    case: BusinessCase, amount_minor: int, of: str, shares: Sequence[VatShare], invoice_number: str | None = None
) -> Line:
    what = "Rückzahlung" if amount_minor < 0 else "Zahlung"
    return Line(case, f"{what} {of}", tuple(shares), invoice_number)
