"""Giving a claim up: nobody expects the money of a payer, or of all of them, any more."""

from invoicing.domain.invoice.events import InvoiceOutcome
from invoicing.domain.invoice.invoice import Invoice, PayerAmount, WriteOff
from invoicing.domain.invoice.lifecycle import Command, allow, closed, following, settled
from invoicing.domain.invoice.payers import Payer, shares_of
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.money import total
from kernel.outcome import Outcome


def write_off(invoice: Invoice, change: Change, payer: Payer | None = None) -> InvoiceOutcome:
    """Nobody expects what is open of this payer, or of all. A payment that comes all the same still counts.

    A refund opens it again. Raises IllegalTransition; BusinessError without a reason; Conflict where nothing is open.
    """
    allow(invoice, Command.WRITE_OFF)
    if not change.reason:
        raise BusinessError("reason-missing", "say why nobody will pay this", field="/reason")
    shares = shares_of(invoice)
    if not any(share.open.amount_minor for share in shares if payer in (None, (share.part, share.payer_id))):
        raise Conflict("nothing-due", f"nothing is open of this payer on invoice {invoice.invoice_id}")
    given_up = tuple(
        PayerAmount(
            share.part,
            share.payer_id,
            share.written_off + share.open if payer in (None, (share.part, share.payer_id)) else share.written_off,
        )
        for share in shares
    )
    given_up = tuple(one for one in given_up if one.amount.amount_minor)
    amount = total((one.amount for one in given_up), invoice.currency)
    written_off = WriteOff(amount, change.reason, change.by, change.at, given_up)
    after = settled(following(invoice, change, write_off=written_off), change)
    return Outcome(after, (closed(invoice, after),))
