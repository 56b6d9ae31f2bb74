"""Who pays what of an invoice: the insurer's part and the patient's."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager, FrontDesk
from contracts.invoicing import Invoice as InvoiceView
from invoicing.api.dependencies import Deps
from invoicing.api.invoice_changes import change_invoice
from invoicing.api.parameters import InvoicePath
from invoicing.api.responses import changed_invoice
from invoicing.api.schemas.examples import DRAFT, FINALIZED
from invoicing.api.schemas.insurance import RefusalBody, SplitBody
from invoicing.usecases.insurance.split_invoice import refuse_part, set_split

INSURANCE = "/invoices/{invoice_id}/insurance"
routes = APIRouter(tags=["insurance"])


@routes.put(
    INSURANCE,
    response_model=InvoiceView,
    summary="Split a draft by hand",
    responses=changed_invoice(
        DRAFT, invalid=["payer-unknown", "line-unknown", "currency-differs", "insurer-part-too-large"]
    ),
)
async def put_split(
    invoice_id: InvoicePath, body: SplitBody, deps: Deps, caller: FrontDesk, version: IfMatch
) -> Response:
    """Sets the insurer's part of a draft; the patient pays the rest. The clinic's plans do not change it any more.

    For the front desk. Either of the whole invoice or by line, and at most what each costs with its VAT.
    """
    wanted = body.wanted()
    return await change_invoice(
        deps,
        caller,
        invoice_id,
        version,
        lambda unit, stored, change: set_split(unit, deps.store, stored, change, wanted),
    )


@routes.delete(
    INSURANCE,
    response_model=InvoiceView,
    summary="Split a draft by the clinic's plans again",
    responses=changed_invoice(DRAFT),
)
async def split_by_plan(invoice_id: InvoicePath, deps: Deps, caller: FrontDesk, version: IfMatch) -> Response:
    """Takes away what was set by hand: the plans of the clinic's profile count again. For the front desk."""
    return await change_invoice(
        deps,
        caller,
        invoice_id,
        version,
        lambda unit, stored, change: set_split(unit, deps.store, stored, change, None),
    )


@routes.post(
    f"{INSURANCE}/refusals",
    response_model=InvoiceView,
    summary="Note what the insurer refuses to pay",
    responses=changed_invoice(
        FINALIZED,
        conflict=["invoice-not-split"],
        invalid=["currency-differs", "insurer-part-too-large", "payer-unknown"],
    ),
)
async def refuse(
    invoice_id: InvoicePath, body: RefusalBody, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """The insurer of a final invoice does not pay all of their part: the patient owes that, and their credit pays it.

    For billing managers. What was claimed by line stays on the invoice. What the insurer paid already is refunded
    first: then they owe it again, and can refuse it.
    """
    return await change_invoice(
        deps,
        caller,
        invoice_id,
        version,
        lambda unit, stored, change: refuse_part(unit, deps.store, stored, change, body.amount, body.payer_id),
        body.reason,
    )
