"""A person decides what becomes of a proposal: a supplement is drafted, a credit note issued, or nothing."""

from chassis.messaging.outbox import Unit
from invoicing.domain.corrections.claim_changes import acknowledge
from invoicing.domain.corrections.comparison import CONFIRMED, SUPPLEMENT
from invoicing.domain.corrections.proposals import decide, lines_to_credit, pending_proposal, reject, supplement
from invoicing.domain.invoice.credit_note import CreditNote, credit_note_id
from invoicing.domain.invoice.invoice import Invoice, Proposal
from invoicing.domain.receivables.account import previous_balances
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.store.pricing import TermsLoader
from invoicing.usecases.invoice.credit_invoice import credit_invoice
from invoicing.usecases.save_and_publish import save_and_publish
from kernel.change import Change
from kernel.errors import Conflict
from kernel.value import replace


async def confirm_proposal(
    unit: Unit, store: Store, terms: TermsLoader, stored: StoredInvoice, proposal_id: str, change: Change
) -> Invoice | CreditNote:
    """The draft of the supplement, or the credit note: never more than what is left.

    Raises NotFound when it is not pending, and Conflict when nothing is left to credit.
    """
    invoice = stored.invoice
    proposal = pending_proposal(invoice, proposal_id)
    if proposal.kind == SUPPLEMENT:
        return await _supplement(unit, store, terms, stored, proposal, change)
    lines = lines_to_credit(invoice, proposal, await store.credit_notes.of(invoice.invoice_id, unit))
    if not lines:
        raise Conflict("nothing-left-to-credit", f"nothing is left to credit of invoice {invoice.invoice_id}")
    made = credit_note_id(invoice.invoice_id, len(invoice.credit_notes) + 1)
    decided = decide(invoice, proposal, CONFIRMED, change, made)
    return await credit_invoice(unit, store, replace(stored, invoice=decided), lines, change)


async def reject_proposal(unit: Unit, store: Store, stored: StoredInvoice, proposal_id: str, change: Change) -> Invoice:
    """Raises NotFound when it is not pending."""
    outcome = reject(stored.invoice, proposal_id, change)
    await save_and_publish(unit, store, {outcome.state.invoice_id: stored}, outcome.events)
    return outcome.state


async def acknowledge_deviations(unit: Unit, store: Store, stored: StoredInvoice, change: Change) -> Invoice:
    """A person took notice of what the session says otherwise. Raises as `acknowledge`."""
    outcome = acknowledge(stored.invoice, change)
    await save_and_publish(unit, store, {outcome.state.invoice_id: stored}, outcome.events)
    return outcome.state


async def _supplement(
    unit: Unit, store: Store, terms: TermsLoader, stored: StoredInvoice, proposal: Proposal, change: Change
) -> Invoice:
    root = stored.invoice
    patient_id = (proposal.buyer or root.buyer).patient_id
    known = await terms.for_invoice(unit, replace(root, patient_id=patient_id))
    key = root.clinic_id, patient_id
    account = (await store.accounts.of(unit, [key])).get(key)
    previous = () if account is None else previous_balances(account, known.day_of(change.at))
    outcome = supplement(root, proposal, known, change, previous)
    await save_and_publish(unit, store, {root.invoice_id: stored}, outcome.events)
    _, draft = outcome.state
    return draft
