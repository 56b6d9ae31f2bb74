"""What a day's books say, as receipts: the float, what moved, what the count found otherwise, what went to the bank.

So the receipts of a closing sum to what it left in the drawer, whatever moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from cash_register.domain.days.cash import Movement, payment_movement_id
from cash_register.domain.days.day import Day
from cash_register.domain.days.tally import category_of
from cash_register.domain.exports.closings import BusinessCase, Line, Receipt, Reference
from cash_register.domain.exports.vat import UNKNOWN, VatShare, at_rate, shares_of, split, without_vat
from cash_register.domain.registers.takings import Allocated, Taking
from kernel.actor import Actor
from kernel.ids import derived_id

OPENING_NUMBER = 1
FIRST_NUMBER = OPENING_NUMBER + 1
"""Of the movements."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of the payment that a movement is of: all that was paid, in minor units, and what for."""

    paid_minor: int
    patient_id: str | None = None
    allocated: tuple[Allocated, ...] = ()

    @property
    def ahead_minor(self) -> int:
        """What went to no invoice."""
        return max(self.paid_minor - sum(part.amount_minor for part in self.allocated), 0)


def opening_receipt(day: Day, zone: ZoneInfo) -> Receipt:
    """The float. It is one of nothing where the drawer was empty (DSFinV-K, annex C, Anfangsbestand)."""
    line = Line("Anfangsbestand", "Anfangsbestand", without_vat(day.opening.amount_minor))
    id_ = derived_id("mov", "opening", day.day_id)
    return _receipt(id_, OPENING_NUMBER, day.opened_at.astimezone(zone), day.opened_by, line)


def movement_receipt(
    movement: Movement,
    number: int,
    origin: Origin | None,
    zone: ZoneInfo,
    returns: Reference | None = None,
) -> Receipt:
    """`origin` is that of a payment or refund, None where it is not known; `returns` what is known of `returned_id`."""
    return Receipt(
        receipt_id=movement.movement_id,
        number=number,
        at=movement.at.astimezone(zone),
        person_id=movement.by.actor_id,
        person_name=movement.by.name,
        lines=_lines(movement, origin),
        patient_id=origin.patient_id if origin else None,
        receipt_number=movement.receipt_number,
        returns=returns,
        void=movement.counters is not None,
        late=movement.late,
    )


def taking_receipt(
    taking: Taking,
    number: int,
    origin: Origin | None,
    zone: ZoneInfo,
    returns: Reference | None = None,
) -> Receipt:
    """What was paid, or given back, beside cash: no cash moves with it. As `movement_receipt`."""
    amount_minor = taking.amount.amount_minor
    return Receipt(
        receipt_id=taking.taking_id,
        number=number,
        at=taking.at.astimezone(zone),
        person_id=taking.by.actor_id,
        person_name=taking.by.name,
        lines=_paid(amount_minor, origin or Origin(amount_minor)) if taking.used is None else _used(taking.used),
        method=taking.method,
        patient_id=origin.patient_id if origin else None,
        receipt_number=taking.receipt_number,
        returns=returns,
    )


def returned_id(one: Movement | Taking) -> str | None:
    """What gives its money back with this one: the payment of a refund, or what a counter-entry takes back."""
    if isinstance(one, Movement) and one.counters is not None:
        return one.counters
    match one.kind:
        case "refund":
            return None if one.payment_id is None else payment_movement_id(one.payment_id)
        case "deposit_used":
            return payment_movement_id(one.payment_id)
        case "payment" | "pay_in" | "pay_out":
            return None
        case _:
            assert_never(one.kind)


def closing_receipts(day: Day, first_number: int, zone: ZoneInfo) -> list[Receipt]:
    """What was counted otherwise than expected, and what of it went to the bank; none of a day that is open."""
    if day.closed_at is None or day.variance is None:
        return []
    lines: dict[str, Line] = {}
    if found_minor := day.variance.amount_minor:
        lines["variance"] = _line("DifferenzSollIst", day.variance_reason or "Kassendifferenz", found_minor)
    if day.deposit is not None and day.deposit.amount_minor:
        lines["deposit"] = _line("Geldtransit", "Bankeinzahlung", -day.deposit.amount_minor)
    at = day.closed_at.astimezone(zone)
    return [
        _receipt(derived_id("mov", what, day.day_id), number, at, day.closed_by, line)
        for number, (what, line) in enumerate(lines.items(), first_number)
    ]


def _receipt(id_: str, number: int, at: datetime, by: Actor | None, line: Line) -> Receipt:
    return Receipt(
        receipt_id=id_,
        number=number,
        at=at,
        person_id=by.actor_id if by else "",
        person_name=by.name if by else None,
        lines=(line,),
    )


