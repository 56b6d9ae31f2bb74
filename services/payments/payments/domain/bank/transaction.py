"""A bank transaction's states, as a table in code, and what people and rules do with it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from kernel.actor import Actor
from kernel.errors import IllegalTransition
from kernel.money import Money
from payments.domain.bank.overlap import ComparedTransaction, Suspicion
from payments.domain.bank.statement import loosely
from payments.domain.intake.payment import Payer

TransactionStatus = Literal["new", "unmatched", "matched", "set_aside", "reversed", "debit", "refund"]
TransactionCommand = Literal[
    "match", "queue", "set_aside", "unmatch", "reverse", "pass_over", "look_again", "take", "give_back"
]

# A reversed transaction was taken back by the bank, so nothing can be done with it; a debit is none of the patients',
# and a refund is one that gives a patient his money back.
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


@dataclass(frozen=True, slots=True)
class Share:
    """What of the transaction went where: to an invoice, or to the patient's account without one.

    `part` says whose money it is: the patient's, or his insurer's, who has a part of his own in a split invoice.
    """

    patient_id: str
    invoice_id: str | None
    amount: Money
    payment_id: str | None = None
    part: Payer = "patient"


@dataclass(frozen=True, slots=True)
class Decision:
    """Which invoices the money is for. `score` is 0 to 100; `reason` says it in words, without names."""

    rule: str
    score: int
    reason: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class GivesBack:
    """The refund by transfer that a debit is, by which rule, how sure, and why."""

    payment_id: str
    refund_id: str
    rule: str
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One line of a transaction's history."""

    at: datetime
    by: Actor
    command: TransactionCommand
    reason: str | None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One booked movement on a clinic's account. `by_hand`: a person decided, so the rules leave it alone.

    `payout_id` is Stripe's payout that it was set aside as. `suspicion`: it may be known already, so a person looks at
    it first. `alike` and `slice_id` are what later files are compared with.
    """

    transaction_id: str
    clinic_id: str
    statement_id: str
    account: str
    version: int
    status: TransactionStatus
    booked_on: date
    value_on: date | None
    amount: Money
    credit: bool
    reversal: bool
    bank_reference: str | None
    end_to_end_id: str | None
    text: str
    counterparty_name: str | None
    counterparty_iban: str | None
    charges: Money | None
    references: tuple[str, ...]
    words: tuple[str, ...]
    decision: Decision | None = None
    proposals: tuple[Decision, ...] = ()
    reverses: str | None = None
    payout_id: str | None = None
    by_hand: bool = False
    history: tuple[HistoryStep, ...] = ()
    alike: str = ""
    slice_id: str = ""
    suspicion: Suspicion | None = None
    gives_back: GivesBack | None = None

    @property
    def loose(self) -> str:
        """What a file of another format says of it, too."""
        return loosely(self.account, self.booked_on, self.amount, credit=self.credit, reversal=self.reversal)

    @property
    def seen(self) -> ComparedTransaction:
        """What is compared of it."""
        return ComparedTransaction(
            transaction_id=self.transaction_id,
            slice_id=self.slice_id,
            alike=self.alike,
            loose=self.loose,
            bank_reference=self.bank_reference,
            end_to_end_id=self.end_to_end_id,
            iban=self.counterparty_iban,
        )

    @property
    def shares(self) -> tuple[Share, ...]:
        """Where the money is now."""
        return self.decision.shares if self.status == "matched" and self.decision else ()


def moved(
    before: Transaction, command: TransactionCommand, at: datetime, by: Actor, reason: str | None, **changes: Any
) -> Transaction:
    """The next version, in the state that the table names, with one more line of history.

    Raises IllegalTransition.
    """
    status = TRANSITIONS.get((before.status, command))
    if status is None:
        raise IllegalTransition(f"bank transaction {before.transaction_id}", before.status, command.replace("_", " "))
    after = replace(before, version=before.version + 1, status=status, **changes)
    line = HistoryStep(at, by, command, reason, after.shares or before.shares)
    return replace(after, history=(*before.history, line))
