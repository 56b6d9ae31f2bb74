"""Which debit is a refund by transfer that has left the account."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.money import Money
from payments.domain.bank.transaction import GivesBack, Transaction
from payments.domain.intake.payment import Payment

EARLY, LATE = timedelta(days=7), timedelta(days=90)
"""The clinic may send it before it is recorded here, or long after."""
REFUND, REFERENCE, PAYER = "refund", "reference", "payer"
SCORES = {REFUND: 100, REFERENCE: 90, PAYER: 80}


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
    names = frozenset(_key(name) for name in (payment.reference, payment.receipt_number) if name)
    for one in payment.refunds_awaited:
        yield Awaited(payment.payment_id, one.refund_id, one.amount, one.refunded_at.date(), names, iban)


def refund_of(debit: Transaction, refunds: Iterable[Awaited]) -> GivesBack | None:
    """The refund of exactly this amount that it names, or that goes to who paid; None when it can be several.

    Of several of one payment the oldest.
    """
    if debit.credit or debit.reversal:
        return None
    fitting = [
        one
        for one in refunds
        if one.amount == debit.amount and one.refunded_on - EARLY <= debit.booked_on <= one.refunded_on + LATE
    ]
    told = {*debit.words, *debit.references}
    for rule, some, how in (
        (REFUND, [one for one in fitting if _key(one.refund_id) in told], "names the refund"),
        (REFERENCE, [one for one in fitting if one.names & told], "names the payment, and exactly the refund's amount"),
        (
            PAYER,
            [one for one in fitting if one.iban is not None and one.iban == debit.counterparty_iban],
            "to the account that paid, and exactly the refund's amount",
        ),
    ):
        if some:
            return _only(rule, some, how)
    return None


def _only(rule: str, some: Sequence[Awaited], how: str) -> GivesBack | None:
    if len({one.payment_id for one in some}) > 1:
        return None
    oldest = min(some, key=lambda one: (one.refunded_on, one.refund_id))
    reason = f"{how}: {oldest.refund_id}"
    return GivesBack(oldest.payment_id, oldest.refund_id, rule, SCORES[rule], reason)


def _key(name: str) -> str:
    """As words of a text are kept: letters and digits only, in capitals."""
    return "".join(filter(str.isalnum, name.upper()))
