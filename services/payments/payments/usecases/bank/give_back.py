"""Refunds by transfer find the debits that they are: so it is known that the money has left."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.errors import BusinessError, NotFound
from payments.domain.bank.refund_debits import amount_key, awaited, refund_of
from payments.domain.bank.transaction import GivesBack, Transaction, moved
from payments.domain.intake.lifecycle import Cause
from payments.domain.intake.payment import Payment
from payments.domain.intake.refunds import entry_of, seen_leaving, seen_no_more
from payments.usecases.bank.rules import RULES
from payments.usecases.intake.ledger import PaymentLedger

PERSON = "person"
RECORDED = "a refund was recorded that it may be"


async def give_back(
    unit: Unit, ledger: PaymentLedger, debits: Sequence[Transaction], now: datetime
) -> list[tuple[Transaction, Transaction]]:
    """Debits of one clinic: each is a refund, or none of the patients' money."""
    held = {p.payment_id: p for p in await _awaiting(unit, ledger, debits)}
    ibans = await _ibans(unit, ledger, held.values())
    changes = []
    for debit in debits:
        found = refund_of(debit, (one for p in held.values() for one in awaited(p, ibans.get(p.payment_id))))
        if found is None:
            changes.append((debit, moved(debit, "pass_over", now, RULES, None)))
            continue
        held[found.payment_id] = await _leave(unit, ledger, held[found.payment_id], debit, found, now, RULES)
        changes.append((debit, moved(debit, "give_back", now, RULES, found.reason, gives_back=found)))
    return changes


async def _awaiting(unit: Unit, ledger: PaymentLedger, debits: Sequence[Transaction]) -> list[Payment]:
    if not debits:
        return []
    amounts = {d.amount.amount_minor for d in debits}
    return await ledger.store.awaiting_refunds(unit, debits[0].clinic_id, amounts)


async def _ibans(unit: Unit, ledger: PaymentLedger, payments: Iterable[Payment]) -> dict[str, str]:
    """From which account each was paid, by payment."""
    of = {p.bank_transaction_id: p.payment_id for p in payments if p.bank_transaction_id}
    paid = await ledger.store.bank.transactions(unit, {"_id": {"$in": sorted(of)}}) if of else []
    by_transaction = {t.transaction_id: t.counterparty_iban for t in paid if t.counterparty_iban}
    return {
        p.payment_id: by_transaction[p.bank_transaction_id] for p in payments if p.bank_transaction_id in by_transaction
    }


async def _leave(
    unit: Unit, ledger: PaymentLedger, payment: Payment, debit: Transaction, found: GivesBack, now: datetime, by: Actor
) -> Payment:
    change = seen_leaving(payment, found.refund_id, debit.transaction_id, now, by)
    return await ledger.proceed(unit, payment, change, Cause(found.reason, debit.transaction_id))


async def by_person(
    unit: Unit, ledger: PaymentLedger, debit: Transaction, payment_id: str, refund_id: str, by: Actor
) -> Transaction:
    """A person says which refund it is. Raises NotFound, IllegalTransition, or BusinessError naming the field."""
    payment = await ledger.store.payment(payment_id, unit)
    if payment.clinic_id != debit.clinic_id:
        raise NotFound("not-found", "there is no such thing here")
    entry = entry_of(payment, refund_id)
    if debit.credit or debit.reversal:
        raise BusinessError("not-a-debit", "money that came in is no refund")
    if entry not in payment.refunds_awaited:
        raise BusinessError("refund-not-awaited", "no refund by transfer that is yet to leave", field="/refund_id")
    if entry.amount != debit.amount:
        raise BusinessError("amount-differs", "a refund leaves with exactly its amount", field="/refund_id")
    now = ledger.clock()
    found = GivesBack(payment_id, refund_id, PERSON, 100, "matched by hand")
    after = moved(debit, "give_back", now, by, found.reason, gives_back=found, suspicion=None)
    await _leave(unit, ledger, payment, debit, found, now, by)
    await ledger.store.bank.replace(unit, [(debit, after)])
    return after


async def take_back(
    unit: Unit, ledger: PaymentLedger, debit: Transaction, now: datetime, by: Actor, reason: str
) -> None:
    """The refund is awaited again."""
    if debit.gives_back is not None:
        payment = await ledger.store.payment(debit.gives_back.payment_id, unit)
        change = seen_no_more(payment, debit.gives_back.refund_id, now, by)
        await ledger.proceed(unit, payment, change, Cause(reason, debit.transaction_id))


async def look_for(unit: Unit, ledger: PaymentLedger, payment: Payment, refund_id: str) -> None:
    """The bank may have booked a refund before it was recorded: such debits are looked at once more."""
    if entry_of(payment, refund_id) not in payment.refunds_awaited:
        return
    await ledger.store.bank.claim_queues(unit, {payment.clinic_id})
    ibans = await _ibans(unit, ledger, [payment])
    amount = entry_of(payment, refund_id).amount
    debits = await ledger.store.bank.having(unit, payment.clinic_id, "debit", [amount_key(amount)])
    mine = list(awaited(payment, ibans.get(payment.payment_id)))
    now = ledger.clock()
    again = [(d, moved(d, "look_again", now, RULES, RECORDED)) for d in debits if refund_of(d, mine)]
    await ledger.store.bank.replace(unit, again)
