"""Which debit is a refund by transfer that has left the account."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.money import Money
from payments.domain.bank.clues import key_of
from payments.domain.bank.transaction import GivesBack, RefundRule, Transaction
from payments.domain.intake.payment import Payment

EARLY, LATE = timedelta(days=7), timedelta(days=90)
"""The clinic may send it before it is recorded here, or long after."""
SCORES: dict[RefundRule, int] = {"refund": 100, "reference": 90, "payer": 80}


@dataclass(frozen=True, slots=True)
class Awaited:
    """A refund that no bank has booked yet. `names` is what a debit may call the payment by, `iban` who paid it."""

    payment_id: str
    refund_id: str
    amount: Money
    refunded_on: date
    names: frozenset[str]
    iban: str | None


def amount_key(amount: Money) -> str:
    """What a refund and the debit that it may be have in common, as one word."""
    return f"refund-{amount.amount_minor}-{amount.currency}"


def awaited(payment: Payment, iban: str | None) -> Iterator[Awaited]:
    """Of a payment that came from this account, as far as it is known."""
    names = frozenset(key_of(name) for name in (payment.reference, payment.receipt_number) if name)
    for refund in payment.refunds_awaited:
        yield Awaited(payment.payment_id, refund.refund_id, refund.amount, refund.refunded_at.date(), names, iban)


def refund_of(debit: Transaction, refunds: Iterable[Awaited]) -> GivesBack | None:
    """The refund of exactly this amount that it names, or that goes to who paid; None when it can be several.

    Of several of one payment the oldest.
    """
    if debit.credit or debit.reversal:
        return None
    fitting = [
        refund
        for refund in refunds
        if refund.amount == debit.amount and refund.refunded_on - EARLY <= debit.booked_on <= refund.refunded_on + LATE
    ]
    named = {*debit.words, *debit.references}
    by_refund = [refund for refund in fitting if key_of(refund.refund_id) in named]
    by_reference = [refund for refund in fitting if refund.names & named]
    payer = debit.counterparty_iban
    by_payer = [refund for refund in fitting if refund.iban is not None and refund.iban == payer]
    if by_refund:
        return _only("refund", by_refund, "names the refund")
    if by_reference:
        return _only("reference", by_reference, "names the payment, and exactly the refund's amount")
    if by_payer:
        return _only("payer", by_payer, "to the account that paid, and exactly the refund's amount")
    return None


def _only(rule: RefundRule, some: Sequence[Awaited], how: str) -> GivesBack | None:
    if len({refund.payment_id for refund in some}) > 1:
        return None
    oldest = min(some, key=lambda refund: (refund.refunded_on, refund.refund_id))
    reason = f"{how}: {oldest.refund_id}"
    return GivesBack(oldest.payment_id, oldest.refund_id, rule, SCORES[rule], reason)