def _lines(movement: Movement, origin: Origin | None) -> tuple[Line, ...]:
    amount_minor, text = movement.amount.amount_minor, movement.reason
    match category_of(movement):
        case "payment" | "refund":
            return (*_paid(claimed_minor(movement), origin or Origin(claimed_minor(movement))), *_rounded(movement))
        case "difference":
            return (_line("DifferenzSollIst", text or "Kassendifferenz", amount_minor),)
        case "bank_deposit":
            return (_line("Geldtransit", text or "Bankeinzahlung", amount_minor),)
        case "float_change":
            return (_line("Geldtransit", text or "Wechselgeld", amount_minor),)
        case "private_deposit":
            return (_line("Privateinlage", text or "Privateinlage", amount_minor),)
        case "private_withdrawal":
            return (_line("Privatentnahme", text or "Privatentnahme", amount_minor),)
        case "tip":
            return (_tip(amount_minor, movement.vat_rate, text or "Trinkgeld"),)
        case "wages":
            return (_line("Lohnzahlung", text or "Lohnzahlung", amount_minor),)
        case "purchase":
            return (_purchase(movement, text or "Einkauf"),)
        case "other":
            case = _way(movement)
            return (_line(case, text or case, amount_minor),)
        case other:
            assert_never(other)


def claimed_minor(movement: Movement) -> int:
    """What was to be paid or given back: the cash without what its rounding made of it."""
    return movement.amount.amount_minor - (movement.rounding.amount_minor if movement.rounding else 0)


def _rounded(movement: Movement) -> tuple[Line, ...]:
    """Where there are no small coins: more or less than the claim, whatever it was for.

    No case of DSFinV-K (annex C) is for it, since nothing is rounded in Germany. Aufschlag and Rabatt are what is put
    on a whole transaction, or taken off it. Where cash is rounded, VAT is that of the amount before: so it has key 5.
    It is not DifferenzSollIst, which is what a count finds.
    """
    if movement.rounding is None or movement.rounding.amount_minor == 0:
        return ()
    rounding_minor = movement.rounding.amount_minor
    return (_line("Aufschlag" if rounding_minor > 0 else "Rabatt", "Rundung", rounding_minor),)


def _way(movement: Movement) -> BusinessCase:
    """A counter-entry is less of what it takes back, not more of its opposite."""
    into = (movement.amount.amount_minor > 0) != (movement.counters is not None)
    return "Einzahlung" if into else "Auszahlung"


def _tip(amount_minor: int, vat_rate: str | None, text: str) -> Line:
    """That of the clinic is turnover, that of who works there is not (annex C)."""
    if vat_rate is None:
        return _line("TrinkgeldAN", text, amount_minor)
    return _line("TrinkgeldAG", text, amount_minor, at_rate(amount_minor, vat_rate))


def _purchase(movement: Movement, text: str) -> Line:
    amount_minor, voucher = movement.amount.amount_minor, movement.voucher
    if voucher is None:
        return _line("Auszahlung", text, amount_minor, without_vat(amount_minor, UNKNOWN))
    return Line("Auszahlung", text, at_rate(amount_minor, voucher.vat_rate), voucher_number=voucher.number)


def _paid(amount_minor: int, origin: Origin) -> tuple[Line, ...]:
    """A claim that is settled for each invoice, and what was paid ahead of any.

    A refund takes from each in proportion, since nobody says of which.
    """
    allocated = tuple(part for part in origin.allocated if part.amount_minor)
    weights = [*(part.amount_minor for part in allocated), origin.ahead_minor]
    parts = split(amount_minor, weights) if sum(weights) else [0] * len(allocated) + [amount_minor]
    *settled, ahead = parts
    lines = [_settled(part_minor, part) for part_minor, part in zip(settled, allocated, strict=True) if part_minor]
    if ahead or not lines:
        text = f"{_what(ahead)} ohne Rechnung"
        lines.append(_line("Anzahlungseinstellung", text, ahead, without_vat(ahead, UNKNOWN)))
    return tuple(lines)


def _used(used: Allocated) -> tuple[Line, ...]:
    """A deposit becomes the payment of an invoice: no money moves, and the VAT is known now (annex C)."""
    amount_minor, number = used.amount_minor, used.invoice_number
    text = f"Anzahlung für Rechnung {number}"
    taken = Line("Anzahlungsaufloesung", text, without_vat(-amount_minor, UNKNOWN), invoice_number=number)
    return taken, _settled(amount_minor, used)


def _settled(amount_minor: int, part: Allocated) -> Line:
    shares, number = shares_of(amount_minor, part.taxed), part.invoice_number
    return Line("Forderungsaufloesung", f"{_what(amount_minor)} zu Rechnung {number}", shares, invoice_number=number)


def _what(amount_minor: int) -> str:
    return "Rückzahlung" if amount_minor < 0 else "Zahlung"


def _line(case: BusinessCase, text: str, amount_minor: int, shares: Sequence[VatShare] = ()) -> Line:
    """Without VAT, if not otherwise."""
    return Line(case, text, tuple(shares) or without_vat(amount_minor))
