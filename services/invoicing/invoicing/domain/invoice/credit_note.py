"""Credit notes: what is taken back of a finalized invoice, by line, never more than what is left of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from invoicing.domain.clinics.clinic import PublicPayer
from invoicing.domain.invoice.bearers import borne_by, net_minor, tells_no_payers, told_apart
from invoicing.domain.invoice.events import InvoicePaid, InvoiceRevised
from invoicing.domain.invoice.invoice import Allocation, CreditNoteRef, Invoice, PayerAmount, TaxSubtotal
from invoicing.domain.invoice.lifecycle import Command, allow, closed, following, settled
from invoicing.domain.invoice.line import Line
from invoicing.domain.invoice.parties import Buyer, Seller
from invoicing.domain.invoice.payers import Payer, allocated, credited_of, parts_of, payer_of
from invoicing.domain.invoice.totals import asked_minor, tax_of
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.ids import derived_id
from kernel.money import Money, percent, round_half_up, times, written
from kernel.value import replace


@dataclass(frozen=True, slots=True)
class LineCredit:
    """Some of a line: a quantity, or a net amount in minor units; all that is left of it with neither."""

    line_id: str
    quantity: str | None = None
    net_minor: int | None = None


@dataclass(slots=True)
class CreditNote:
    """Field for field as in the event.

    A line that was credited by amount is `edited`, with a quantity of 1: its amount follows from no quantity.
    """

    credit_note_id: str
    invoice_id: str
    invoice_number: str
    clinic_id: str
    patient_id: str
    version: int
    number: str
    currency: str
    amount: Money
    reason: str
    issued_on: date
    changed_at: datetime
    changed_by: Actor
    lines: tuple[Line, ...]
    tax: tuple[TaxSubtotal, ...]
    net: Money
    buyer: Buyer
    seller: Seller | None
    payers: tuple[PayerAmount, ...] = ()
    public_payer: PublicPayer | None = None


@dataclass(frozen=True, slots=True)
class CreditNoteIssued:
    """`nth` of its invoice, counted from 1."""

    credit_note: CreditNote
    nth: int


@dataclass(frozen=True, slots=True)
class CreditOutcome:
    """The invoice after a credit note. Both events have a place of their own, since each is saved elsewhere."""

    state: Invoice
    issued: CreditNoteIssued
    credited: InvoicePaid | InvoiceRevised


def credit_note_id(invoice_id: str, nth: int) -> str:
    """Of the invoice's credit notes, counted from 1."""
    return derived_id("crn", invoice_id, str(nth))


def credit_note(
    invoice: Invoice,
    before: Sequence[CreditNote],
    asks: Sequence[LineCredit] | None,
    number: str,
    issued_on: date,
    change: Change,
) -> CreditNote:
    """Takes back the lines asked for, or all that is left without any. `before` are all its credit notes.

    VAT of each category is that of everything credited until now, rounded once (EN 16931 BR-CO-17), less what the notes
    before had of it: however an invoice is credited in parts, they sum to its VAT. The note that completes it takes the
    rounding of the invoice (BT-114), too. Each line is taken from the parts of those who bore it.

    Raises IllegalTransition, Conflict when nothing is left, and BusinessError naming the line.
    """
    allow(invoice, Command.CREDIT)
    if tells_no_payers(invoice):
        invoice = told_apart(invoice, {note.credit_note_id: note.lines for note in before})
    gone = [line for note in before for line in note.lines]
    lines = list(_rest(invoice, gone) if asks is None else _asked(invoice, gone, asks))
    if not lines:
        raise Conflict("nothing-left-to-credit", f"nothing is left to credit of invoice {invoice.invoice_id}")
    tax = _tax(invoice, gone, lines)
    whole_minor = sum(net_minor(line) for line in lines)
    amount = _amount(invoice, [*gone, *lines], whole_minor + sum(group.tax.amount_minor for group in tax))
    return CreditNote(
        credit_note_id=credit_note_id(invoice.invoice_id, len(before) + 1),
        invoice_id=invoice.invoice_id,
        invoice_number=invoice.number or "",
        clinic_id=invoice.clinic_id,
        patient_id=invoice.patient_id,
        version=1,
        number=number,
        currency=invoice.currency,
        amount=amount,
        reason=change.reason or "",
        issued_on=issued_on,
        changed_at=change.at,
        changed_by=change.by,
        lines=tuple(lines),
        tax=tax,
        net=Money(whole_minor, invoice.currency),
        buyer=invoice.buyer,
        seller=invoice.seller,
        payers=borne_by(invoice, gone, lines, amount),
        public_payer=invoice.public_payer,
    )


