"""A draft's lines: priced or waived by hand."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceView
from contracts.values import Id
from invoicing.api.desk import Desk
from invoicing.api.schemas.common import ReasonBody
from invoicing.api.schemas.lines import LinePriceBody
from invoicing.domain.drafts import manual_prices
from invoicing.domain.invoice.invoice import Invoice
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.drafts.edit_draft import change_line
from kernel.change import Change


def lines(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.put("/invoices/{invoice_id}/lines/{line_id}/price", response_model=InvoiceView)
    async def price(
        invoice_id: Id, line_id: Id, body: LinePriceBody, caller: BillingManager, version: IfMatch
    ) -> Response:
        """A price by hand; a correction of the session does not change it."""

        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await change_line(
                unit, desk.store, desk.terms, kept,
                lambda draft, terms: manual_prices.set_price(draft, line_id, body.price(), terms, change),
            )  # fmt: skip

        return await desk.apply(caller, invoice_id, version, body.reason, step)

    @routes.put("/invoices/{invoice_id}/lines/{line_id}/waiver", response_model=InvoiceView)
    async def waive(
        invoice_id: Id, line_id: Id, body: ReasonBody, caller: BillingManager, version: IfMatch
    ) -> Response:
        """The line costs nothing, and says why."""

        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await change_line(
                unit, desk.store, desk.terms, kept,
                lambda draft, terms: manual_prices.waive(draft, line_id, terms, change),
            )  # fmt: skip

        return await desk.apply(caller, invoice_id, version, body.reason, step)

    @routes.delete("/invoices/{invoice_id}/lines/{line_id}/price", response_model=InvoiceView)
    async def give_back(invoice_id: Id, line_id: Id, caller: BillingManager, version: IfMatch) -> Response:
        """Back to the price list, whatever was set by hand; a line that the session took away goes."""

        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await change_line(
                unit, desk.store, desk.terms, kept,
                lambda draft, terms: manual_prices.give_back(draft, line_id, terms, change),
            )  # fmt: skip

        return await desk.apply(caller, invoice_id, version, None, step)
