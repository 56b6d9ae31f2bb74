"""Refunds by transfer find the debits that they are: so it is known that the money has left."""

from collections.abc import Iterable, Sequence

from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import BusinessError, NotFound
from payments.domain.bank import lifecycle
from payments.domain.bank.lifecycle import TransactionOutcome
from payments.domain.bank.matching.rules import RULES
from payments.domain.bank.refund_debits import amount_key, awaited, refund_of
from payments.domain.bank.transaction import GivesBack, Transaction
from payments.domain.intake.payment import Payment
from payments.domain.intake.refunds import entry_of, seen_leaving, seen_no_more
from payments.usecases.bank.enter_transactions import enter_transactions
from payments.usecases.intake.ledger import PaymentLedger

RECORDED = "a refund was recorded that it may be"


async def give_back(
    unit: Unit, ledger: PaymentLedger, debits: Sequence[Transaction], change: Change
) -> list[TransactionOutcome]:
    """Debits of one clinic: each is a refund, or none of the patients' money."""
    held = {p.payment_id: p for p in await _awaiting(unit, ledger, debits)}
    ibans = await _ibans(unit, ledger, held.values())
    outcomes = []
    for debit in debits:
        refunds = (refund for p in held.values() for refund in awaited(p, ibans.get(p.payment_id)))
        found = refund_of(debit, refunds)
        if found is None:
            outcomes.append(lifecycle.pass_over(debit, change))
            continue
        held[found.payment_id] = await _leave(unit, ledger, held[found.payment_id], debit, found, change)
        outcomes.append(lifecycle.give_back(debit, found, change))
    return outcomes


async def _awaiting(unit: Unit, ledger: PaymentLedger, debits: Sequence[Transaction]) -> list[Payment]:
    if not debits:
        return []
    amounts = {d.amount.amount_minor for d in debits}
    return await ledger.store.payments.awaiting_refunds(unit, debits[0].clinic_id, amounts)


async def _ibans(unit: Unit, ledger: PaymentLedger, payments: Iterable[Payment]) -> dict[str, str]:
    """From which account each was paid, by payment."""
    of = {p.bank_transaction_id: p.payment_id for p in payments if p.bank_transaction_id}
    paid = await ledger.store.bank.transactions.named(unit, of)
    by_transaction = {t.transaction_id: t.counterparty_iban for t in paid if t.counterparty_iban}
    return {
        p.payment_id: by_transaction[p.bank_transaction_id] for p in payments if p.bank_transaction_id in by_transaction
    }


async def _leave(
    unit: Unit, ledger: PaymentLedger, payment: Payment, debit: Transaction, found: GivesBack, change: Change
) -> Payment:
    because = Change(change.at, change.by, found.reason)
    outcome = seen_leaving(payment, found.refund_id, debit.transaction_id, because)
    return await ledger.proceed(unit, payment, outcome, debit.transaction_id)


async def by_person(
    unit: Unit, ledger: PaymentLedger, debit: Transaction, payment_id: str, refund_id: str, change: Change
) -> Transaction:
    """A person says which refund it is. Raises NotFound, IllegalTransition, or BusinessError naming the field."""
    payment = await ledger.store.payments.payment(payment_id, unit)
    if payment.clinic_id != debit.clinic_id:
        raise NotFound("not-found", "there is no such thing here")
    entry = entry_of(payment, refund_id)
    if debit.credit or debit.reversal:
        raise BusinessError("not-a-debit", "money that came in is no refund")
    if entry not in payment.refunds_awaited:
        raise BusinessError("refund-not-awaited", "no refund by transfer that is yet to leave", field="/refund_id")
    if entry.amount != debit.amount:
        raise BusinessError("amount-differs", "a refund leaves with exactly its amount", field="/refund_id")
    found = GivesBack(payment_id, refund_id, "person", 100, "matched by hand")
    outcome = lifecycle.give_back(debit, found, change)
    await _leave(unit, ledger, payment, debit, found, change)
    await enter_transactions(unit, ledger.store, [outcome])
    return outcome.state


async def await_again(unit: Unit, ledger: PaymentLedger, debit: Transaction, change: Change) -> None:
    """The refund is awaited again."""
    if debit.gives_back is not None:
        payment = await ledger.store.payments.payment(debit.gives_back.payment_id, unit)
        outcome = seen_no_more(payment, debit.gives_back.refund_id, change)
        await ledger.proceed(unit, payment, outcome, debit.transaction_id)


async def look_for(unit: Unit, ledger: PaymentLedger, payment: Payment, refund_id: str) -> None:
    """The bank may have booked a refund before it was recorded: such debits are looked at once more."""
    if entry_of(payment, refund_id) not in payment.refunds_awaited:
        return
    await ledger.store.bank.transactions.claim_queues(unit, {payment.clinic_id})
    ibans = await _ibans(unit, ledger, [payment])
    amount = entry_of(payment, refund_id).amount
    debits = await ledger.store.bank.transactions.having(unit, payment.clinic_id, "debit", [amount_key(amount)])
    mine = list(awaited(payment, ibans.get(payment.payment_id)))
    change = ledger.change(RULES, RECORDED)
    again = [lifecycle.look_again(debit, change) for debit in debits if refund_of(debit, mine)]
    await enter_transactions(unit, ledger.store, again)
