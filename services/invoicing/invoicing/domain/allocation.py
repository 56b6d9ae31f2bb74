"""Which payment counts towards which invoice: derived anew from the sets of both, so that their order does not matter.

A payment goes to the invoice that it names; what is left of it, and what names none, to the oldest open one. The rest
is the account's credit, and the next invoice takes it. A payment that names an invoice which is not final yet waits.
An invoice that is split has two parts, each with its own payers: too much for one part never closes the other.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from chassis.kernel.errors import IllegalTransition
from chassis.kernel.money import Money
from invoicing.domain.invoice import Allocation, InsuranceSplit, Invoice, Totals
from invoicing.domain.lifecycle import ARCHIVED, FINALIZED, PAID, Change, Command, Paid

CREDITED, WRITTEN_OFF = "credited", "written_off"
COUNTING = (FINALIZED, PAID, CREDITED, WRITTEN_OFF, ARCHIVED)
"""The states in which an invoice is on its account."""
PATIENT, INSURER = "patient", "insurer"


def allocate_account(
    invoices: Iterable[Invoice], payments: Iterable[Paid], change: Change, awaited: Collection[str] = ()
) -> tuple[Invoice, ...]:
    """All invoices of one account as its payments settle them, oldest first; the same object where nothing changes.

    `awaited` are the invoices, named by payments, that are not known or still drafts: their money is kept for them.
    Raises IllegalTransition for an invoice that is not on the account.
    """
    oldest_first = sorted(map(_counting, invoices), key=_age)
    purses = [_Purse(p) for p in sorted(payments, key=lambda p: (p.received_at, p.payment_id)) if p.settled_minor > 0]
    rooms = {invoice.invoice_id: _Room(invoice) for invoice in oldest_first}
    for purse in purses:
        if (named := rooms.get(purse.payment.invoice_id or "")) is not None:
            named.take(purse, _part_of(purse.payment, named))
    _spread([purse for purse in purses if purse.payment.invoice_id not in awaited], list(rooms.values()))
    return tuple(_settled(rooms[invoice.invoice_id], change) for invoice in oldest_first)


def cost_minor(totals: Totals) -> int:
    """What the invoice asks for: gross with its rounding (EN 16931 BT-112 and BT-114)."""
    return totals.gross.amount_minor + _minor(totals.rounding)


def payable_minor(totals: Totals) -> int:
    """What is left of the cost to be paid in money, after credit notes and write-offs; never below zero."""
    return max(0, cost_minor(totals) - totals.credited.amount_minor - written_off_minor(totals))


def written_off_minor(totals: Totals) -> int:
    """What was given up."""
    return _minor(totals.written_off)


def _minor(amount: Money | None) -> int:
    return 0 if amount is None else amount.amount_minor


def _counting(invoice: Invoice) -> Invoice:
    if invoice.status not in COUNTING:
        raise IllegalTransition(f"invoice {invoice.invoice_id}", invoice.status, Command.ALLOCATE)
    return invoice


def _age(invoice: Invoice) -> tuple[datetime, str]:
    return invoice.finalized_at or invoice.drafted_at, invoice.invoice_id


class _Purse:
    """What is left of a payment."""

    __slots__ = ("left_minor", "payment")

    def __init__(self, payment: Paid) -> None:
        self.payment = payment
        self.left_minor = payment.settled_minor


class _Room:
    """What an invoice can still take, as a whole and for each part; credit notes and write-offs lower the whole."""

    __slots__ = ("invoice", "parts", "taken", "whole")

    def __init__(self, invoice: Invoice) -> None:
        split = invoice.insurance
        self.invoice = invoice
        self.whole = payable_minor(invoice.totals)
        self.parts = {PATIENT: self.whole}
        if split is not None:
            self.parts = {PATIENT: split.patient_part.amount_minor, INSURER: split.insurer_part.amount_minor}
        self.taken: list[Allocation] = []

    def take(self, purse: _Purse, part: str) -> None:
        """As much as fits, if it is the same currency."""
        paid = purse.payment
        amount = min(purse.left_minor, self.whole, self.parts.get(part, 0))
        if amount > 0 and paid.currency == self.invoice.currency:
            purse.left_minor -= amount
            self.whole -= amount
            self.parts[part] -= amount
            money = Money(amount, paid.currency)
            self.taken.append(Allocation(paid.payment_id, money, paid.method, paid.received_at, part))


def _part_of(payment: Paid, named: _Room) -> str:
    """Whoever pays for an invoice that is not split pays the whole of it."""
    return payment.part if named.invoice.insurance is not None else PATIENT


def _spread(purses: Sequence[_Purse], rooms: list[_Room]) -> None:
    """What is left, oldest payment first, to what is open, oldest invoice first; each payer for his own part."""
    for purse in purses:
        if purse.left_minor:
            rooms = [room for room in rooms if room.whole]
            for room in rooms:
                room.take(purse, purse.payment.part)


def _settled(room: _Room, change: Change) -> Invoice:
    invoice = room.invoice
    allocations = tuple(sorted(room.taken, key=lambda a: (a.at, a.payment_id)))
    paid_minor = sum(a.amount.amount_minor for a in allocations)
    totals = replace(invoice.totals, paid=Money(paid_minor, invoice.currency), due=Money(room.whole, invoice.currency))
    status = _status(invoice, totals)
    if (allocations, totals, status) == (invoice.allocations, invoice.totals, invoice.status):
        return invoice
    archived = status == ARCHIVED
    return replace(
        invoice,
        version=invoice.version + 1,
        status=status,
        allocations=allocations,
        totals=totals,
        insurance=_paid_parts(invoice.insurance, allocations),
        paid_at=(invoice.paid_at or change.at) if status == PAID else invoice.paid_at if archived else None,
        paid_by=(invoice.paid_by or change.by) if status == PAID else invoice.paid_by if archived else None,
        archived_at=invoice.archived_at if archived else None,
        archived_by=invoice.archived_by if archived else None,
        changed_at=change.at,
        changed_by=change.by,
        reason=change.reason,
    )


def _status(invoice: Invoice, totals: Totals) -> str:
    """Open, or closed: by money, by credit notes alone, or with something written off."""
    if totals.due.amount_minor:
        return FINALIZED
    if invoice.status == ARCHIVED:
        return ARCHIVED
    if written_off_minor(totals):
        return WRITTEN_OFF
    return CREDITED if totals.credited.amount_minor and not payable_minor(totals) else PAID


def _paid_parts(split: InsuranceSplit | None, allocations: Sequence[Allocation]) -> InsuranceSplit | None:
    if split is None:
        return None

    def paid(part: str) -> Money:
        return Money(sum(a.amount.amount_minor for a in allocations if a.part == part), split.insurer_part.currency)

    return replace(split, insurer_paid=paid(INSURER), patient_paid=paid(PATIENT))
