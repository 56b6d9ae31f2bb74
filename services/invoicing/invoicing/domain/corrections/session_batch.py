"""Sessions as they come from the clinical system, in their order: drafted, corrected, voided, or proposed about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from invoicing.domain.corrections.comparison import BilledSession
from invoicing.domain.corrections.merge import redrafted
from invoicing.domain.corrections.proposals import propose
from invoicing.domain.drafts.drafting import draft, invoice_id_of
from invoicing.domain.drafts.session import Session, VoidedSession
from invoicing.domain.invoice.credit_note import CreditNote
from invoicing.domain.invoice.events import InvoiceDrafted, InvoiceEvent
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT, VOID, fell_away, void
from invoicing.domain.pricing.terms import Terms, TermsKey
from invoicing.domain.receivables.account import Account, AccountKey, previous_balances
from kernel.change import Change


@dataclass(slots=True)
class SessionBatch:
    """What is known of some sessions, by the id of their invoice and by account, as it changes with each event.

    An old or repeated event changes nothing. Each may raise BusinessError, and changes nothing then either.
    """

    terms: Mapping[TermsKey, Terms]
    invoices: dict[str, Invoice]
    accounts: Mapping[AccountKey, Account]
    credit_notes: Mapping[str, Sequence[CreditNote]]
    voided: dict[str, int]
    voided_first: dict[str, int] = field(default_factory=dict)
    """The voiding version of sessions that have no invoice, or a void one."""

    def follow(self, session: Session, change: Change) -> Sequence[InvoiceEvent]:
        """The session is as it says now: it is drafted, or its draft is.

        What is final, or a person voided, stays, and gets proposals.
        """
        invoice_id = invoice_id_of(session.clinic_id, session.session_id)
        invoice = self.invoices.get(invoice_id)
        known_version = 0 if invoice is None else invoice.session_version or 0
        if session.version <= max(known_version, self.voided.get(invoice_id, 0)):
            return ()
        fresh, terms = self._draft(session, change)
        if invoice is None:
            return self._happened([InvoiceDrafted(fresh)])
        if invoice.status == DRAFT or fell_away(invoice):
            return self._happened(redrafted(invoice, fresh, terms, change).events)
        return self._happened(propose(self._billed(invoice), (fresh, terms), session.version, change).events)

    def cancel(self, session: VoidedSession, change: Change) -> Sequence[InvoiceEvent]:
        """The session never was: its draft is void; what is final stays, and gets proposals."""
        invoice_id = invoice_id_of(session.clinic_id, session.session_id)
        invoice = self.invoices.get(invoice_id)
        if invoice is None or self._bills_nothing(invoice):
            # A void one says no more; but a version from before this one is not to bring it back.
            version = max(session.version, self.voided.get(invoice_id, 0))
            self.voided[invoice_id] = self.voided_first[invoice_id] = version
            return ()
        if session.version <= (invoice.session_version or 0):
            return ()
        because = Change(change.at, change.by, session.reason or None)
        if invoice.status == DRAFT:
            return self._happened(void(invoice, because, session.version).events)
        return self._happened(propose(self._billed(invoice), None, session.version, because).events)

    def _bills_nothing(self, root: Invoice) -> bool:
        """And nothing is proposed to."""
        return root.status == VOID and not root.proposals and not self._billed(root).supplements

    def _draft(self, session: Session, change: Change) -> tuple[Invoice, Terms]:
        terms = self.terms[session.clinic_id, session.price_list_id]
        account = self.accounts.get((session.clinic_id, session.patient.patient_id))
        previous = () if account is None else previous_balances(account, terms.day_of(change.at))
        return draft(session, terms, change.at, change.by, previous), terms

    def _billed(self, root: Invoice) -> BilledSession:
        supplements = [invoice for invoice in self.invoices.values() if invoice.supplement_to == root.invoice_id]
        return BilledSession(root, tuple(sorted(supplements, key=lambda s: s.drafted_at)), self.credit_notes)

    def _happened(self, events: Sequence[InvoiceEvent]) -> Sequence[InvoiceEvent]:
        self.invoices |= {event.invoice.invoice_id: event.invoice for event in events}
        return events
