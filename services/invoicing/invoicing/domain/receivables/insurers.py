"""What insurers owe a clinic, over all of its patients."""

from dataclasses import dataclass, field
from datetime import date

from invoicing.domain.invoice.invoice import INSURER, PayerBalance
from invoicing.domain.receivables.account import Account, Credit, OpenInvoice, as_of
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class InsurerInvoice:
    """What one insurer owes of one invoice."""

    payer_id: str | None
    payer_name: str | None
    invoice_id: str
    number: str
    due_on: date | None
    open: Money
    overdue: Money | None


@dataclass(slots=True)
class InsurerTotal:
    """What one insurer owes in one currency, in minor units; `payer_id` is None for one of whom nobody said which."""

    payer_id: str | None
    currency: str
    payer_name: str | None = None
    invoices: int = 0
    open_minor: int = 0
    overdue_minor: int = 0
    credit_minor: int = 0


@dataclass(slots=True)
class InsurerTotals:
    """Adds up accounts as of one day: one row an insurer and currency. With `payer_id`, of this one only."""

    day: date
    payer_id: str | None = None
    _rows: dict[tuple[str, str], InsurerTotal] = field(default_factory=dict)

    def add(self, account: Account) -> None:
        known = as_of(account, self.day)
        for whole in known.balances:
            for payer in whole.payers:
                if payer.part == INSURER and self.payer_id in (None, payer.payer_id):
                    self._add(payer)
        for owed in owed_by_insurers(known, self.payer_id):
            self._rows[owed.payer_id or "", owed.open.currency].invoices += 1

    def result(self) -> list[InsurerTotal]:
        """Those who owe something, or have credit, by their ids."""
        return [row for _, row in sorted(self._rows.items()) if row.open_minor or row.credit_minor]

    def _add(self, payer: PayerBalance) -> None:
        currency = payer.open.currency
        row = self._rows.setdefault((payer.payer_id or "", currency), InsurerTotal(payer.payer_id, currency))
        row.payer_name = payer.payer_name or row.payer_name
        row.open_minor += payer.open.amount_minor
        row.overdue_minor += payer.overdue.amount_minor if payer.overdue is not None else 0
        row.credit_minor += payer.credit.amount_minor


def owed_by_insurers(account: Account, payer_id: str | None) -> list[InsurerInvoice]:
    """The parts of insurers, or of this one, that are open on the account, the oldest invoice first."""
    return [owed for invoice in account.open_invoices for owed in _parts(invoice, payer_id)]


def credits_of_insurers(account: Account, payer_id: str | None) -> list[Credit]:
    """What no invoice uses of the payments of insurers, or of this one."""
    return [one for one in account.credits if one.part == INSURER and payer_id in (None, one.payer_id)]


def _parts(invoice: OpenInvoice, payer_id: str | None) -> list[InsurerInvoice]:
    return [
        InsurerInvoice(
            share.payer_id,
            share.payer_name,
            invoice.invoice_id,
            invoice.number,
            invoice.due_on,
            share.open,
            share.overdue,
        )
        for share in invoice.payers
        if share.part == INSURER and payer_id in (None, share.payer_id)
    ]
