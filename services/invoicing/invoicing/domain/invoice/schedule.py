"""When the patient pays which part of what they owe: one schedule for invoice, account and document."""

from collections.abc import Sequence

from invoicing.domain.invoice.invoice import Instalment, Invoice
from invoicing.domain.invoice.totals import of_patient_minor
from kernel.errors import Conflict
from kernel.money import Money, written
from kernel.value import replace


def as_issued(draft: Invoice, ahead_minor: int) -> Invoice:
    """The draft with its plan as it is issued: what was paid ahead of a plan of the whole is off its earliest parts.

    Raises Conflict where the plan sums to anything else than what the patient is asked for.
    """
    asked_minor = of_patient_minor(draft)
    planned_minor = sum(part.amount.amount_minor for part in draft.instalments)
    if draft.instalments and planned_minor not in (asked_minor, asked_minor - ahead_minor):
        owed, planned = Money(asked_minor - ahead_minor, draft.currency), Money(planned_minor, draft.currency)
        raise Conflict(
            "instalments-differ",
            f"the patient owes {written(owed)} of invoice {draft.invoice_id} by now, and its instalments sum to "
            f"{written(planned)}: plan them again",
        )
    left = left_of(draft.instalments, asked_minor - ahead_minor)
    return draft if left == draft.instalments else replace(draft, instalments=left)


def left_of(instalments: Sequence[Instalment], open_minor: int) -> tuple[Instalment, ...]:
    """The parts with something left, by day: they sum to what is open.

    What is settled, in whatever way, is taken off the earliest; what was paid before the plan and is open again, as
    after a refund, is due with the earliest.
    """
    settled = sum(part.amount.amount_minor for part in instalments) - open_minor
    left = []
    for part in sorted(instalments, key=lambda part: (part.due_on, part.number)):
        taken = min(part.amount.amount_minor, settled)
        settled -= taken
        if taken < part.amount.amount_minor:
            amount = Money(part.amount.amount_minor - taken, part.amount.currency)
            left.append(part if not taken else replace(part, amount=amount))
    return tuple(left)
