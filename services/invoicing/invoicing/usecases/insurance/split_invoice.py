"""The insurer's part: by the clinic's plans or as a person sets it on a draft, and what of it is refused later."""

from chassis.messaging.outbox import Unit
from contracts.invoicing import InvoiceRevised
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.insurance.split import (
    WantedSplit,
    insured_minor,
    plan_of,
    refused,
    split,
    split_by_hand,
    split_by_plan,
)
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.receivables.allocation import COUNTING
from invoicing.store import Kept, Step, Store
from invoicing.usecases.receivables.settle_accounts import Cause, settle_accounts
from kernel.change import Change
from kernel.money import Money


async def set_split(unit: Unit, store: Store, kept: Kept, change: Change, wanted: WantedSplit | None) -> Invoice:
    """What is wanted, or by the plans. Raises IllegalTransition, and BusinessError naming the field."""
    draft = kept.invoice
    if wanted is not None:
        invoice = split_by_hand(draft, wanted, change)
    else:
        clinic = (await store.clinics.of(unit, [draft.clinic_id])).get(draft.clinic_id)
        invoice = split_by_plan(draft, clinic, change)
    await store.save(unit, {invoice.invoice_id: kept}, [Step(invoice, InvoiceRevised, unit.traceparent)])
    return invoice


async def refuse_part(unit: Unit, store: Store, kept: Kept, change: Change, amount: Money) -> Invoice:
    """The insurer does not pay so much: the patient owes it, and his credit pays it at once. Raises as `refused`."""
    invoice = refused(kept.invoice, amount, change)
    causes = {(invoice.clinic_id, invoice.patient_id): Cause(unit.traceparent)}
    steps = [Step(invoice, InvoiceRevised, unit.traceparent)]
    now = await settle_accounts(unit, store, causes, change, {invoice.invoice_id: kept}, steps)
    return now[invoice.invoice_id]


async def split_for_good(unit: Unit, store: Store, draft: Invoice, clinic: Clinic, change: Change) -> Invoice:
    """The draft as it is finalized: a yearly maximum counts the finalized invoices of the year at the clinic."""
    plan = plan_of(draft, clinic)
    if plan is None or plan.yearly_maximum_minor is None:
        return split(draft, clinic)
    where = {"clinic_id": draft.clinic_id, "patient_id": draft.patient_id, "status": {"$in": list(COUNTING)}}
    others = [kept.invoice for kept in (await store.invoices(unit, where)).values()]
    year = clinic.local_date(change.at).year
    return split(draft, clinic, insured_minor(others, plan.payer_id, year, clinic.currency))