def at_most(line: Line, gone: Sequence[Line], ask: LineCredit) -> LineCredit | None:
    """What is asked for, as far as it is left; None when that is nothing. `gone` are the lines of the notes before."""
    left_minor = rest_minor(line, gone)
    if ask.quantity is None:
        wanted_minor = left_minor if ask.net_minor is None else ask.net_minor
        if min(left_minor, wanted_minor) <= 0:
            return None
        return ask if wanted_minor <= left_minor else LineCredit(line.line_id)
    used = sum((Fraction(credited.quantity) for credited in _of(line, gone) if not credited.edited), Fraction())
    whole, wanted = Fraction(line.quantity), Fraction(ask.quantity)
    part = net_minor(line) * wanted / whole
    minor = min(left_minor, round_half_up(part.numerator, part.denominator))
    if minor <= 0:
        return None
    return ask if used + wanted <= whole and minor < left_minor else LineCredit(line.line_id, None, minor)


def credit(invoice: Invoice, note: CreditNote, change: Change) -> CreditOutcome:
    """The invoice after this credit note: what it needs no more of a payer's money is their credit on the account."""
    allow(invoice, Command.CREDIT)
    ref = CreditNoteRef(
        note.credit_note_id,
        note.number,
        note.amount,
        note.issued_on,
        note.changed_at,
        note.changed_by,
        note.payers,
    )
    after = following(
        invoice,
        change,
        credit_notes=(*invoice.credit_notes, ref),
        totals=replace(invoice.totals, credited=invoice.totals.credited + note.amount),
    )
    after = settled(allocated(after, _up_to_parts(after)), change)
    return CreditOutcome(after, CreditNoteIssued(note, len(after.credit_notes)), closed(invoice, after))


def _up_to_parts(invoice: Invoice) -> tuple[Allocation, ...]:
    """What each payer still has to bear; the oldest allocations first, as when they are allocated."""
    credited = credited_of(invoice)
    left: dict[Payer, int] = {payer: part - credited.get(payer, 0) for payer, part in parts_of(invoice).items()}
    trimmed = []
    for allocation in invoice.allocations:
        payer = payer_of(allocation, invoice.insurance)
        amount_minor = min(allocation.amount.amount_minor, left.get(payer, 0))
        left[payer] = left.get(payer, 0) - amount_minor
        if amount_minor > 0:
            trimmed.append(replace(allocation, amount=Money(amount_minor, allocation.amount.currency)))
    return tuple(trimmed)


def _amount(invoice: Invoice, gone: Sequence[Line], wanted_minor: int) -> Money:
    left_minor = asked_minor(invoice.totals) - invoice.totals.credited.amount_minor
    complete = all(rest_minor(line, gone) == 0 for line in invoice.lines)
    return Money(left_minor if complete else min(wanted_minor, left_minor), invoice.currency)


def _rest(invoice: Invoice, gone: Sequence[Line]) -> Iterator[Line]:
    for line in invoice.lines:
        if rest_minor(line, gone):
            yield _left_of(line, gone)


