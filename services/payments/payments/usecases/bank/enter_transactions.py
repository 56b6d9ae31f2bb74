"""The end of every command about bank transactions: their new state and their events, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from chassis.messaging.outbox import Unit
from kernel.change import Change
from payments.domain.bank.lifecycle import TransactionOutcome, look_again
from payments.publishing import publish
from payments.store import Store


async def enter_transactions(unit: Unit, store: Store, outcomes: Sequence[TransactionOutcome]) -> None:
    """Stores what became of transactions of one clinic. Raises Conflict when somebody else was faster."""
    events = [event for outcome in outcomes for event in outcome.events]
    await store.bank.transactions.save(unit, events)
    publish(unit, events)


async def look_at_queue_again(
    unit: Unit, store: Store, clues: Iterable[tuple[str, Sequence[str]]], change: Change
) -> None:
    """Queued transfers of a clinic that have such a clue are to be matched once more; `clues` are by clinic."""
    by_clinic: dict[str, list[str]] = defaultdict(list)
    for clinic_id, some in clues:
        by_clinic[clinic_id].extend(some)
    for clinic_id, some in by_clinic.items():
        queued = await store.bank.transactions.having(unit, clinic_id, "unmatched", some)
        await enter_transactions(unit, store, [look_again(transaction, change) for transaction in queued])
