"""A booked movement on a clinic's account, and where its money went."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from kernel.actor import Actor
from kernel.money import Money
from payments.domain.bank.accounts import account_key, names_of
from payments.domain.bank.overlap import ComparedTransaction, Suspicion
from payments.domain.bank.statement import loosely
from payments.domain.intake.payment import Payer

MatchRule = Literal["reference", "number", "payer", "sum", "amount", "person"]
RefundRule = Literal["refund", "reference", "payer", "person"]
TransactionStatus = Literal["new", "unmatched", "matched", "set_aside", "reversed", "debit", "refund"]
TransactionCommand = Literal[
    "match", "queue", "set_aside", "unmatch", "reverse", "pass_over", "look_again", "take", "give_back"
]


@dataclass(frozen=True, slots=True)
class Share:
    """What of the transaction went where: to an invoice, or to the patient's account without one.

    `part` says whose money it is: the patient's, or their insurer's, who has a part of its own in a split invoice;
    `payer_id` which insurer's, where an invoice has several.
    """

    patient_id: str
    invoice_id: str | None
    amount: Money
    payment_id: str | None = None
    part: Payer = "patient"
    payer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Which invoices the money is for. `score` is 0 to 100; `reason` says it in words, without names."""

    rule: MatchRule
    score: int
    reason: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class GivesBack:
    """The refund by transfer that a debit is, by which rule, how sure, and why."""

    payment_id: str
    refund_id: str
    rule: RefundRule
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

    `payout_id` is Stripe's payout that it was set aside as, `deposit_id` the cash of a register. `suspicion`: it may be
    known already, so a person looks at it first. `alike` and `slice_id` are what later files are compared with.
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
    deposit_id: str | None = None

    @property
    def loose(self) -> str:
        """What a file of another format says of it, too."""
        return loosely(self.account, self.booked_on, self.amount, credit=self.credit, reversal=self.reversal)

    @property
    def loose_names(self) -> tuple[str, ...]:
        """The same, as it may be stored from before."""
        account, rest = account_key(self.account), self.loose.removeprefix(account_key(self.account))
        return tuple(f"{name}{rest}" for name in names_of(account, self.amount.currency))

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
