"""Keeps what registers say of cash; what they brought to the bank may be on a statement already."""

from collections import defaultdict
from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from payments.domain.bank import lifecycle
from payments.domain.bank.cash_deposits import deposit_key
from payments.domain.bank.matching.rules import RULES
from payments.domain.registers.register_movement import RegisterMovement
from payments.usecases.bank.enter_transactions import enter_transactions, look_at_queue_again
from payments.usecases.intake.ledger import PaymentLedger

BROUGHT = "cash that a register brought to the bank became known"
TAKEN_BACK = "the register took back the deposit that this was set aside as"


async def follow_registers(unit: Unit, ledger: PaymentLedger, moved: Sequence[RegisterMovement]) -> None:
    """Credits that wait for a person, and may be one of these deposits, are looked at once more.

    So is one that was set aside as a deposit which is taken back.
    """
    await ledger.store.register_movements.put(unit, moved)
    clues = await _given_up(unit, ledger, moved)
    for movement in moved:
        if movement.kind == "deposit":
            clues[movement.clinic_id].append(deposit_key(-movement.amount))
    await ledger.store.bank.transactions.claim_queues(unit, clues)
    await look_at_queue_again(unit, ledger.store, list(clues.items()), ledger.change(RULES, BROUGHT))


async def _given_up(
    unit: Unit, ledger: PaymentLedger, moved: Sequence[RegisterMovement]
) -> defaultdict[str, list[str]]:
    """By clinic, what is looked for again. What a person has matched since stays as it is."""
    gone: dict[str, list[str]] = defaultdict(list)
    for movement in moved:
        if movement.kind == "taken_back" and movement.counters is not None:
            gone[movement.clinic_id].append(movement.counters)
    clues: defaultdict[str, list[str]] = defaultdict(list)
    for clinic_id, deposit_ids in gone.items():
        found = await ledger.store.bank.transactions.of_deposits(unit, clinic_id, deposit_ids)
        aside = [transaction for transaction in found if transaction.status == "set_aside"]
        change = ledger.change(RULES, TAKEN_BACK)
        await enter_transactions(unit, ledger.store, [lifecycle.give_up_deposit(credit, change) for credit in aside])
        clues[clinic_id] += [deposit_key(credit.amount) for credit in aside]
    return clues
