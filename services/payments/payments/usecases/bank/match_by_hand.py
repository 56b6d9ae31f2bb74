"""What a person does with a bank transaction; all of it can be taken back, and stands in its history."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.errors import BusinessError, IllegalTransition
from payments.domain.bank.transaction import Decision, Share, Transaction, moved
from payments.domain.intake.intake import TakeMoney
from payments.domain.intake.open_items import check_payable
from payments.usecases.bank.give_back import take_back
from payments.usecases.bank.match import enter_payments, learn, matched, reverse_payments
from payments.usecases.intake.ledger import PaymentLedger

PERSON = "person"


async def match(
    unit: Unit,
    ledger: PaymentLedger,
    transaction: Transaction,
    shares: Sequence[Share],
    *,
    allow_credit: bool,
    by: Actor,
) -> Transaction:
    """The whole amount over these invoices and accounts.

    Raises IllegalTransition, or BusinessError naming the share that does not fit.
    """
    if not transaction.credit:
        raise BusinessError("not-a-receipt", "money that went out is matched to no invoice")
    _check_sum(transaction, shares)
    for number, share in enumerate(shares):
        await _check_share(unit, ledger, transaction, share, f"/shares/{number}", allow_credit=allow_credit, by=by)
    now = ledger.clock()
    decision = Decision(PERSON, 100, "matched by hand", tuple(shares))
    after = matched(replace(transaction, suspicion=None), decision, now, by)
    await ledger.store.bank.replace(unit, [(transaction, after)])
    await enter_payments(unit, ledger, [after], now)
    known = await ledger.store.bank.accounts(unit, after.clinic_id, {after.counterparty_iban or ""})
    await learn(unit, ledger, [after], known, sure=True)
    return after


def _check_sum(transaction: Transaction, shares: Sequence[Share]) -> None:
    amount = transaction.amount
    for number, share in enumerate(shares):
        if share.amount.currency != amount.currency:
            field = f"/shares/{number}/amount"
            raise BusinessError("currency-differs", f"the transfer is in {amount.currency}", field=field)
    moved_minor = sum(share.amount.amount_minor for share in shares)
    if moved_minor != amount.amount_minor:
        text = f"the shares make {moved_minor}, the transfer is {amount.amount_minor} (minor units)"
        raise BusinessError("shares-differ", text, field="/shares")
    named = [(share.invoice_id, share.part) for share in shares if share.invoice_id]
    if len(named) != len(set(named)):
        raise BusinessError("invoice-twice", "an invoice has two shares of one payer", field="/shares")


async def _check_share(
    unit: Unit,
    ledger: PaymentLedger,
    transaction: Transaction,
    share: Share,
    field: str,
    *,
    allow_credit: bool,
    by: Actor,
) -> None:
    if share.amount.amount_minor <= 0:
        raise BusinessError("amount-not-positive", "a share is greater than zero", field=f"{field}/amount")
    if share.invoice_id is None:
        return
    invoice = await ledger.store.claim_invoice(unit, share.invoice_id)
    payments = await ledger.store.payments_of(unit, share.invoice_id)
    command = TakeMoney(
        clinic_id=transaction.clinic_id,
        patient_id=share.patient_id,
        invoice_id=share.invoice_id,
        amount=share.amount,
        allow_credit=allow_credit,
        by=by,
        part=share.part,
    )
    try:
        check_payable(command, invoice, payments)
    except BusinessError as error:
        raise type(error)(error.code, error.message, field=f"{field}{error.field or ''}") from None


async def unmatch(unit: Unit, ledger: PaymentLedger, transaction: Transaction, reason: str, by: Actor) -> Transaction:
    """Back to the queue, where the rules leave it alone; what it paid counts no more, what it gave back is awaited.

    Raises IllegalTransition, also once something of it was refunded.
    """
    now = ledger.clock()
    after = moved(transaction, "unmatch", now, by, reason, decision=None, by_hand=True, payout_id=None, gives_back=None)
    await reverse_payments(unit, ledger, transaction, now, by, reason)
    await take_back(unit, ledger, transaction, now, by, reason)
    if transaction.counterparty_iban and transaction.shares:
        told = [(share.patient_id, share.part) for share in transaction.shares]
        await ledger.store.bank.unlearn(unit, transaction.clinic_id, transaction.counterparty_iban, told)
    await ledger.store.bank.replace(unit, [(transaction, after)])
    return after


async def take(unit: Unit, ledger: PaymentLedger, transaction: Transaction, reason: str, by: Actor) -> Transaction:
    """What was suspected to be known already is money of its own: the rules look at it now.

    Raises IllegalTransition, also where nothing was suspected.
    """
    if transaction.suspicion is None:
        raise IllegalTransition(f"bank transaction {transaction.transaction_id}", transaction.status, "take")
    after = moved(transaction, "take", ledger.clock(), by, reason, suspicion=None)
    await ledger.store.bank.replace(unit, [(transaction, after)])
    return after


async def set_aside(unit: Unit, ledger: PaymentLedger, transaction: Transaction, reason: str, by: Actor) -> Transaction:
    """It is no patient's money. Raises IllegalTransition."""
    after = moved(transaction, "set_aside", ledger.clock(), by, reason, proposals=(), by_hand=True)
    await ledger.store.bank.replace(unit, [(transaction, after)])
    return after
