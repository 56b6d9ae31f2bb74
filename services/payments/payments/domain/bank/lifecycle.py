"""The states of a bank transaction as a table, and what people and rules do with it."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from kernel.change import Change
from kernel.errors import IllegalTransition
from kernel.ids import derived_id
from kernel.outcome import Outcome
from payments.domain.bank.transaction import (
    Decision,
    GivesBack,
    HistoryStep,
    Transaction,
    TransactionCommand,
    TransactionStatus,
)

# A reversed transaction was taken back by the bank, so nothing can be done with it; a debit is none of the patients',
# and a refund is one that gives a patient their money back.
TRANSITIONS: dict[tuple[TransactionStatus, TransactionCommand], TransactionStatus] = {
    ("new", "match"): "matched",
    ("new", "queue"): "unmatched",
    ("new", "pass_over"): "debit",
    ("new", "set_aside"): "set_aside",
    ("unmatched", "match"): "matched",
    ("unmatched", "set_aside"): "set_aside",
    ("unmatched", "look_again"): "new",
    ("unmatched", "take"): "new",
    ("new", "give_back"): "refund",
    ("debit", "give_back"): "refund",
    ("unmatched", "give_back"): "refund",
    ("debit", "look_again"): "new",
    ("refund", "unmatch"): "unmatched",
    ("set_aside", "match"): "matched",
    ("set_aside", "unmatch"): "unmatched",
    ("matched", "unmatch"): "unmatched",
    ("matched", "reverse"): "reversed",
    ("unmatched", "reverse"): "reversed",
}

EMPTY = "an entry of 0 settles nothing"

TransactionEventKind = Literal[
    "imported",
    "matched",
    "queued",
    "set_aside",
    "unmatched",
    "reversed",
    "passed_over",
    "looked_at_again",
    "taken",
    "given_back",
]


@dataclass(frozen=True, slots=True)
class TransactionEvent:
    """What happened, with the transaction as it was right after it: one version, one event."""

    kind: TransactionEventKind
    transaction: Transaction
    change: Change


TransactionOutcome = Outcome[Transaction, TransactionEvent]


def imported(transaction: Transaction, change: Change) -> TransactionOutcome:
    """A statement brought it, and no rule has looked at it."""
    return Outcome(transaction, (TransactionEvent("imported", transaction, change),))


def match(transaction: Transaction, decision: Decision, change: Change) -> TransactionOutcome:
    """It is for these invoices and accounts, for the decision's reason: each share has the id of its payment to be.

    Raises IllegalTransition, as everything below.
    """
    parts = (transaction.transaction_id, str(transaction.version))
    shares = tuple(
        replace(share, payment_id=derived_id("pay", *parts, str(number)))
        for number, share in enumerate(decision.shares)
    )
    decided = replace(decision, shares=shares)
    because = Change(change.at, change.by, decision.reason)
    return _moved(transaction, "match", "matched", because, decision=decided, proposals=(), suspicion=None)


def queue(
    transaction: Transaction, change: Change, proposals: tuple[Decision, ...] | None = None
) -> TransactionOutcome:
    """It waits for a person, who has these proposals; None leaves what was proposed."""
    proposed = {} if proposals is None else {"proposals": proposals}
    return _moved(transaction, "queue", "queued", change, **proposed)


def set_aside_payout(transaction: Transaction, payout_id: str, change: Change) -> TransactionOutcome:
    """It is Stripe's payout, whose payments are booked already."""
    return _moved(transaction, "set_aside", "set_aside", change, proposals=(), payout_id=payout_id)


def set_aside_deposit(transaction: Transaction, deposit_id: str, change: Change) -> TransactionOutcome:
    """It is cash that a register brought to the bank, whose payments are booked already."""
    return _moved(transaction, "set_aside", "set_aside", change, proposals=(), deposit_id=deposit_id)


def set_aside_empty(transaction: Transaction, change: Change) -> TransactionOutcome:
    """It moved no money: there is nothing that it could settle."""
    return _moved(transaction, "set_aside", "set_aside", Change(change.at, change.by, EMPTY), proposals=())


def set_aside(transaction: Transaction, change: Change) -> TransactionOutcome:
    """A person says that it is no patient's money."""
    return _moved(transaction, "set_aside", "set_aside", change, proposals=(), by_hand=True)


def unmatch(transaction: Transaction, change: Change) -> TransactionOutcome:
    """Back to the queue, where the rules leave it alone."""
    return _moved(
        transaction,
        "unmatch",
        "unmatched",
        change,
        decision=None,
        by_hand=True,
        payout_id=None,
        deposit_id=None,
        gives_back=None,
    )


def give_up_deposit(transaction: Transaction, change: Change) -> TransactionOutcome:
    """The register took the deposit back that it was set aside as: the rules look at it as at any other."""
    return _moved(transaction, "unmatch", "unmatched", change, deposit_id=None)


def reverse(transaction: Transaction, change: Change) -> TransactionOutcome:
    """The bank took it back."""
    return _moved(transaction, "reverse", "reversed", change)


def pass_over(transaction: Transaction, change: Change, reverses: str | None = None) -> TransactionOutcome:
    """It is none of the patients' money; `reverses`: the transaction that it takes back."""
    return _moved(transaction, "pass_over", "passed_over", change, reverses=reverses)


def look_again(transaction: Transaction, change: Change) -> TransactionOutcome:
    """Something became known that it may be for: the rules look at it once more."""
    return _moved(transaction, "look_again", "looked_at_again", change)


def take(transaction: Transaction, change: Change) -> TransactionOutcome:
    """What was suspected to be known already is money of its own. Raises also where nothing was suspected."""
    if transaction.suspicion is None:
        raise _illegal(transaction, "take")
    return _moved(transaction, "take", "taken", change, suspicion=None)


def give_back(transaction: Transaction, refund: GivesBack, change: Change) -> TransactionOutcome:
    """The debit is that refund, for the reason that was found."""
    because = Change(change.at, change.by, refund.reason)
    return _moved(transaction, "give_back", "given_back", because, gives_back=refund, suspicion=None)


def _moved(
    before: Transaction, command: TransactionCommand, kind: TransactionEventKind, change: Change, **changes: Any
) -> TransactionOutcome:
    """The next version, in the state that the table names, with one more line of history."""
    status = TRANSITIONS.get((before.status, command))
    if status is None:
        raise _illegal(before, command)
    after = replace(before, version=before.version + 1, status=status, **changes)
    step = HistoryStep(change.at, change.by, command, change.reason, after.shares or before.shares)
    after = replace(after, history=(*before.history, step))
    return Outcome(after, (TransactionEvent(kind, after, change),))


def _illegal(transaction: Transaction, command: TransactionCommand) -> IllegalTransition:
    return IllegalTransition(
        f"bank transaction {transaction.transaction_id}", transaction.status, command.replace("_", " ")
    )
