"""An instalment plan: in which parts an invoice is paid."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import Instalment, Invoice
from invoicing.domain.invoice.lifecycle import Command, allow, following
from invoicing.domain.invoice.totals import asked_minor
from kernel.change import Change
from kernel.errors import BusinessError
from kernel.money import Money

Part = tuple[date, int]
"""When a part is due, and how much in minor units."""


def plan(invoice: Invoice, parts: Sequence[Part], change: Change) -> InvoiceOutcome:
    """The invoice paid in these parts, or without a plan for none. Its due date stays as it was set.

    Raises IllegalTransition; BusinessError unless the days ascend and the amounts sum to what is asked and not
    credited.
    """
    allow(invoice, Command.PLAN)
    for nth, ((before, _), (after, _)) in enumerate(pairwise(parts), start=1):
        if before >= after:
            raise BusinessError(
                "instalment-order", "each is due after the one before", field=f"/instalments/{nth}/due_on"
            )
    total_minor = asked_minor(invoice.totals) - invoice.totals.credited.amount_minor
    planned_minor = sum(amount_minor for _, amount_minor in parts)
    if parts and planned_minor != total_minor:
        raise BusinessError(
            "instalments-sum", f"they sum to {planned_minor}, not to {total_minor} (minor units)", field="/instalments"
        )
    instalments = tuple(
        Instalment(nth, due_on, Money(amount_minor, invoice.currency))
        for nth, (due_on, amount_minor) in enumerate(parts, start=1)
    )
    return revised(following(invoice, change, instalments=instalments))
