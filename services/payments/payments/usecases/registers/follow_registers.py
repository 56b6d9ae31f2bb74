"""Keeps what registers say of cash; what they brought to the bank may be on a statement already."""

from collections import defaultdict
from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from payments.domain.bank.cash_deposits import deposit_key
from payments.domain.bank.matching.rules import RULES
from payments.domain.registers.register_movement import RegisterMovement
from payments.usecases.bank.enter_transactions import look_at_queue_again
from payments.usecases.intake.ledger import PaymentLedger

BROUGHT = "cash that a register brought to the bank became known"


async def follow_registers(unit: Unit, ledger: PaymentLedger, moved: Sequence[RegisterMovement]) -> None:
    """Credits that wait for a person, and may be one of these deposits, are looked at once more."""
    await ledger.store.register_movements.put(unit, moved)
    clues: dict[str, list[str]] = defaultdict(list)
    for movement in moved:
        if movement.kind == "deposit":
            clues[movement.clinic_id].append(deposit_key(-movement.amount))
    await ledger.store.bank.transactions.claim_queues(unit, clues)
    await look_at_queue_again(unit, ledger.store, list(clues.items()), ledger.change(RULES, BROUGHT))
