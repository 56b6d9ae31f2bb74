"""A person gives up what is due, of one payer or of all."""

from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.payers import Payer, payer_named
from invoicing.domain.receivables.write_off import write_off
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.receivables.settle_accounts import settle_outcome
from kernel.change import Change


async def write_off_invoice(
    unit: Unit, store: Store, stored: StoredInvoice, change: Change, wanted: Payer | None = None
) -> Invoice:
    """Of the wanted payer only, where one is named.

    Raises IllegalTransition unless something is due; BusinessError, and Conflict, unless that payer owes something.
    """
    payer = None if wanted is None else payer_named(stored.invoice, wanted)
    outcome = write_off(stored.invoice, change, payer)
    account = stored.invoice.clinic_id, stored.invoice.patient_id
    return await settle_outcome(unit, store, stored, outcome, [account], change)
