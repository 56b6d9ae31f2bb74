"""What happens to invoices. Each event has the invoice after it."""

from typing import TypeAlias

from invoicing.domain.invoice.invoice import Invoice
from kernel.outcome import Outcome
from kernel.value import value


@value
class InvoiceDrafted:
    """A session, or a proposal that was confirmed, became a draft."""

    invoice: Invoice


@value
class InvoiceRevised:
    """A draft changed; or a final invoice was credited, written off, planned anew, or got a proposal."""

    invoice: Invoice


@value
class InvoiceFinalized:
    invoice: Invoice


@value
class InvoicePaymentApplied:
    """What is paid changed, and something is open."""

    invoice: Invoice


@value
class InvoicePaid:
    """Nothing is open any more."""

    invoice: Invoice


@value
class InvoiceArchived:
    invoice: Invoice


@value
class InvoiceVoided:
    invoice: Invoice


InvoiceEvent: TypeAlias = (
    InvoiceDrafted
    | InvoiceRevised
    | InvoiceFinalized
    | InvoicePaymentApplied
    | InvoicePaid
    | InvoiceArchived
    | InvoiceVoided
)
InvoiceOutcome: TypeAlias = Outcome[Invoice, InvoiceEvent]


def revised(invoice: Invoice) -> InvoiceOutcome:
    """A change that leaves the invoice in its state."""
    return Outcome(invoice, (InvoiceRevised(invoice),))
