"""A draft becomes an invoice: it draws its number, and takes the account's credit, in one transaction."""

from dataclasses import replace

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.number_format import invoice_number
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, refuse_unfinished
from invoicing.domain.receivables.prompt_payment import offered
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.insurance.split_invoice import split_for_good
from invoicing.usecases.receivables.account_now import balances_before, paid_ahead_minor
from invoicing.usecases.receivables.settle_accounts import payers_of, settle_outcome
from kernel.change import Change
from kernel.errors import Conflict


async def finalize_invoice(unit: Unit, store: Store, stored: StoredInvoice, change: Change) -> Invoice:
    """Raises IllegalTransition, and Conflict naming what the draft lacks.

    Nothing is drawn for a draft that is refused.
    """
    draft = stored.invoice
    refuse_unfinished(draft)
    voided = await store.session_log.voided(unit, [draft.invoice_id])
    if voided.get(draft.invoice_id, 0) > (draft.session_version or 0):
        # Drafted in one process while another, which did not know it yet, heard that it is void.
        raise Conflict("session-voided", f"the session of invoice {draft.invoice_id} was voided: void the invoice")
    clinic = await store.clinics.find(unit, draft.clinic_id)
    if clinic is None:
        raise Conflict("clinic-not-configured", f"nobody configured the clinic {draft.clinic_id}")
    account = draft.clinic_id, draft.patient_id
    before = await balances_before(store, [account], change.at, unit)
    draft = replace(draft, previous_balances=before[account])
    draft = await split_for_good(unit, store, draft, clinic)
    ahead_minor = await paid_ahead_minor(unit, store, draft, change)
    today = clinic.local_date(change.at)
    sequence = await store.counters.next_number(unit, f"invoice/{clinic.clinic_id}/{today.year}")
    number = invoice_number(clinic.number_format, clinic.clinic_id, today.year, sequence)
    policy = await store.discounts.find_policy(unit, draft.clinic_id)
    outcome = finalize(offered(draft, policy, today), clinic, number, change, ahead_minor)
    accounts = [*await payers_of(unit, store, [draft.invoice_id]), account]
    return await settle_outcome(unit, store, stored, outcome, accounts, change)
