"""Which credit is cash that somebody brought to the bank: money that is booked already, receipt by receipt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from kernel.money import Money
from payments.domain.bank.transaction import Transaction
from payments.domain.registers.register_movement import CashDeposit

LATE = timedelta(days=10)
"""Until then a deposit is on its way: safes are emptied once a week."""
CASH_WORDS = ("BAREINZAHLUNG", "BARGELD", "CASH", "ESPECES", "ESPÈCES", "CONTANTI", "EFECTIVO")
"""What banks call coins and notes, whoever they say brought them."""
PAID_IN_WORDS = ("EINZAHLUNG", "DEPOSIT", "VERSEMENT", "VERSAMENTO", "STORTING", "INGRESO")
"""What they also call it. Patients write the same of a transfer, so it is cash only where no account sent it."""
DepositStatus = Literal["matched", "awaited", "missing"]


@dataclass(frozen=True, slots=True)
class DepositLine:
    """A deposit, and the credit that it became; `missing` when no statement has it although it is late."""

    deposit: CashDeposit
    status: DepositStatus
    credit: Transaction | None


def says_cash(transfer: Transaction) -> bool:
    """Whether the bank names it."""
    text = transfer.text.upper()
    words = CASH_WORDS if transfer.counterparty_iban else (*CASH_WORDS, *PAID_IN_WORDS)
    return any(word in text for word in words)


def may_be_deposit(transfer: Transaction) -> bool:
    """Whether it came from a counter or a machine, as far as one can tell. What names an invoice is a patient's."""
    if not transfer.credit or transfer.reversal or transfer.references:
        return False
    return transfer.counterparty_iban is None or says_cash(transfer)


def deposit_key(amount: Money) -> str:
    """What a deposit and the credit that it may be have in common, as one word."""
    return f"deposit-{amount.amount_minor}-{amount.currency}"


def deposit_of(transfer: Transaction, deposits: Iterable[CashDeposit]) -> CashDeposit | None:
    """The earliest deposit of exactly this sum that was on its way then; None where there is none."""
    if not may_be_deposit(transfer):
        return None
    found = [
        deposit
        for deposit in deposits
        if deposit.amount == transfer.amount and deposit.on <= transfer.booked_on <= deposit.on + LATE
    ]
    return min(found, key=lambda deposit: (deposit.on, deposit.deposit_id), default=None)


def deposit_lines(
    deposits: Iterable[CashDeposit], transactions: Iterable[Transaction], today: date
) -> tuple[DepositLine, ...]:
    """Each deposit beside the credit that was set aside as it."""
    by_deposit = {transaction.deposit_id: transaction for transaction in transactions}
    found = [(deposit, by_deposit.get(deposit.deposit_id)) for deposit in deposits]
    return tuple(DepositLine(deposit, _status(deposit, credit, today), credit) for deposit, credit in found)


def _status(deposit: CashDeposit, credit: Transaction | None, today: date) -> DepositStatus:
    if credit is not None:
        return "matched"
    return "missing" if today > deposit.on + LATE else "awaited"
