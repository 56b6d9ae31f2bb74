"""An instalment plan: in which parts the patient pays what is asked of them and not paid yet."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import Instalment, Invoice
from invoicing.domain.invoice.lifecycle import Command, allow, following
from invoicing.domain.invoice.payers import patient_due_minor
from kernel.change import Change
from kernel.errors import BusinessError
from kernel.money import Money, written

Part = tuple[date, int]
"""When a part is due, and how much in minor units."""


def plan(invoice: Invoice, parts: Sequence[Part], change: Change, ahead_minor: int = 0) -> InvoiceOutcome:
    """The patient's part paid in these parts, or without a plan for none. The due date stays as it was set.

    `ahead_minor` is what counts towards a draft the moment it is final. A plan replaces the one before it, also after
    some was paid. Raises IllegalTransition; BusinessError unless the days ascend and the amounts sum to what the
    patient still owes.
    """
    allow(invoice, Command.PLAN)
    for nth, ((before, _), (after, _)) in enumerate(pairwise(parts), start=1):
        if before >= after:
            raise BusinessError(
                "instalment-order", "each is due after the one before", field=f"/instalments/{nth}/due_on"
            )
    total_minor = max(0, patient_due_minor(invoice) - ahead_minor)
    planned_minor = sum(amount_minor for _, amount_minor in parts)
    if parts and planned_minor != total_minor:
        raise BusinessError(
            "instalments-sum",
            f"they sum to {written(Money(planned_minor, invoice.currency))}; "
            f"the patient still owes {written(Money(total_minor, invoice.currency))}",
            field="/instalments",
        )
    instalments = tuple(
        Instalment(nth, due_on, Money(amount_minor, invoice.currency))
        for nth, (due_on, amount_minor) in enumerate(parts, start=1)
    )
    return revised(following(invoice, change, instalments=instalments))
