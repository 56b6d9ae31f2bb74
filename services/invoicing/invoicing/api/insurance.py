"""Who pays what of an invoice."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager, FrontDesk
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceView
from contracts.values import Id
from invoicing.api.desk import Desk
from invoicing.api.schemas.insurance import RefusalBody, SplitBody
from invoicing.domain.invoice.invoice import Invoice
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.insurance.split_invoice import refuse_part, set_split
from kernel.change import Change


def insurance(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.put("/invoices/{invoice_id}/insurance", response_model=InvoiceView)
    async def put_split(invoice_id: Id, body: SplitBody, caller: FrontDesk, version: IfMatch) -> Response:
        """Sets the insurer's part of a draft by hand; the clinic's plans do not change it any more."""

        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await set_split(unit, desk.store, kept, change, body.wanted())

        return await desk.apply(caller, invoice_id, version, None, step)

    @routes.delete("/invoices/{invoice_id}/insurance", response_model=InvoiceView)
    async def split_by_plan(invoice_id: Id, caller: FrontDesk, version: IfMatch) -> Response:
        """Back to what the clinic's plans say."""

        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await set_split(unit, desk.store, kept, change, None)

        return await desk.apply(caller, invoice_id, version, None, step)

    @routes.post("/invoices/{invoice_id}/insurance/refusals", response_model=InvoiceView)
    async def refuse(invoice_id: Id, body: RefusalBody, caller: BillingManager, version: IfMatch) -> Response:
        """The insurer of a final invoice does not pay all of his part: the patient owes that."""

        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await refuse_part(unit, desk.store, kept, change, body.amount)

        return await desk.apply(caller, invoice_id, version, body.reason, step)
