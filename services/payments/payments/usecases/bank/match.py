"""Transfers that nobody looked at yet find their invoices: a turn of the queue, of one clinic, in one transaction."""

from collections.abc import Mapping, Sequence

from chassis.messaging.outbox import Unit
from kernel.change import Change
from payments.domain.bank import lifecycle
from payments.domain.bank.cash_deposits import deposit_of, may_be_deposit
from payments.domain.bank.lifecycle import TransactionOutcome
from payments.domain.bank.matching.evidence import PayerAccount
from payments.domain.bank.matching.reversals import taken_back
from payments.domain.bank.matching.rules import RULES, SURE, decide
from payments.domain.bank.payout_transfers import may_be_payout, payout_of
from payments.domain.bank.transaction import Share, Transaction
from payments.domain.intake.intake import TakeTransfer, reverse, take_transfer
from payments.domain.intake.lifecycle import PaymentOutcome, may
from payments.usecases.bank.enter_transactions import enter_transactions
from payments.usecases.bank.give_back import give_back
from payments.usecases.bank.open_item_index import load_open_items
from payments.usecases.intake.ledger import PaymentLedger

OUTGOING_CAME_BACK = "what went out came back: no patient's money, unless a person says so"


async def work_off(ledger: PaymentLedger) -> bool:
    """One turn; whether there was any. While none waits, no transaction is begun."""
    return await ledger.store.bank.queue.waits() and await ledger.transact(lambda unit: match_turn(unit, ledger))


async def match_turn(unit: Unit, ledger: PaymentLedger) -> bool:
    """Decides each transfer of the turn as if it were the only one, after those before it.

    What one takes, the next one does not find open; what one teaches, the next one knows.
    """
    turn = await ledger.store.bank.queue.first(unit)
    if turn is None:
        return False
    page = await ledger.store.bank.transactions.still_new(unit, turn)
    change = ledger.change(RULES)
    await ledger.store.bank.transactions.claim_queues(unit, {turn.clinic_id})
    suspects = [_queued(t, change, t.suspicion.reason) for t in page if t.suspicion]
    page = [t for t in page if not t.suspicion]
    empty = [lifecycle.set_aside_empty(t, change) for t in page if t.amount.amount_minor == 0]
    page = [t for t in page if t.amount.amount_minor]
    incoming = [t for t in page if t.credit and not t.reversal]
    aside = await _payouts(unit, ledger, incoming, change)
    known = {outcome.state.transaction_id for outcome in aside}
    aside += await _deposits(unit, ledger, [t for t in incoming if t.transaction_id not in known], change)
    known = {outcome.state.transaction_id for outcome in aside}
    incoming = [t for t in incoming if t.transaction_id not in known]
    outcomes = await _decided(unit, ledger, turn.clinic_id, incoming, change) if incoming else []
    outcomes += aside + suspects + empty
    outcomes += [_queued(t, change, OUTGOING_CAME_BACK) for t in page if t.credit and t.reversal]
    outcomes += await give_back(unit, ledger, [t for t in page if not t.credit and not t.reversal], change)
    reversals = [t for t in page if t.reversal and not t.credit]
    if reversals and turn.last:
        outcomes += await take_back(unit, ledger, reversals, change)
    elif reversals:
        # What a reversal takes back may be in this turn, or in one after it: it is looked for when all that is matched.
        await ledger.store.bank.queue.put(unit, turn.clinic_id, [t.transaction_id for t in reversals], last=True)
    await enter_transactions(unit, ledger.store, outcomes)
    await ledger.store.bank.queue.take_off(unit, turn)
    return True


def _queued(transaction: Transaction, change: Change, reason: str) -> TransactionOutcome:
    return lifecycle.queue(transaction, Change(change.at, change.by, reason))


async def _payouts(
    unit: Unit, ledger: PaymentLedger, incoming: Sequence[Transaction], change: Change
) -> list[TransactionOutcome]:
    """What Stripe paid out is no patient's money: it is booked already, payment by payment."""
    candidates = [t for t in incoming if may_be_payout(t)]
    if not candidates:
        return []
    clinic_id, amounts = candidates[0].clinic_id, {t.amount.amount_minor for t in candidates}
    payouts = {p.payout_id: p for p in await ledger.store.payouts.of_amounts(unit, clinic_id, amounts)}
    for taken in await ledger.store.bank.transactions.taken_payouts(unit, clinic_id, payouts):
        del payouts[taken]
    outcomes: list[TransactionOutcome] = []
    for transfer in candidates:
        payout = payout_of(transfer, payouts.values())
        if payout is not None:
            del payouts[payout.payout_id]
            because = Change(change.at, change.by, f"Stripe's payout {payout.payout_id}")
            outcomes.append(lifecycle.set_aside_payout(transfer, payout.payout_id, because))
    return outcomes


async def _deposits(
    unit: Unit, ledger: PaymentLedger, incoming: Sequence[Transaction], change: Change
) -> list[TransactionOutcome]:
    """What registers brought to the bank is no patient's money: it is booked already, receipt by receipt."""
    candidates = [t for t in incoming if may_be_deposit(t)]
    if not candidates:
        return []
    clinic_id, amounts = candidates[0].clinic_id, {t.amount.amount_minor for t in candidates}
    found = await ledger.store.register_movements.deposits_of_amounts(unit, clinic_id, amounts)
    deposits = {deposit.deposit_id: deposit for deposit in found}
    for taken in await ledger.store.bank.transactions.of_deposits(unit, clinic_id, deposits):
        del deposits[taken.deposit_id or ""]
    outcomes: list[TransactionOutcome] = []
    for transfer in sorted(candidates, key=lambda t: t.booked_on):
        deposit = deposit_of(transfer, deposits.values())
        if deposit is not None:
            del deposits[deposit.deposit_id]
            because = Change(change.at, change.by, f"cash that register {deposit.register_id} brought to the bank")
            outcomes.append(lifecycle.set_aside_deposit(transfer, deposit.deposit_id, because))
    return outcomes


