"""An invoice is paid in parts."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT
from invoicing.domain.receivables.instalments import Part, plan
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.insurance.split_invoice import split_for_good
from invoicing.usecases.receivables.account_now import paid_ahead_minor
from invoicing.usecases.receivables.read_accounts import read_accounts
from invoicing.usecases.save_and_publish import save_and_publish
from kernel.change import Change


async def plan_instalments(
    unit: Unit, store: Store, stored: StoredInvoice, parts: Sequence[Part], change: Change
) -> Invoice:
    """A draft as it would be final now: the insurer's maximum, and what was paid ahead, count. Raises as `plan`."""
    invoice, ahead_minor = stored.invoice, 0
    if invoice.status == DRAFT:
        account = invoice.clinic_id, invoice.patient_id
        read = await read_accounts(unit, store, [account])
        clinic = read.clinics.get(invoice.clinic_id)
        invoice = invoice if clinic is None else split_for_good(invoice, clinic, read.invoices_on(account))
        ahead_minor = await paid_ahead_minor(unit, store, invoice, change, read)
    outcome = plan(invoice, parts, change, ahead_minor)
    await save_and_publish(unit, store, {outcome.state.invoice_id: stored}, outcome.events)
    return outcome.state
