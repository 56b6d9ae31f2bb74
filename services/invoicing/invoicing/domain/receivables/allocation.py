"""Which payment counts towards which invoice: derived anew from the sets of both, so that their order does not matter.

A payment goes to the invoice that it names; what is left of it, and what names none, to the oldest open one. The rest
is the account's credit, and the next invoice takes it. A payment that names an invoice which is not final yet waits.
An invoice that is split has two parts, each with its own payers: too much for one part never closes the other.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from invoicing.domain.invoice.events import InvoicePaid, InvoicePaymentApplied
from invoicing.domain.invoice.invoice import INSURER, PATIENT, Allocation, InsuranceSplit, Invoice, PayingPart, Totals
from invoicing.domain.invoice.lifecycle import (
    ARCHIVED,
    CREDITED,
    FINALIZED,
    PAID,
    WRITTEN_OFF,
    Command,
    following,
    settled,
)
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.receivables.payment import ReceivedPayment
from kernel.change import Change
from kernel.errors import IllegalTransition
from kernel.money import Money
from kernel.outcome import Outcome

COUNTING = (FINALIZED, PAID, CREDITED, WRITTEN_OFF, ARCHIVED)
"""The states in which an invoice is on its account."""


def allocate_account(
    invoices: Iterable[Invoice], payments: Iterable[ReceivedPayment], change: Change, awaited: Collection[str] = ()
) -> Outcome[tuple[Invoice, ...], InvoicePaymentApplied | InvoicePaid]:
    """All invoices of one account as its payments settle them, oldest first; the same object where nothing changes.

    `awaited` are the invoices, named by payments, that are not known or still drafts: their money is kept for them.
    Raises IllegalTransition for an invoice that is not on the account.
    """
    oldest_first = sorted(map(_counting, invoices), key=_age)
    open_payments = [
        _OpenPayment(p) for p in sorted(payments, key=lambda p: (p.received_at, p.payment_id)) if p.settled_minor > 0
    ]
    open_amounts = {invoice.invoice_id: _OpenAmounts(invoice) for invoice in oldest_first}
    for open_payment in open_payments:
        if (named := open_amounts.get(open_payment.payment.invoice_id or "")) is not None:
            named.take(open_payment, _part_of(open_payment.payment, named), named.whole)
    _spread(
        [open_payment for open_payment in open_payments if open_payment.payment.invoice_id not in awaited],
        list(open_amounts.values()),
    )
    after = tuple(_settled(open_amounts[invoice.invoice_id], change) for invoice in oldest_first)
    changed = [now for now, before in zip(after, oldest_first, strict=True) if now is not before]
    return Outcome(after, tuple(map(_applied, changed)))


def _applied(invoice: Invoice) -> InvoicePaymentApplied | InvoicePaid:
    return InvoicePaymentApplied(invoice) if invoice.status == FINALIZED else InvoicePaid(invoice)


def ahead_minor(
    draft: Invoice,
    invoices: Iterable[Invoice],
    payments: Iterable[ReceivedPayment],
    change: Change,
    awaited: Collection[str] = (),
) -> int:
    """What of the account's money counts towards the patient's part of the draft, were it final now.

    `invoices` and `awaited` are as for `allocate_account`, without the draft.
    """
    final = replace(draft, status=FINALIZED, finalized_at=change.at)
    after = allocate_account((*invoices, final), payments, change, awaited).state
    counted = next(invoice for invoice in after if invoice.invoice_id == draft.invoice_id).allocations
    return sum(a.amount.amount_minor for a in counted if draft.insurance is None or a.part == PATIENT)


def payable_minor(totals: Totals) -> int:
    """What is left of the cost to be paid in money, after credit notes and write-offs; never below zero."""
    return max(0, _uncredited_minor(totals) - written_off_minor(totals))


def _uncredited_minor(totals: Totals) -> int:
    return max(0, asked_minor(totals) - totals.credited.amount_minor)


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


class _OpenPayment:
    """What is left of a payment."""

    __slots__ = ("left_minor", "payment")

    def __init__(self, payment: ReceivedPayment) -> None:
        self.payment = payment
        self.left_minor = payment.settled_minor


class _OpenAmounts:
    """What an invoice can still take, as a whole and for each part; credit notes lower the whole.

    What was written off is there for who names the invoice; credit of the account is not spent on it.
    """

    __slots__ = ("given_up", "invoice", "parts", "taken", "whole")

    def __init__(self, invoice: Invoice) -> None:
        split = invoice.insurance
        self.invoice = invoice
        self.whole = _uncredited_minor(invoice.totals)
        self.given_up = invoice.write_off.amount.amount_minor if invoice.write_off else 0
        self.parts: dict[PayingPart, int] = {PATIENT: self.whole}
        if split is not None:
            self.parts = {PATIENT: split.patient_part.amount_minor, INSURER: split.insurer_part.amount_minor}
        self.taken: list[Allocation] = []

    @property
    def wanted(self) -> int:
        """What is asked for still."""
        return max(0, self.whole - self.given_up)

    def take(self, open_payment: _OpenPayment, part: PayingPart, most: int) -> None:
        """As much as fits, if it is the same currency."""
        paid = open_payment.payment
        amount = min(open_payment.left_minor, most, self.parts.get(part, 0))
        if amount > 0 and paid.currency == self.invoice.currency:
            open_payment.left_minor -= amount
            self.whole -= amount
            self.parts[part] -= amount
            money = Money(amount, paid.currency)
            self.taken.append(Allocation(paid.payment_id, money, paid.method, paid.received_at, part))


def _part_of(payment: ReceivedPayment, named: _OpenAmounts) -> PayingPart:
    """Whoever pays for an invoice that is not split pays the whole of it."""
    return payment.part if named.invoice.insurance is not None else PATIENT


def _spread(open_payments: Sequence[_OpenPayment], open_amounts: list[_OpenAmounts]) -> None:
    """What is left, oldest payment first, to what is open, oldest invoice first; each payer for their own part."""
    for open_payment in open_payments:
        if open_payment.left_minor:
            open_amounts = [open_invoice for open_invoice in open_amounts if open_invoice.wanted]
            for open_invoice in open_amounts:
                open_invoice.take(open_payment, open_payment.payment.part, open_invoice.wanted)


def _settled(open_invoice: _OpenAmounts, change: Change) -> Invoice:
    invoice = open_invoice.invoice
    allocations = tuple(sorted(open_invoice.taken, key=lambda a: (a.at, a.payment_id)))
    paid = replace(invoice, allocations=allocations, insurance=_paid_parts(invoice.insurance, allocations))
    after = settled(paid, change)
    if (after.allocations, after.totals, after.status) == (invoice.allocations, invoice.totals, invoice.status):
        return invoice
    return following(after, change)


def _paid_parts(split: InsuranceSplit | None, allocations: Sequence[Allocation]) -> InsuranceSplit | None:
    if split is None:
        return None

    def paid(part: PayingPart) -> Money:
        return Money(sum(a.amount.amount_minor for a in allocations if a.part == part), split.insurer_part.currency)

    return replace(split, insurer_paid=paid(INSURER), patient_paid=paid(PATIENT))
