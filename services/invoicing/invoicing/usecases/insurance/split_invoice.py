"""The insurer's part: by the clinic's plans or as a person sets it on a draft, and what of it is refused later."""

from collections.abc import Collection

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.insurance.secondary import secondary_plan_of
from invoicing.domain.insurance.split import (
    NOTHING_USED,
    WantedSplit,
    insured_minor,
    plan_of,
    refused,
    split,
    split_by_hand,
    split_by_plan,
)
from invoicing.domain.invoice.invoice import Invoice
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.receivables.settle_accounts import settle_outcome
from invoicing.usecases.save_and_publish import save_and_publish
from kernel.change import Change
from kernel.money import Money


async def set_split(
    unit: Unit, store: Store, stored: StoredInvoice, change: Change, wanted: WantedSplit | None
) -> Invoice:
    """What is wanted, or by the plans. Raises IllegalTransition, and BusinessError naming the field."""
    draft = stored.invoice
    if wanted is not None:
        outcome = split_by_hand(draft, wanted, change)
    else:
        clinic = await store.clinics.find(unit, draft.clinic_id)
        outcome = split_by_plan(draft, clinic, change)
    await save_and_publish(unit, store, {draft.invoice_id: stored}, outcome.events)
    return outcome.state


async def refuse_part(
    unit: Unit, store: Store, stored: StoredInvoice, change: Change, amount: Money, payer_id: str | None = None
) -> Invoice:
    """The insurer does not pay so much: the patient owes it, and their credit pays it at once. Raises as `refused`."""
    outcome = refused(stored.invoice, amount, change, payer_id)
    account = stored.invoice.clinic_id, stored.invoice.patient_id
    return await settle_outcome(unit, store, stored, outcome, [account], change)


def split_for_good(draft: Invoice, clinic: Clinic, others: Collection[Invoice]) -> Invoice:
    """The draft as it would be final now: a yearly maximum counts the final invoices of the patient at the clinic."""
    plans = plan_of(draft, clinic), secondary_plan_of(draft, clinic)
    if all(plan is None or plan.yearly_maximum_minor is None for plan in plans):
        return split(draft, clinic)
    used = (insured_minor(others, plan, clinic.currency) if plan else NOTHING_USED for plan in plans)
    return split(draft, clinic, *used)
