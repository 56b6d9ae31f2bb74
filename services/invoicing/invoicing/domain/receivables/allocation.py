"""Which payment counts towards which invoice: derived anew from the sets of both, so that their order does not matter.

A payment goes to the invoice that it names; what is left of it, and what names none, to the oldest open one. The rest
is the account's credit, and the next invoice takes it. A payment that names an invoice which is not final yet waits.
An invoice that is split has a part for each payer: too much of one is their credit, and never pays another's part.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from invoicing.domain.invoice.events import InvoicePaid, InvoicePaymentApplied, InvoiceRevised
from invoicing.domain.invoice.invoice import INSURER, PATIENT, Allocation, Invoice, Totals
from invoicing.domain.invoice.lifecycle import (
    ARCHIVED,
    CREDITED,
    FINALIZED,
    NO_CHARGE,
    PAID,
    WRITTEN_OFF,
    Command,
    following,
    settled,
)
from invoicing.domain.invoice.payers import THE_PATIENT, Payer, allocated, credited_of, parts_of, wanted_of
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.receivables.payment import ReceivedPayment
from kernel.change import Change
from kernel.errors import IllegalTransition
from kernel.money import Money
from kernel.outcome import Outcome
from kernel.value import replace

COUNTING = (FINALIZED, PAID, NO_CHARGE, CREDITED, WRITTEN_OFF, ARCHIVED)
"""The states in which an invoice is on its account."""
Settled = InvoicePaymentApplied | InvoicePaid | InvoiceRevised


def allocate_account(
    invoices: Iterable[Invoice], payments: Iterable[ReceivedPayment], change: Change, awaited: Collection[str] = ()
) -> Outcome[tuple[Invoice, ...], Settled]:
    """All invoices of one account as its payments settle them, oldest first; the same object where nothing changes.

    `awaited` are the invoices, named by payments, that are not known or still drafts: their money is kept for them.
    Raises IllegalTransition for an invoice that is not on the account.
    """
    oldest_first = sorted(map(_counting, invoices), key=_age)
    open_payments = [
        _OpenPayment(p, paying_for(p, oldest_first))
        for p in sorted(payments, key=lambda p: (p.received_at, p.payment_id))
        if p.settled_minor > 0
    ]
    open_amounts = {invoice.invoice_id: _OpenAmounts(invoice) for invoice in oldest_first}
    for open_payment in open_payments:
        if (named := open_amounts.get(open_payment.payment.invoice_id or "")) is not None:
            # Whoever pays for an invoice that nobody else has a part of pays the whole of it.
            payer = open_payment.payer if named.invoice.insurance is not None else THE_PATIENT
            named.take(open_payment, payer, named.left)
    _spread(
        [open_payment for open_payment in open_payments if open_payment.payment.invoice_id not in awaited],
        list(open_amounts.values()),
    )
    after = tuple(_settled(open_amounts[invoice.invoice_id], change) for invoice in oldest_first)
    changed = [(now, before) for now, before in zip(after, oldest_first, strict=True) if now is not before]
    return Outcome(after, tuple(_applied(now, before) for now, before in changed))


def paying_for(payment: ReceivedPayment, invoices: Sequence[Invoice]) -> Payer:
    """Whose money it is: for their parts only it counts, and what is left of it is their credit.

    An insurer's payment that does not say whose is the only insurer's of the invoice that it names, else that of the
    only one who had a part of the account's invoices when it came (of any, where none had). Of several nobody knows
    whose it is: it stays credit until a person says so.
    """
    if payment.part == PATIENT:
        return THE_PATIENT
    if payment.payer_id is not None:
        return INSURER, payment.payer_id
    split = [invoice for invoice in invoices if invoice.insurance is not None]
    named = [invoice for invoice in split if invoice.invoice_id == payment.invoice_id]
    by_then = [invoice for invoice in split if _age(invoice)[0] <= payment.received_at]
    payers = {payer for invoice in named or by_then or split for payer in parts_of(invoice) if payer != THE_PATIENT}
    return payers.pop() if len(payers) == 1 else (INSURER, None)


def unused(invoices: Iterable[Invoice], payments: Iterable[ReceivedPayment]) -> dict[str, int]:
    """What no invoice uses of each payment, by its id."""
    left = {payment.payment_id: payment.settled_minor for payment in payments}
    for invoice in invoices:
        for allocation in invoice.allocations:
            if allocation.payment_id in left:
                left[allocation.payment_id] -= allocation.amount.amount_minor
    return {payment_id: minor for payment_id, minor in left.items() if minor}


def _applied(invoice: Invoice, before: Invoice) -> Settled:
    if invoice.status == FINALIZED:
        return InvoicePaymentApplied(invoice)
    if invoice.status == NO_CHARGE or (invoice.totals, invoice.status) == (before.totals, before.status):
        return InvoiceRevised(invoice)
    return InvoicePaid(invoice)


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
    return max(0, asked_minor(totals) - totals.credited.amount_minor - written_off_minor(totals))


def written_off_minor(totals: Totals) -> int:
    """What was given up."""
    return 0 if totals.written_off is None else totals.written_off.amount_minor


def _counting(invoice: Invoice) -> Invoice:
    if invoice.status not in COUNTING:
        raise IllegalTransition(f"invoice {invoice.invoice_id}", invoice.status, Command.ALLOCATE)
    return invoice


def _age(invoice: Invoice) -> tuple[datetime, str]:
    return invoice.finalized_at or invoice.drafted_at, invoice.invoice_id


class _OpenPayment:
    """What is left of a payment, and whose it is."""

    __slots__ = ("left_minor", "payer", "payment")

    def __init__(self, payment: ReceivedPayment, payer: Payer) -> None:
        self.payment = payment
        self.payer = payer
        self.left_minor = payment.settled_minor


class _OpenAmounts:
    """What an invoice can still take of each payer, after what credit notes took from their part.

    What was written off is there for who names the invoice; credit of the account is not spent on it.
    """

    __slots__ = ("invoice", "left", "taken")

    def __init__(self, invoice: Invoice) -> None:
        credited = credited_of(invoice)
        self.invoice = invoice
        self.left = {payer: max(0, part - credited.get(payer, 0)) for payer, part in parts_of(invoice).items()}
        self.taken: list[Allocation] = []

    @property
    def wanted(self) -> dict[Payer, int]:
        """What is asked of each still; empty for nothing."""
        return {payer: minor for payer, minor in wanted_of(self.invoice, self.left).items() if minor}

    def take(self, open_payment: _OpenPayment, payer: Payer, most: Mapping[Payer, int]) -> None:
        """As much as fits, if it is the same currency."""
        paid = open_payment.payment
        amount = min(open_payment.left_minor, most.get(payer, 0))
        if amount > 0 and paid.currency == self.invoice.currency:
            open_payment.left_minor -= amount
            self.left[payer] -= amount
            money = Money(amount, paid.currency)
            self.taken.append(Allocation(paid.payment_id, money, paid.method, paid.received_at, *payer))


def _spread(open_payments: Sequence[_OpenPayment], open_amounts: list[_OpenAmounts]) -> None:
    """What is left, oldest payment first, to what is open, oldest invoice first; each payer for their own part."""
    for open_payment in open_payments:
        if open_payment.left_minor:
            open_amounts = [open_invoice for open_invoice in open_amounts if open_invoice.wanted]
            for open_invoice in open_amounts:
                open_invoice.take(open_payment, open_payment.payer, open_invoice.wanted)


def _settled(open_invoice: _OpenAmounts, change: Change) -> Invoice:
    invoice = open_invoice.invoice
    taken = tuple(sorted(open_invoice.taken, key=lambda a: (a.at, a.payment_id)))
    after = settled(invoice if taken == invoice.allocations else allocated(invoice, taken), change)
    return invoice if after is invoice else following(after, change)
