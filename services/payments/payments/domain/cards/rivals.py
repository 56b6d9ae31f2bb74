"""Card payments that are not decided yet, beside other money for the same invoice: no two may both be paid.

What a card's bank is being asked for counts as if it were paid. What still waits for a card gives way: to another card
payment always, since a new link stands for the old one; to other money where both together are more than is open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kernel.change import Change
from kernel.money import total
from kernel.outcome import Outcome
from payments.domain.cards.stripe_snapshot import declined
from payments.domain.intake.lifecycle import PaymentOutcome, moved, noted
from payments.domain.intake.open_items import Invoice, due
from payments.domain.intake.payment import Cancellation, Payer, Payment

PARTS: tuple[Payer, ...] = ("patient", "insurer")


def rivals_of(payment: Payment, invoice: Invoice, others: Sequence[Payment]) -> list[Payment]:
    """Undecided card payments of the same payer that this one does not stand beside."""
    found = [other for other in _undecided(invoice, others, payment.part) if other.payment_id != payment.payment_id]
    if _fits(payment, invoice, others):
        return [other for other in found if _is_chosen_card(payment) and other.awaits_card]
    return found


def beside(outcome: PaymentOutcome, rivals: Sequence[Payment]) -> PaymentOutcome:
    """The new payment, which knows whose place it takes."""
    if not rivals:
        return outcome
    ids = tuple(sorted({*outcome.state.beside, *(rival.payment_id for rival in rivals)}))
    state = replace(outcome.state, beside=ids)
    return Outcome(state, (*outcome.events[:-1], replace(outcome.events[-1], payment=state)))


def give_way(rival: Payment, payment_id: str, change: Change) -> PaymentOutcome:
    """It is to be ended; a bank that is being asked has to answer first. A card on file is charged, or it is not."""
    if rival.on_file is not None:
        return Outcome(rival)
    cancellation = rival.cancellation or Cancellation("replaced", change.at, change.by)
    return noted(rival, change, cancellation=cancellation, replaced_by=payment_id)


def admit(payment: Payment, invoice: Invoice | None, others: Sequence[Payment], change: Change) -> PaymentOutcome:
    """Before Stripe takes it: it is canceled when one of those whose place it takes was faster, or may be."""
    if payment.status != "pending" or payment.cancellation is not None or invoice is None:
        return Outcome(payment)
    known = [other for other in others if other.payment_id in payment.beside]
    undecided = any(other.undecided for other in known)
    faster = undecided or any(other.settled.amount_minor for other in known)
    if not faster or _fits(payment, invoice, others):
        return Outcome(payment)
    failure = declined("under-way" if undecided else "paid-otherwise")
    return moved(payment, "cancel", "failed", change, failure=failure)


def no_longer_open(invoice: Invoice, payments: Sequence[Payment]) -> list[Payment]:
    """What waits for a card and asks for more than its payer still owes."""
    found: list[Payment] = []
    for part in PARTS if invoice.insurance is not None else PARTS[:1]:
        pending = _undecided(invoice, payments, part)
        open_ = due(invoice, payments, part).amount_minor if invoice.status == "finalized" else 0
        if total((p.amount for p in pending), invoice.currency).amount_minor > open_:
            found += [p for p in pending if p.awaits_card and p.cancellation is None]
    return found


def _is_chosen_card(payment: Payment) -> bool:
    """Whether somebody asked for it now; an instalment is charged by itself."""
    return payment.method == "card" and (payment.on_file is None or payment.on_file.agreed is not None)


def _undecided(invoice: Invoice, payments: Iterable[Payment], part: Payer) -> list[Payment]:
    return [
        payment
        for payment in payments
        if (payment.awaits_card or payment.being_charged)
        and payment.currency == invoice.currency
        and (invoice.insurance is None or payment.part == part)
    ]


def _fits(payment: Payment, invoice: Invoice, others: Iterable[Payment]) -> bool:
    """Whether all that may be paid is no more than what is open; money of another currency is beside the question."""
    if payment.currency != invoice.currency:
        return True
    rest = [other for other in others if other.payment_id != payment.payment_id]
    pending = total((p.amount for p in _undecided(invoice, rest, payment.part)), invoice.currency)
    open_ = due(invoice, rest, payment.part)
    return payment.amount.amount_minor + pending.amount_minor <= open_.amount_minor
