"""A clinic's cash beside its registers, and the cash that they brought to the bank beside its statements."""

from dataclasses import dataclass
from datetime import date, timedelta

import structlog

from chassis.telemetry.metrics import REGISTER_DIFFERENCES
from payments.domain.bank.cash_deposits import LATE, DepositLine, deposit_lines, says_cash
from payments.domain.bank.transaction import Transaction
from payments.domain.registers.agreement import Agreement, agreement
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.settlement.read_movements import moved_between

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deposits:
    """What registers brought to the bank on some days, and credits that say so but are of no deposit."""

    lines: tuple[DepositLine, ...]
    unknown: tuple[Transaction, ...]


async def compare_registers(ledger: PaymentLedger, clinic_id: str, on: date) -> Agreement:
    """Of a day by the clinic's own calendar. Raises DriverError."""
    calendar = (await ledger.store.payment_policy.of(clinic_id)).calendar
    begin, end = calendar.day(on)
    moved = await moved_between(ledger.store, clinic_id, begin, end)
    heard = await ledger.store.register_movements.between(clinic_id, begin, end)
    return agreement(clinic_id, on, moved, heard)


async def compare_deposits(ledger: PaymentLedger, clinic_id: str, first: date, last: date) -> Deposits:
    """Of registers' days, and of what banks booked on these. Raises DriverError."""
    calendar = (await ledger.store.payment_policy.of(clinic_id)).calendar
    brought = await ledger.store.register_movements.deposits_on(clinic_id, first, last)
    transactions = ledger.store.bank.transactions
    arrived = await transactions.of_deposits(None, clinic_id, [deposit.deposit_id for deposit in brought])
    booked = await transactions.booked_between(clinic_id, first, last)
    unknown = tuple(
        t
        for t in booked
        if t.credit and says_cash(t) and t.deposit_id is None and t.status in ("unmatched", "set_aside")
    )
    return Deposits(deposit_lines(brought, arrived, calendar.local_date(ledger.clock())), unknown)


class RegisterCheck:
    """Works through the clinics, one a turn: yesterday's cash, and deposits that should have arrived.

    The metric has what it found in the last round over all of them.
    """

    def __init__(self, ledger: PaymentLedger) -> None:
        self._ledger = ledger
        self._clinic = ""
        self._found = {"cash": 0, "deposit": 0}

    async def __call__(self) -> bool:
        """Whether there may be more. Raises DriverError."""
        clinic_id = await self._ledger.store.seals.clinic_after(self._clinic)
        if clinic_id is None:
            for what, count in self._found.items():
                REGISTER_DIFFERENCES.labels(what).set(count)
            self._clinic, self._found = "", {"cash": 0, "deposit": 0}
            return False
        await self._look_at(clinic_id)
        self._clinic = clinic_id
        return True

    async def _look_at(self, clinic_id: str) -> None:
        calendar = (await self._ledger.store.payment_policy.of(clinic_id)).calendar
        yesterday = calendar.local_date(self._ledger.clock()) - timedelta(days=1)
        cash = (await compare_registers(self._ledger, clinic_id, yesterday)).differences
        brought = await compare_deposits(self._ledger, clinic_id, yesterday - 4 * LATE, yesterday)
        missing = [line for line in brought.lines if line.status == "missing"]
        self._found["cash"] += len(cash)
        self._found["deposit"] += len(missing)
        for difference in cash:
            log.warning("register-differs", clinic=clinic_id, payment_id=difference.payment_id, code=difference.why)
        for line in missing:
            log.warning("deposit-missing", clinic=clinic_id, deposit_id=line.deposit.deposit_id)
