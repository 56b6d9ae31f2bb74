"""What was owed before a draft changes while it is a draft: it is told as of the moment at which the draft is read."""

from collections.abc import Sequence
from dataclasses import asdict

from chassis.messaging.outbox import Unit
from contracts.invoicing import CurrencyBalance
from contracts.invoicing import Invoice as InvoiceView
from invoicing.api.dependencies import Dependencies
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT
from invoicing.usecases.receivables.account_now import balances_before
from kernel.value import replace


async def as_of_now(deps: Dependencies, invoice: Invoice, unit: Unit | None = None) -> Invoice:
    """A draft with what is owed before it now; whatever is no draft is as it is."""
    if invoice.status != DRAFT:
        return invoice
    account = invoice.clinic_id, invoice.patient_id
    found = await balances_before(deps.store, [account], deps.clock(), unit)
    return replace(invoice, previous_balances=found[account])


async def views_as_of_now(deps: Dependencies, views: Sequence[InvoiceView]) -> list[InvoiceView]:
    """The same for a page of invoices."""
    accounts = {(view.clinic_id, view.patient_id) for view in views if view.status == DRAFT}
    if not accounts:
        return list(views)
    found = await balances_before(deps.store, accounts, deps.clock())
    wire = {key: tuple(CurrencyBalance.model_validate(asdict(b)) for b in balances) for key, balances in found.items()}
    return [
        view.model_copy(update={"previous_balances": wire[view.clinic_id, view.patient_id]})
        if view.status == DRAFT
        else view
        for view in views
    ]
