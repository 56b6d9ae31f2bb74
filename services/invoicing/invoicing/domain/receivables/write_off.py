"""Giving a claim up: nobody expects the money any more."""

from invoicing.domain.invoice.events import InvoiceOutcome
from invoicing.domain.invoice.invoice import Invoice, WriteOff
from invoicing.domain.invoice.lifecycle import Command, allow, closed, following, settled
from kernel.change import Change
from kernel.errors import BusinessError
from kernel.outcome import Outcome


def write_off(invoice: Invoice, change: Change) -> InvoiceOutcome:
    """Nobody expects what is due any more. A payment that comes all the same still counts; a refund opens it again.

    Raises IllegalTransition; BusinessError without a reason.
    """
    allow(invoice, Command.WRITE_OFF)
    if not change.reason:
        raise BusinessError("reason-missing", "say why nobody will pay this", field="/reason")
    before = invoice.totals.written_off
    amount = invoice.totals.due if before is None else invoice.totals.due + before
    given_up = WriteOff(amount, change.reason, change.by, change.at)
    after = settled(following(invoice, change, write_off=given_up), change)
    return Outcome(after, (closed(invoice, after),))
