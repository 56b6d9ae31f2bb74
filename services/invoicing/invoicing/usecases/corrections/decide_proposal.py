"""A person decides what becomes of a proposal: a supplement is drafted, a credit note issued, or nothing."""

from dataclasses import replace

from chassis.messaging.outbox import Unit
from contracts.invoicing import InvoiceDrafted, InvoiceRevised
from invoicing.domain.corrections.claim_changes import acknowledge
from invoicing.domain.corrections.comparison import CONFIRMED, SUPPLEMENT
from invoicing.domain.corrections.proposals import lines_to_credit, reject, settle, supplement, the
from invoicing.domain.invoice.credit_note import CreditNote
from invoicing.domain.invoice.invoice import CurrencyBalance, Invoice, Proposal
from invoicing.domain.receivables.account import account_id_of, previous_balances
from invoicing.store import Kept, Step, Store
from invoicing.usecases.invoice.close_invoice import credit_id_of, credit_invoice
from invoicing.usecases.pricing.load_terms import TermsLoader
from kernel.change import Change
from kernel.errors import Conflict


async def confirm_proposal(
    unit: Unit, store: Store, terms: TermsLoader, kept: Kept, proposal_id: str, change: Change
) -> Invoice | CreditNote:
    """The draft of the supplement, or the credit note: never more than what is left.

    Raises NotFound when it is not pending, and Conflict when nothing is left to credit.
    """
    proposal = the(kept.invoice, proposal_id)
    if proposal.kind == SUPPLEMENT:
        return await _supplement(unit, store, terms, kept, proposal, change)
    invoice = kept.invoice
    asks = lines_to_credit(invoice, proposal, await store.credit_notes.of(invoice.invoice_id, unit))
    if not asks:
        raise Conflict("nothing-left-to-credit", f"nothing is left to credit of invoice {invoice.invoice_id}")
    decided = settle(invoice, proposal, CONFIRMED, change, credit_id_of(invoice))
    return await credit_invoice(unit, store, replace(kept, invoice=decided), asks, change)


async def reject_proposal(unit: Unit, store: Store, kept: Kept, proposal_id: str, change: Change) -> Invoice:
    """Raises NotFound when it is not pending."""
    invoice = reject(kept.invoice, proposal_id, change)
    await store.save(unit, {invoice.invoice_id: kept}, [Step(invoice, InvoiceRevised, unit.traceparent)])
    return invoice


async def acknowledge_deviations(unit: Unit, store: Store, kept: Kept, change: Change) -> Invoice:
    """A person took notice of what the session says otherwise. Raises as `acknowledge`."""
    invoice = acknowledge(kept.invoice, change)
    await store.save(unit, {invoice.invoice_id: kept}, [Step(invoice, InvoiceRevised, unit.traceparent)])
    return invoice


async def _supplement(
    unit: Unit, store: Store, terms: TermsLoader, kept: Kept, proposal: Proposal, change: Change
) -> Invoice:
    root = kept.invoice
    patient_id = (proposal.buyer or root.buyer).patient_id
    known = await terms.one(unit, replace(root, patient_id=patient_id))
    account = (await store.accounts.of(unit, [account_id_of(root.clinic_id, patient_id)])).values()
    previous: tuple[CurrencyBalance, ...] = ()
    for one in account:
        previous = previous_balances(one, known.day_of(change.at))
    after, draft = supplement(root, proposal, known, change, previous)
    steps = [Step(after, InvoiceRevised, unit.traceparent), Step(draft, InvoiceDrafted, unit.traceparent)]
    await store.save(unit, {root.invoice_id: kept}, steps)
    return draft