def _asked(invoice: Invoice, gone: Sequence[Line], asks: Sequence[LineCredit]) -> Iterator[Line]:
    known = {line.line_id: line for line in invoice.lines}
    seen = list(gone)
    for nth, ask in enumerate(asks):
        if ask.line_id not in known:
            raise BusinessError("line-unknown", "the invoice has no such line", field=f"/lines/{nth}/line_id")
        line = _some_of(known[ask.line_id], seen, ask, f"/lines/{nth}")
        seen.append(line)
        yield line


def _some_of(line: Line, gone: Sequence[Line], ask: LineCredit, field: str) -> Line:
    left_minor = rest_minor(line, gone)
    if left_minor == 0:
        raise BusinessError("more-than-left", "nothing is left of this line", field=field)
    if ask.quantity is not None:
        return _by_quantity(line, gone, ask.quantity, field)
    if ask.net_minor is None:
        return _left_of(line, gone)
    if ask.net_minor > left_minor:
        raise BusinessError("more-than-left", f"{_net_left(line, left_minor)} is left", field=f"{field}/net")
    return _by_amount(line, ask.net_minor)


def _net_left(line: Line, left_minor: int) -> str:
    return f"{written(Money(left_minor, _currency(line)))} net"


def _by_quantity(line: Line, gone: Sequence[Line], quantity: str, field: str) -> Line:
    used = sum((Fraction(credited.quantity) for credited in _of(line, gone) if not credited.edited), Fraction())
    whole, wanted, left_minor = Fraction(line.quantity), Fraction(quantity), rest_minor(line, gone)
    part = net_minor(line) * wanted / whole
    minor = left_minor if used + wanted == whole else round_half_up(part.numerator, part.denominator)
    if used + wanted > whole or minor > left_minor:
        raise BusinessError("more-than-left", f"less is left: {_net_left(line, left_minor)}", field=f"{field}/quantity")
    return _credited(line, quantity, minor)


def _left_of(line: Line, gone: Sequence[Line]) -> Line:
    """By quantity while nothing of it is credited, by amount afterwards."""
    left_minor = rest_minor(line, gone)
    return _credited(line, line.quantity, left_minor) if not _of(line, gone) else _by_amount(line, left_minor)


def _by_amount(line: Line, net_minor: int) -> Line:
    by_hand = replace(line, unit_price=Money(net_minor, _currency(line)))
    return replace(_credited(by_hand, "1", net_minor), edited=True)


def _credited(line: Line, quantity: str, net_minor: int) -> Line:
    """The unit price is told only where it gives the net amount: not after a discount, and not with VAT in it."""
    price = line.unit_price
    fits = price is not None and times(price.amount_minor, quantity) == net_minor
    return replace(
        line,
        quantity=quantity,
        net=Money(net_minor, _currency(line)),
        unit_price=price if fits else None,
        amount=None,
        basis="net",
        discounts=(),
        insurer_part=None,
        secondary_part=None,
        edited=False,
    )


def _tax(invoice: Invoice, gone: Sequence[Line], lines: Sequence[Line]) -> tuple[TaxSubtotal, ...]:
    had = {(group.category, group.rate): group.base.amount_minor for group in tax_of(gone, invoice.currency)}
    groups = []
    for group in tax_of(lines, invoice.currency):
        before_minor = had.get((group.category, group.rate), 0)
        tax_minor = percent(before_minor + group.base.amount_minor, group.rate) - percent(before_minor, group.rate)
        groups.append(replace(group, tax=Money(tax_minor, invoice.currency)))
    return tuple(groups)


def _of(line: Line, gone: Sequence[Line]) -> list[Line]:
    return [credited for credited in gone if credited.line_id == line.line_id]


def rest_minor(line: Line, gone: Sequence[Line]) -> int:
    """What is left of it, net."""
    return net_minor(line) - sum(net_minor(credited) for credited in _of(line, gone))


def _currency(line: Line) -> str:
    return line.net.currency if line.net is not None else ""