async def _decided(
    unit: Unit, ledger: PaymentLedger, clinic_id: str, incoming: Sequence[Transaction], change: Change
) -> list[TransactionOutcome]:
    index = await load_open_items(unit, ledger, clinic_id, incoming)
    known = dict(index.accounts)
    outcomes: list[TransactionOutcome] = []
    waiting: list[Transaction] = []
    for transaction in incoming:
        decision = decide(index.evidence(transaction)).decision
        if decision is None:
            waiting.append(transaction)
            continue
        index.take(decision.shares)
        outcomes.append(lifecycle.match(transaction, decision, change))
        index.learn(outcomes[-1].state)
    decided = [outcome.state for outcome in outcomes]
    await ledger.store.replicas.claim_invoices(unit, {s.invoice_id for t in decided for s in t.shares if s.invoice_id})
    await enter_payments(unit, ledger, decided, change)
    sure = [t for t in decided if t.decision and t.decision.rule in SURE]
    await learn(unit, ledger, sure, known)
    await index.find_alike(unit, ledger, clinic_id, waiting)
    for transaction in waiting:
        proposals = decide(index.evidence(transaction)).choices
        outcomes.append(lifecycle.queue(transaction, change, proposals))
    return outcomes


async def enter_payments(
    unit: Unit, ledger: PaymentLedger, transactions: Sequence[Transaction], change: Change
) -> None:
    """A settled payment with a receipt for each share. All transactions are of one clinic."""
    shares = [(t, share) for t in transactions for share in t.shares]
    if not shares:
        return
    numbers = await ledger.store.receipts.draw(unit, transactions[0].clinic_id, len(shares))
    begun = [
        (_payment(t, share, number, change), t.transaction_id)
        for (t, share), number in zip(shares, numbers, strict=True)
    ]
    await ledger.begin_all(unit, begun)


def _payment(transaction: Transaction, share: Share, receipt_number: str, change: Change) -> PaymentOutcome:
    command = TakeTransfer(
        clinic_id=transaction.clinic_id,
        patient_id=share.patient_id,
        invoice_id=share.invoice_id,
        amount=share.amount,
        allow_credit=True,
        reference=(transaction.references[:1] or (transaction.end_to_end_id or transaction.transaction_id,))[0],
        received_on=transaction.booked_on,
        bank_transaction_id=transaction.transaction_id,
        part=share.part,
        payer_id=share.payer_id,
    )
    because = Change(change.at, change.by, transaction.history[-1].reason)
    return take_transfer(command, share.payment_id or "", receipt_number, because)


async def learn(
    unit: Unit,
    ledger: PaymentLedger,
    transactions: Sequence[Transaction],
    known: Mapping[str, PayerAccount],
    *,
    sure: bool = False,
) -> None:
    """Whoever named an invoice pays from this account for its patient; an insurer does for two, or a person says so."""
    lessons = {
        (t.counterparty_iban, share.patient_id, share.part, share.payer_id or "")
        for t in transactions
        if t.counterparty_iban
        for share in t.shares
        if not _known(known.get(t.counterparty_iban), share)
    }
    if lessons:
        await ledger.store.bank.payers.learn(unit, transactions[0].clinic_id, sorted(lessons), sure=sure)


def _known(account: PayerAccount | None, share: Share) -> bool:
    if account is None:
        return False
    if share.part == "insurer":
        return account.insurer and share.payer_id in (None, *account.payer_ids)
    return account.crowded or share.patient_id in account.patients


async def take_back(
    unit: Unit, ledger: PaymentLedger, reversals: Sequence[Transaction], change: Change
) -> list[TransactionOutcome]:
    """The bank takes transfers back: what they paid counts no more. One that is not certain waits for a person."""
    earlier = await ledger.store.bank.transactions.reversible(unit, reversals)
    payments = {
        p.payment_id: p
        for p in await ledger.store.payments.named(unit, {s.payment_id or "" for t in earlier for s in t.shares})
    }
    outcomes: list[TransactionOutcome] = []
    for reversal in reversals:
        original = taken_back(reversal, earlier)
        whole = original and all(may(payments[s.payment_id or ""].status, "reverse") for s in original.shares)
        if original is None or not whole:
            outcomes.append(lifecycle.queue(reversal, change))
            continue
        earlier.remove(original)
        taken_by = Change(change.at, change.by, f"taken back by {reversal.transaction_id}")
        for share in original.shares:
            payment = payments[share.payment_id or ""]
            await ledger.proceed(unit, payment, reverse(payment, taken_by), original.transaction_id)
        takes_back = Change(change.at, change.by, f"takes back {original.transaction_id}")
        outcomes += [
            lifecycle.reverse(original, taken_by),
            lifecycle.pass_over(reversal, takes_back, reverses=original.transaction_id),
        ]
    return outcomes


async def reverse_payments(unit: Unit, ledger: PaymentLedger, transaction: Transaction, change: Change) -> None:
    """What the transaction paid counts no more. Raises IllegalTransition once something of it was refunded."""
    for share in transaction.shares:
        payment = await ledger.store.payments.payment(share.payment_id or "", unit)
        await ledger.proceed(unit, payment, reverse(payment, change), transaction.transaction_id)
