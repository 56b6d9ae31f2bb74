"""Transfers that nobody looked at yet find their invoices: a turn of the queue, of one clinic, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.ids import derived_id
from payments.domain.bank.matching import SURE, PayerAccount, decide, taken_back
from payments.domain.bank.payout_transfers import may_be_payout, payout_of
from payments.domain.bank.transaction import Decision, Share, Transaction, moved
from payments.domain.intake.intake import TakeTransfer, reverse, take_transfer
from payments.domain.intake.lifecycle import Cause, Change, may
from payments.usecases.bank.give_back import give_back
from payments.usecases.bank.open_item_index import load_open_items
from payments.usecases.bank.rules import RULES
from payments.usecases.intake.ledger import PaymentLedger

OUTGOING_CAME_BACK = "what went out came back: no patient's money, unless a person says so"
Changes = list[tuple[Transaction, Transaction]]


async def work_off(ledger: PaymentLedger) -> bool:
    """One turn; whether there was any."""
    return await ledger.transact(lambda unit: match_turn(unit, ledger))


async def match_turn(unit: Unit, ledger: PaymentLedger) -> bool:
    """Decides each transfer of the turn as if it were the only one, after those before it.

    What one takes, the next one does not find open; what one teaches, the next one knows.
    """
    turn = await ledger.store.bank.queue.first(unit)
    if turn is None:
        return False
    page = await ledger.store.bank.still_new(unit, turn)
    now = ledger.clock()
    await ledger.store.bank.claim_queues(unit, {turn.clinic_id})
    suspects = [(t, moved(t, "queue", now, RULES, t.suspicion.reason)) for t in page if t.suspicion]
    page = [t for t in page if not t.suspicion]
    incoming = [t for t in page if t.credit and not t.reversal]
    aside = await _payouts(unit, ledger, incoming, now)
    known = {before.transaction_id for before, _ in aside}
    incoming = [t for t in incoming if t.transaction_id not in known]
    changes = await _decided(unit, ledger, turn.clinic_id, incoming, now) if incoming else []
    changes += aside + suspects
    changes += [(t, moved(t, "queue", now, RULES, OUTGOING_CAME_BACK)) for t in page if t.credit and t.reversal]
    changes += await give_back(unit, ledger, [t for t in page if not t.credit and not t.reversal], now)
    reversals = [t for t in page if t.reversal and not t.credit]
    if reversals and turn.last:
        changes += await take_back(unit, ledger, reversals, now)
    elif reversals:
        # What a reversal takes back may be in this turn, or in one after it: it is looked for when all that is matched.
        await ledger.store.bank.queue.put(unit, turn.clinic_id, [t.transaction_id for t in reversals], last=True)
    await ledger.store.bank.replace(unit, changes)
    await ledger.store.bank.queue.take_off(unit, turn)
    return True


async def _payouts(unit: Unit, ledger: PaymentLedger, incoming: Sequence[Transaction], now: datetime) -> Changes:
    """What Stripe paid out is no patient's money: it is booked already, payment by payment."""
    candidates = [t for t in incoming if may_be_payout(t)]
    if not candidates:
        return []
    clinic_id, amounts = candidates[0].clinic_id, {t.amount.amount_minor for t in candidates}
    payouts = {p.payout_id: p for p in await ledger.store.payouts.of_amounts(unit, clinic_id, amounts)}
    for taken in await ledger.store.bank.taken_payouts(unit, clinic_id, payouts):
        del payouts[taken]
    changes: Changes = []
    for transfer in candidates:
        payout = payout_of(transfer, payouts.values())
        if payout is not None:
            del payouts[payout.payout_id]
            reason = f"Stripe's payout {payout.payout_id}"
            aside = moved(transfer, "set_aside", now, RULES, reason, proposals=(), payout_id=payout.payout_id)
            changes.append((transfer, aside))
    return changes


async def _decided(
    unit: Unit, ledger: PaymentLedger, clinic_id: str, incoming: Sequence[Transaction], now: datetime
) -> Changes:
    index = await load_open_items(unit, ledger, clinic_id, incoming)
    known = dict(index.accounts)
    decided: list[Transaction] = []
    changes: Changes = []
    waiting: list[Transaction] = []
    for transaction in incoming:
        decision = decide(index.evidence(transaction)).decision
        if decision is None:
            waiting.append(transaction)
            continue
        index.take(decision.shares)
        decided.append(matched(transaction, decision, now, RULES))
        index.learn(decided[-1])
        changes.append((transaction, decided[-1]))
    await ledger.store.claim(unit, {s.invoice_id for t in decided for s in t.shares if s.invoice_id})
    await enter_payments(unit, ledger, decided, now)
    sure = [t for t in decided if t.decision and t.decision.rule in SURE]
    await learn(unit, ledger, sure, known)
    await index.find_alike(unit, ledger, clinic_id, waiting)
    for transaction in waiting:
        proposals = decide(index.evidence(transaction)).choices
        changes.append((transaction, moved(transaction, "queue", now, RULES, None, proposals=proposals)))
    return changes


