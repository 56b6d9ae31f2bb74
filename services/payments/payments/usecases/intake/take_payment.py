"""Cash, a cheque, a card on a terminal, or a transfer that the bank booked: settled at once, with a receipt."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import BusinessError
from kernel.ids import new_id
from kernel.money import Money
from payments.domain.intake.intake import (
    TakeCash,
    TakeCheque,
    TakeMoney,
    TakeTerminal,
    TakeTransfer,
    demand_positive,
    take_by_reference,
    take_cash,
    take_transfer,
)
from payments.domain.intake.open_items import (
    Invoice,
    all_due,
    check_payable,
    check_register,
    demand_open,
    next_instalment,
)
from payments.domain.intake.payment import Payer, Payment
from payments.usecases.intake.ledger import PaymentLedger

Taken = TakeCash | TakeTransfer | TakeCheque | TakeTerminal


async def take_payment(unit: Unit, ledger: PaymentLedger, command: Taken, change: Change) -> Payment:
    """Raises BusinessError."""
    await check(unit, ledger, command)
    if isinstance(command, TakeCash):
        day = await ledger.store.replicas.open_day(unit, command.clinic_id, command.register_id)
        check_register(day, command.register_id, command.amount)
        policy = await ledger.store.payment_policy.of(command.clinic_id, unit)
        command = replace(command, rounds_euro=policy.round_euro_cash)
    payment_id = new_id("pay")
    [receipt_number] = await ledger.store.receipts.draw(unit, command.clinic_id)
    match command:
        case TakeCash():
            outcome = take_cash(command, payment_id, receipt_number, change)
        case TakeTransfer():
            outcome = take_transfer(command, payment_id, receipt_number, change)
        case TakeCheque() | TakeTerminal():
            outcome = take_by_reference(command, payment_id, receipt_number, change)
        case _:
            assert_never(command)
    return await ledger.begin(unit, outcome)


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose money it is, for which invoice, and how much: an amount, what is due next by the plan, or all that is."""

    clinic_id: str
    patient_id: str
    invoice_id: str | None
    part: Payer
    payer_id: str | None
    amount: Money | Literal["all_due"] | None
    next_instalment: bool


async def amount_of(unit: Unit, ledger: PaymentLedger, claim: Claim) -> Money:
    """What is to be paid. Raises BusinessError."""
    if claim.next_instalment == (claim.amount is not None):
        raise BusinessError("invalid-request", "either amount or next_instalment", field="/amount")
    if isinstance(claim.amount, Money):
        return claim.amount
    if claim.invoice_id is None:
        wanted = claim.amount or "next_instalment"
        raise BusinessError("invalid-request", f"{wanted} needs an invoice", field="/invoice_id")
    known = await ledger.store.replicas.claim_invoice(unit, claim.invoice_id)
    invoice = demand_open(known, claim.invoice_id, claim.clinic_id, claim.patient_id)
    payments = await ledger.store.payments.of_invoices(unit, claim.invoice_id)
    if claim.amount == "all_due":
        return all_due(invoice, payments, claim.part, claim.payer_id)
    return next_instalment(invoice, payments, claim.part, claim.payer_id).amount


async def check(unit: Unit, ledger: PaymentLedger, command: TakeMoney) -> Invoice | None:
    """What holds for every way to pay; the invoice, if it is for one. Raises BusinessError."""
    demand_positive(command.amount)
    if command.invoice_id is None:
        return None
    invoice = await ledger.store.replicas.claim_invoice(unit, command.invoice_id)
    check_payable(command, invoice, await ledger.store.payments.of_invoices(unit, command.invoice_id))
    return invoice
