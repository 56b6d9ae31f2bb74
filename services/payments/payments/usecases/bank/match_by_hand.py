"""What a person does with a bank transaction; all of it can be taken back, and stands in its history."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import BusinessError
from kernel.money import Money, written
from payments.domain.bank import lifecycle
from payments.domain.bank.transaction import Decision, Share, Transaction
from payments.domain.intake.intake import TakeTransfer
from payments.domain.intake.open_items import check_payable
from payments.usecases.bank.enter_transactions import enter_transactions
from payments.usecases.bank.give_back import await_again
from payments.usecases.bank.match import enter_payments, learn, reverse_payments
from payments.usecases.intake.ledger import PaymentLedger


async def match(
    unit: Unit,
    ledger: PaymentLedger,
    transaction: Transaction,
    shares: Sequence[Share],
    change: Change,
    *,
    allow_credit: bool,
) -> Transaction:
    """The whole amount over these invoices and accounts.

    Raises IllegalTransition, or BusinessError naming the share that does not fit.
    """
    if not transaction.credit:
        raise BusinessError("not-a-receipt", "money that went out is matched to no invoice")
    _check_sum(transaction, shares)
    for number, share in enumerate(shares):
        await _check_share(unit, ledger, transaction, share, f"/shares/{number}", allow_credit=allow_credit)
    decision = Decision("person", 100, "matched by hand", tuple(shares))
    outcome = lifecycle.match(transaction, decision, change)
    await enter_transactions(unit, ledger.store, [outcome])
    after = outcome.state
    await enter_payments(unit, ledger, [after], change)
    known = await ledger.store.bank.payers.accounts(unit, after.clinic_id, {after.counterparty_iban or ""})
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
        shared = written(Money(moved_minor, amount.currency))
        text = f"the shares make {shared}, the transfer is {written(amount)}"
        raise BusinessError("shares-differ", text, field="/shares")
    named = [(share.invoice_id, share.part, share.payer_id) for share in shares if share.invoice_id]
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
) -> None:
    if share.amount.amount_minor <= 0:
        raise BusinessError("amount-not-positive", "a share is greater than zero", field=f"{field}/amount")
    if share.invoice_id is None:
        return
    invoice = await ledger.store.replicas.claim_invoice(unit, share.invoice_id)
    payments = await ledger.store.payments.of_invoices(unit, share.invoice_id)
    command = TakeTransfer(
        clinic_id=transaction.clinic_id,
        patient_id=share.patient_id,
        invoice_id=share.invoice_id,
        amount=share.amount,
        allow_credit=allow_credit,
        part=share.part,
        payer_id=share.payer_id,
        reference=transaction.transaction_id,
        received_on=transaction.booked_on,
    )
    try:
        check_payable(command, invoice, payments)
    except BusinessError as error:
        raise type(error)(error.code, error.message, field=f"{field}{error.field or ''}") from None


async def unmatch(unit: Unit, ledger: PaymentLedger, transaction: Transaction, change: Change) -> Transaction:
    """Back to the queue, where the rules leave it alone; what it paid counts no more, what it gave back is awaited.

    Raises IllegalTransition, also once something of it was refunded.
    """
    outcome = lifecycle.unmatch(transaction, change)
    await reverse_payments(unit, ledger, transaction, change)
    await await_again(unit, ledger, transaction, change)
    if transaction.counterparty_iban and transaction.shares:
        paid_for = [(share.patient_id, share.part) for share in transaction.shares]
        await ledger.store.bank.payers.unlearn(unit, transaction.clinic_id, transaction.counterparty_iban, paid_for)
    await enter_transactions(unit, ledger.store, [outcome])
    return outcome.state


async def take(unit: Unit, ledger: PaymentLedger, transaction: Transaction, change: Change) -> Transaction:
    """What was suspected to be known already is money of its own: the rules look at it now.

    Raises IllegalTransition, also where nothing was suspected.
    """
    outcome = lifecycle.take(transaction, change)
    await enter_transactions(unit, ledger.store, [outcome])
    return outcome.state


async def set_aside(unit: Unit, ledger: PaymentLedger, transaction: Transaction, change: Change) -> Transaction:
    """It is no patient's money. Raises IllegalTransition."""
    outcome = lifecycle.set_aside(transaction, change)
    await enter_transactions(unit, ledger.store, [outcome])
    return outcome.state