def matched(before: Transaction, decision: Decision, at: datetime, by: Actor, reason: str | None = None) -> Transaction:
    """The transaction with its decision, each share under the id that its payment will have."""
    parts = (before.transaction_id, str(before.version))
    shares = tuple(
        replace(share, payment_id=derived_id("pay", *parts, str(number)))
        for number, share in enumerate(decision.shares)
    )
    kept = replace(decision, shares=shares)
    return moved(before, "match", at, by, reason or decision.reason, decision=kept, proposals=())


async def enter_payments(unit: Unit, ledger: PaymentLedger, transactions: Sequence[Transaction], now: datetime) -> None:
    """A settled payment with a receipt for each share. All transactions are of one clinic."""
    shares = [(t, share) for t in transactions for share in t.shares]
    if not shares:
        return
    numbers = await ledger.store.next_receipt_numbers(unit, transactions[0].clinic_id, len(shares))
    changes = [_payment(t, share, number, now) for (t, share), number in zip(shares, numbers, strict=True)]
    causes = [Cause(t.history[-1].reason, t.transaction_id) for t, _ in shares]
    await ledger.begin_all(unit, changes, causes)


def _payment(transaction: Transaction, share: Share, receipt_number: str, now: datetime) -> Change:
    command = TakeTransfer(
        clinic_id=transaction.clinic_id,
        patient_id=share.patient_id,
        invoice_id=share.invoice_id,
        amount=share.amount,
        allow_credit=True,
        by=transaction.history[-1].by,
        reference=(transaction.references[:1] or (transaction.end_to_end_id or transaction.transaction_id,))[0],
        received_on=transaction.booked_on,
        bank_transaction_id=transaction.transaction_id,
        part=share.part,
    )
    return take_transfer(command, share.payment_id or "", receipt_number, now)


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
        (t.counterparty_iban, share.patient_id, share.part)
        for t in transactions
        if t.counterparty_iban
        for share in t.shares
        if not _known(known.get(t.counterparty_iban), share)
    }
    if lessons:
        await ledger.store.bank.learn(unit, transactions[0].clinic_id, sorted(lessons), sure=sure)


def _known(account: PayerAccount | None, share: Share) -> bool:
    if account is None:
        return False
    return account.insurer if share.part == "insurer" else account.crowded or share.patient_id in account.patients


async def take_back(unit: Unit, ledger: PaymentLedger, reversals: Sequence[Transaction], now: datetime) -> Changes:
    """The bank takes transfers back: what they paid counts no more. One that is not certain waits for a person."""
    earlier = await ledger.store.bank.reversible(unit, reversals)
    payments = {
        p.payment_id: p
        for p in await ledger.store.payments_named(unit, {s.payment_id or "" for t in earlier for s in t.shares})
    }
    changes: Changes = []
    for reversal in reversals:
        original = taken_back(reversal, earlier)
        whole = original and all(may(payments[s.payment_id or ""].status, "reverse") for s in original.shares)
        if original is None or not whole:
            changes.append((reversal, moved(reversal, "queue", now, RULES, None)))
            continue
        earlier.remove(original)
        taken_by = f"taken back by {reversal.transaction_id}"
        for share in original.shares:
            payment = payments[share.payment_id or ""]
            await ledger.proceed(unit, payment, reverse(payment, now, RULES), Cause(taken_by, original.transaction_id))
        reason = f"takes back {original.transaction_id}"
        changes += [
            (original, moved(original, "reverse", now, RULES, taken_by)),
            (reversal, moved(reversal, "pass_over", now, RULES, reason, reverses=original.transaction_id)),
        ]
    return changes


async def reverse_payments(
    unit: Unit, ledger: PaymentLedger, transaction: Transaction, now: datetime, by: Actor, reason: str
) -> None:
    """What the transaction paid counts no more. Raises IllegalTransition once something of it was refunded."""
    for share in transaction.shares:
        payment = await ledger.store.payment(share.payment_id or "", unit)
        await ledger.proceed(unit, payment, reverse(payment, now, by), Cause(reason, transaction.transaction_id))
