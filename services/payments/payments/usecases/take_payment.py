"""Cash into the drawer, or a transfer that the bank booked: settled at once, with a receipt."""

from chassis.kernel.ids import new_id
from chassis.outbox import Unit
from payments.domain.copies import Invoice, check_payable, check_register
from payments.domain.payment import Payment
from payments.domain.taking import TakeCash, TakeMoney, TakeTransfer, demand_positive, take_cash, take_transfer
from payments.usecases.books import Books


async def take_payment(unit: Unit, books: Books, command: TakeCash | TakeTransfer) -> Payment:
    """Raises BusinessError."""
    await check(unit, books, command)
    if isinstance(command, TakeCash):
        day = await books.store.open_day(unit, command.clinic_id, command.register_id)
        check_register(day, command.register_id, command.amount)
    payment_id = new_id("pay")
    [receipt_number] = await books.store.next_receipt_numbers(unit, command.clinic_id)
    at = books.clock()
    match command:
        case TakeCash():
            change = take_cash(command, payment_id, receipt_number, at)
        case TakeTransfer():
            change = take_transfer(command, payment_id, receipt_number, at)
    return await books.begin(unit, change)


async def check(unit: Unit, books: Books, command: TakeMoney) -> Invoice | None:
    """What holds for every way to pay; the invoice, if it is for one. Raises BusinessError."""
    demand_positive(command.amount)
    if command.invoice_id is None:
        return None
    invoice = await books.store.claim_invoice(unit, command.invoice_id)
    check_payable(command, invoice, await books.store.payments_of(unit, command.invoice_id))
    return invoice
