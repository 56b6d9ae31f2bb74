"""Who owes what of an invoice: the patient, and each insurer. No payer's money or credit is another's."""

from collections import defaultdict
from collections.abc import Mapping

from invoicing.domain.invoice.invoice import (
    INSURER,
    PATIENT,
    Allocation,
    InsuranceSplit,
    Invoice,
    PayerAmount,
    PayerShare,
    PayingPart,
    WriteOff,
)
from invoicing.domain.invoice.proration import spread
from invoicing.domain.invoice.totals import asked_minor
from kernel.errors import BusinessError
from kernel.money import Money
from kernel.value import replace

Payer = tuple[PayingPart, str | None]
"""(whose part, insurer's id)"""
Minors = dict[Payer, int]
THE_PATIENT: Payer = (PATIENT, None)


def parts_of(invoice: Invoice) -> Minors:
    """What each has to pay, insurers first, in their order; together what the invoice costs."""
    split = invoice.insurance
    if split is None:
        return {THE_PATIENT: asked_minor(invoice.totals)}
    second = split.secondary
    of_second = 0 if second is None else second.amount.amount_minor
    parts: Minors = {(INSURER, split.payer_id): split.insurer_part.amount_minor - of_second}
    if second is not None:
        # One insurer may cover the patient twice, by two members' plans: that is one payer.
        parts[INSURER, second.payer_id] = parts.get((INSURER, second.payer_id), 0) + of_second
    parts[THE_PATIENT] = split.patient_part.amount_minor
    return parts


def credited_of(invoice: Invoice) -> Minors:
    """What credit notes took from each payer's part.

    A note from before they said so takes from all parts in proportion, until its lines are looked at (`told_apart`).
    """
    credited: Minors = defaultdict(int)
    for note in invoice.credit_notes:
        for taken in note.payers or _in_proportion(invoice, credited, note.amount):
            credited[taken.part, taken.payer_id] += taken.amount.amount_minor
    return credited


def payer_of(allocation: Allocation, split: InsuranceSplit | None) -> Payer:
    """Whose part it pays: an insurer's that is not named is the first one's."""
    if allocation.part == PATIENT or split is None:
        return THE_PATIENT
    return allocation.part, allocation.payer_id or split.payer_id


def shares_of(invoice: Invoice) -> tuple[PayerShare, ...]:
    """What each payer has paid and owes of it, by its parts, allocations, credit notes and write-off."""
    parts, credited, paid = parts_of(invoice), credited_of(invoice), paid_of(invoice)
    left = {payer: max(0, part - credited.get(payer, 0) - paid.get(payer, 0)) for payer, part in parts.items()}
    given_up, names = _given_up(invoice.write_off, left), _names(invoice.insurance)

    def money(minor: int) -> Money:
        return Money(minor, invoice.currency)

    return tuple(
        PayerShare(
            *payer,
            payer_name=names.get(payer),
            amount=money(part),
            paid=money(paid.get(payer, 0)),
            credited=money(credited.get(payer, 0)),
            written_off=money(given := min(left[payer], given_up.get(payer, 0))),
            open=money(left[payer] - given),
        )
        for payer, part in parts.items()
    )


def payer_named(invoice: Invoice, wanted: Payer) -> Payer:
    """The payer of the invoice that is meant. Raises BusinessError where there is none, or several insurers fit."""
    fitting = [payer for payer in parts_of(invoice) if payer[0] == wanted[0] and wanted[1] in (None, payer[1])]
    if len(fitting) != 1:
        what = "several insurers have" if fitting else "no such payer has"
        raise BusinessError("payer-unknown", f"{what} a part of invoice {invoice.invoice_id}", field="/payer_id")
    return fitting[0]


def paid_of(invoice: Invoice) -> Minors:
    """What each payer's money counts towards it."""
    paid: Minors = defaultdict(int)
    for allocation in invoice.allocations:
        paid[payer_of(allocation, invoice.insurance)] += allocation.amount.amount_minor
    return paid


def patient_due_minor(invoice: Invoice) -> int:
    """What the patient still owes of it."""
    return sum(share.open.amount_minor for share in shares_of(invoice) if share.part == PATIENT)


def allocated(invoice: Invoice, allocations: tuple[Allocation, ...]) -> Invoice:
    """The invoice with these allocations, and what they pay of either part."""
    split = invoice.insurance
    if split is None:
        return replace(invoice, allocations=allocations)
    paid = {PATIENT: 0, INSURER: 0}
    for allocation in allocations:
        paid[allocation.part] += allocation.amount.amount_minor
    insurer, patient = (Money(paid[part], invoice.currency) for part in (INSURER, PATIENT))
    return replace(
        invoice, allocations=allocations, insurance=replace(split, insurer_paid=insurer, patient_paid=patient)
    )


def wanted_of(invoice: Invoice, left: Minors) -> Minors:
    """What is asked of each payer still, where so much is `left` of their parts: less what was given up."""
    given_up = invoice.write_off
    if given_up is None:
        return left
    if not given_up.payers:
        whole = max(0, sum(left.values()) - given_up.amount.amount_minor)
        return {payer: min(minor, whole) for payer, minor in left.items()}
    given = _given_up(given_up, left)
    return {payer: max(0, minor - given.get(payer, 0)) for payer, minor in left.items()}


def _given_up(given_up: WriteOff | None, left: Mapping[Payer, int]) -> Minors:
    """A write-off from before it named payers gave up all that was due: the insurers' first, as far as it goes."""
    if given_up is None:
        return {}
    if given_up.payers:
        return {(one.part, one.payer_id): one.amount.amount_minor for one in given_up.payers}
    rest = given_up.amount.amount_minor
    given: Minors = {}
    for payer, left_minor in left.items():
        given[payer] = min(rest, left_minor)
        rest -= given[payer]
    return given


def _in_proportion(invoice: Invoice, credited: Mapping[Payer, int], amount: Money) -> tuple[PayerAmount, ...]:
    left = {payer: max(0, part - credited.get(payer, 0)) for payer, part in parts_of(invoice).items()}
    taken = spread(amount.amount_minor, list(left.values()), [payer[1] or "" for payer in left])
    return tuple(
        PayerAmount(*payer, Money(minor, amount.currency)) for payer, minor in zip(left, taken, strict=True) if minor
    )


def _names(split: InsuranceSplit | None) -> dict[Payer, str | None]:
    if split is None:
        return {}
    first: dict[Payer, str | None] = {(INSURER, split.payer_id): split.payer_name}
    second = split.secondary
    return first if second is None else {(INSURER, second.payer_id): second.payer_name, **first}


def minor_of(amount: Money | None) -> int:
    """In minor units; 0 for none."""
    return 0 if amount is None else amount.amount_minor
