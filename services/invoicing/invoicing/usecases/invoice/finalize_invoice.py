"""Drafts become invoices: they draw their numbers, and take their accounts' credit, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.clinics.number_format import invoice_number
from invoicing.domain.discounts.policy import DiscountPolicy
from invoicing.domain.invoice.events import InvoiceEvent
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, refuse_unfinished
from invoicing.domain.receivables.account import AccountKey
from invoicing.domain.receivables.payment import ReceivedPayment
from invoicing.domain.receivables.prompt_payment import offered
from invoicing.publishing import Cause, Publication, record, refuse_growth
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.insurance.split_invoice import split_for_good
from invoicing.usecases.receivables.account_now import paid_ahead_minor
from invoicing.usecases.receivables.read_accounts import AccountsRead, read_accounts
from invoicing.usecases.receivables.settle_accounts import settle_accounts
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.value import replace

Verdict = Invoice | BusinessError
"""The invoice as it is afterwards, or what its draft was refused for."""


async def finalize_invoice(unit: Unit, store: Store, stored: StoredInvoice, change: Change) -> Invoice:
    """Raises IllegalTransition, and Conflict naming what the draft lacks; EventTooLarge for one that nobody reads.

    Nothing is drawn for a draft that is refused.
    """
    [verdict] = (await finalize_invoices(unit, store, [stored], change)).values()
    if isinstance(verdict, BusinessError):
        raise verdict
    return verdict


async def finalize_invoices(
    unit: Unit, store: Store, drafts: Sequence[StoredInvoice], change: Change
) -> dict[str, Verdict]:
    """What became of each draft of one clinic, by its id: each is judged by itself, and numbers have no gap.

    A draft that follows another of its account tells what is owed with that one.
    """
    verdicts: dict[str, Verdict] = {}
    for no_account_twice in _rounds(drafts):
        verdicts |= await _Finalizing(unit, store, change).all_of(no_account_twice)
    return verdicts


class _Finalizing:
    """Drafts of one clinic, no two of an account."""

    def __init__(self, unit: Unit, store: Store, change: Change) -> None:
        self._unit = unit
        self._store = store
        self._change = change
        self._verdicts: dict[str, Verdict] = {}
        self._decided: list[Publication[InvoiceEvent]] = []

    async def all_of(self, drafts: Sequence[StoredInvoice]) -> dict[str, Verdict]:
        """What became of each, by its id."""
        unit, store = self._unit, self._store
        naming = await store.payments.naming(unit, [stored.invoice.invoice_id for stored in drafts])
        accounts = [*map(_account, naming), *(_account(stored.invoice) for stored in drafts)]
        read = await read_accounts(unit, store, accounts)
        clinic_id = drafts[0].invoice.clinic_id
        clinic = read.clinics.get(clinic_id)
        finished = await self._finished(drafts, clinic)
        if clinic is not None and finished:
            policy = await store.discounts.find_policy(unit, clinic_id)
            await self._numbered(finished, clinic, policy, read)
        final = {publication.subject: publication.event.invoice for publication in self._decided}
        if not final:
            return self._verdicts
        known = {stored.invoice.invoice_id: stored for stored in finished if stored.invoice.invoice_id in final}
        touched = [*map(_account, final.values()), *(_account(paid) for paid in naming if paid.invoice_id in final)]
        causes = dict.fromkeys(touched, Cause(unit.traceparent))
        settlement = await settle_accounts(unit, store, known, self._decided, causes, self._change, read=read)
        return self._verdicts | {id_: settlement.state_of(invoice) for id_, invoice in final.items()}

    async def _finished(self, drafts: Sequence[StoredInvoice], clinic: Clinic | None) -> list[StoredInvoice]:
        """Those that a number may be drawn for."""
        voided = await self._store.session_log.voided(self._unit, [stored.invoice.invoice_id for stored in drafts])
        finished = []
        for stored in drafts:
            try:
                _refuse(stored.invoice, clinic, voided)
                finished.append(stored)
            except BusinessError as refusal:
                self._verdicts[stored.invoice.invoice_id] = refusal
        return finished

    async def _numbered(
        self, drafts: Sequence[StoredInvoice], clinic: Clinic, policy: DiscountPolicy | None, read: AccountsRead
    ) -> None:
        """Numbers for all of them are drawn at once; what those who are refused after all leave goes back."""
        unit, counters, today = self._unit, self._store.counters, clinic.local_date(self._change.at)
        series = f"invoice/{clinic.clinic_id}/{today.year}"
        first = await counters.draw(unit, series, len(drafts))
        for stored in drafts:
            draft = _as_it_is_now(stored.invoice, clinic, read, self._change)
            number = invoice_number(clinic.number_format, clinic.clinic_id, today.year, first + len(self._decided))
            try:
                ahead_minor = await paid_ahead_minor(unit, self._store, draft, self._change, read)
                outcome = finalize(offered(draft, policy, today), clinic, number, self._change, ahead_minor)
                decided = record(outcome.events, Cause(unit.traceparent))
                refuse_growth(stored.invoice, decided)
                self._decided += decided
            except BusinessError as refusal:
                self._verdicts[draft.invoice_id] = refusal
        if left := len(drafts) - len(self._decided):
            await counters.give_back(unit, series, left)


def _refuse(draft: Invoice, clinic: Clinic | None, voided: Mapping[str, int]) -> None:
    refuse_unfinished(draft)
    if voided.get(draft.invoice_id, 0) > (draft.session_version or 0):
        # Drafted in one process while another, which did not know it yet, heard that it is void.
        raise Conflict("session-voided", f"the session of invoice {draft.invoice_id} was voided: void the invoice")
    if clinic is None:
        raise Conflict("clinic-not-configured", f"nobody configured the clinic {draft.clinic_id}")


def _as_it_is_now(draft: Invoice, clinic: Clinic, read: AccountsRead, change: Change) -> Invoice:
    account = _account(draft)
    draft = replace(draft, previous_balances=read.owed_before(account, change.at))
    return split_for_good(draft, clinic, read.invoices_on(account))


def _account(thing: Invoice | ReceivedPayment) -> AccountKey:
    return thing.clinic_id, thing.patient_id


def _rounds(drafts: Sequence[StoredInvoice]) -> Iterator[list[StoredInvoice]]:
    """In their order, cut where an account comes again."""
    accounts: set[AccountKey] = set()
    pending: list[StoredInvoice] = []
    for stored in drafts:
        if (account := _account(stored.invoice)) in accounts:
            yield pending
            accounts, pending = set(), []
        accounts.add(account)
        pending.append(stored)
    if pending:
        yield pending
