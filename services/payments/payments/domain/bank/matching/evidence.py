"""What is known of one transfer: what it names, who pays from its account, and what is owed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kernel.money import Money
from payments.domain.bank.transaction import Decision, Share
from payments.domain.intake.open_items import InvoiceStatus
from payments.domain.intake.payment import Payer

MOST_PATIENTS = 20
"""For whom one account pays, before it says nothing of any of them; a family, and no employer."""
INSURES = 2
"""For so many patients an account paid exactly the insurer's part, before it is taken for an insurer's."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice and what is open on it now; nothing, when it is paid.

    `open` is the patient's part when the invoice is split, and `insurer` what insurers owe; None when it is not split.
    `insurers` is what each of them owes, by id, where there are several.
    """

    invoice_id: str
    patient_id: str
    number: str | None
    status: InvoiceStatus
    finalized_at: datetime | None
    open: Money
    insurer: Money | None = None
    insurers: Mapping[str, Money] = field(default_factory=dict)

    @property
    def age(self) -> tuple[bool, datetime | None, str]:
        """Oldest first."""
        return (self.finalized_at is None, self.finalized_at, self.invoice_id)

    @property
    def name(self) -> str:
        return self.number or self.invoice_id

    def owed(self, part: Payer, payer_id: str | None = None) -> int:
        """What this payer owes, in minor units: of an invoice that is not split, either owes the whole.

        `payer_id` says which insurer, where an invoice has several.
        """
        if part == "insurer" and payer_id is not None and self.insurers:
            return self.insurers[payer_id].amount_minor if payer_id in self.insurers else 0
        amount = self.insurer if part == "insurer" and self.insurer is not None else self.open
        return amount.amount_minor

    def less(self, share: Share) -> "OpenItem":
        """After this share of a transfer was taken off."""
        if share.part != "insurer" or self.insurer is None:
            return replace(self, open=self.open - share.amount)
        insurers = dict(self.insurers)
        if share.payer_id in insurers:
            insurers[share.payer_id] -= share.amount
        return replace(self, insurer=self.insurer - share.amount, insurers=insurers)


@dataclass(frozen=True, slots=True)
class PayerAccount:
    """Who paid from an account before: for these patients, and the insurer's part of these.

    `called_insurer`: as a person decided; `payer_ids`: as which insurers it paid, where an invoice had several.
    """

    paid_for: frozenset[str] = frozenset()
    insured: frozenset[str] = frozenset()
    called_insurer: bool = False
    payer_ids: frozenset[str] = frozenset()

    @property
    def patients(self) -> frozenset[str]:
        """Whose money it may be."""
        return frozenset() if self.crowded else self.paid_for

    @property
    def insurer(self) -> bool:
        """An insurer pays, for whichever patient."""
        return self.called_insurer or len(self.insured) >= INSURES

    @property
    def crowded(self) -> bool:
        """It paid for so many patients that it says nothing of any of them."""
        return len(self.paid_for) > MOST_PATIENTS

    def taught(self, shares: Iterable[Share]) -> "PayerAccount":
        """After a transfer that went to these, and was sure."""
        paid = tuple(shares)
        return PayerAccount(
            self.paid_for | {share.patient_id for share in paid if share.part == "patient"},
            self.insured | {share.patient_id for share in paid if share.part == "insurer"},
            self.called_insurer,
            self.payer_ids | {share.payer_id for share in paid if share.payer_id is not None},
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one transfer: the invoices it names, who pays from this account, and what they owe.

    `of_patient` are the open invoices of the patients whose numbers stand in its text, `of_payer` those of patients for
    whom this account paid before.
    """

    amount: Money
    by_reference: Sequence[OpenItem] = ()
    by_number: Sequence[OpenItem] = ()
    of_patient: Sequence[OpenItem] = ()
    of_payer: Sequence[OpenItem] = ()
    by_amount: Sequence[OpenItem] = ()
    account: PayerAccount = PayerAccount()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision, or what a person may choose from, best first."""

    decision: Decision | None
    proposals: tuple[Decision, ...] = ()

    @property
    def choices(self) -> tuple[Decision, ...]:
        """For a transfer that waits: also what would be sure now, and was not when it had its turn."""
        return self.proposals if self.decision is None else (self.decision,)
