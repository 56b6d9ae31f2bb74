"""A draft becomes an invoice: it draws its number, and takes the account's credit, in one transaction."""

from chassis.messaging.outbox import Unit
from contracts.invoicing import InvoiceFinalized
from invoicing.domain.clinics.clinic import invoice_number
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, refuse_unfinished
from invoicing.domain.receivables.prompt_payment import offered
from invoicing.store import Kept, Step, Store
from invoicing.usecases.insurance.split_invoice import split_for_good
from invoicing.usecases.receivables.settle_accounts import Cause, payers_of, settle_accounts
from kernel.change import Change
from kernel.errors import Conflict


async def finalize_invoice(unit: Unit, store: Store, kept: Kept, change: Change) -> Invoice:
    """Raises IllegalTransition, and Conflict naming what the draft lacks.

    Nothing is drawn for a draft that is refused.
    """
    draft = kept.invoice
    refuse_unfinished(draft)
    voided = await store.voided_sessions(unit, [draft.invoice_id])
    if voided.get(draft.invoice_id, 0) > (draft.session_version or 0):
        # Drafted in one process while another, which did not know it yet, heard that it is void.
        raise Conflict("session-voided", f"the session of invoice {draft.invoice_id} was voided: void the invoice")
    clinic = (await store.clinics.of(unit, [draft.clinic_id])).get(draft.clinic_id)
    if clinic is None:
        raise Conflict("clinic-not-configured", f"nobody configured the clinic {draft.clinic_id}")
    draft = await split_for_good(unit, store, draft, clinic, change)
    year = clinic.local_date(change.at).year
    sequence = await store.next_number(unit, f"invoice/{clinic.clinic_id}/{year}")
    number = invoice_number(clinic.number_format, clinic.clinic_id, year, sequence)
    policy = (await store.discounts.policies(unit, [draft.clinic_id])).get(draft.clinic_id)
    invoice = offered(finalize(draft, clinic, number, change), policy)
    steps = [Step(invoice, InvoiceFinalized, unit.traceparent)]
    causes = await payers_of(unit, store, [invoice.invoice_id])
    causes[invoice.clinic_id, invoice.patient_id] = Cause(unit.traceparent)
    now = await settle_accounts(unit, store, causes, change, {invoice.invoice_id: kept}, steps)
    return now[invoice.invoice_id]
