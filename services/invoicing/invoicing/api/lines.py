"""A draft's lines: priced or waived by hand and, above the limit of a role, approved or rejected by a second person."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager
from contracts.invoicing import Invoice as InvoiceView
from invoicing.api.dependencies import Deps
from invoicing.api.invoice_changes import change_draft
from invoicing.api.parameters import InvoicePath, LinePath
from invoicing.api.responses import changed_invoice
from invoicing.api.schemas.common import ReasonBody
from invoicing.api.schemas.examples import DRAFT
from invoicing.api.schemas.lines import LinePriceBody
from invoicing.domain.drafts import manual_prices

LINE = "/invoices/{invoice_id}/lines/{line_id}"
PRICE, WAIVER = f"{LINE}/price", f"{LINE}/waiver"
APPROVED = changed_invoice(
    DRAFT, forbidden=["maker-is-checker", "above-limit"], unknown=["line-unknown"], conflict=["nothing-to-approve"]
)
REJECTED = changed_invoice(
    DRAFT,
    forbidden=["maker-is-checker"],
    unknown=["line-unknown"],
    conflict=["nothing-to-approve"],
    invalid=["amount-too-large"],
)
routes = APIRouter(tags=["lines"])


@routes.put(
    PRICE,
    response_model=InvoiceView,
    summary="Set a line's price by hand",
    responses=changed_invoice(
        DRAFT,
        unknown=["line-unknown"],
        invalid=[
            "currency-differs",
            "basis-differs",
            "tax-missing",
            "tax-rate",
            "exemption-reason-missing",
            "amount-too-large",
        ],
    ),
)
async def set_price(
    invoice_id: InvoicePath,
    line_id: LinePath,
    body: LinePriceBody,
    deps: Deps,
    caller: BillingManager,
    version: IfMatch,
) -> Response:
    """The line of a draft costs this, whatever the price lists have; a correction of the session does not change it.

    For billing managers. Below the list's price, and above what the caller's role may grant alone, the draft has the
    problem `awaits-approval` until a second person decides.
    """
    price = body.price()
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: manual_prices.set_price(draft, line_id, price, terms, change),
        body.reason,
    )


@routes.delete(
    PRICE,
    response_model=InvoiceView,
    summary="Give a line back to the price list",
    responses=changed_invoice(DRAFT, unknown=["line-unknown"], invalid=["amount-too-large"]),
)
async def give_back(
    invoice_id: InvoicePath, line_id: LinePath, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """Takes away a price or a waiver that was set by hand; a line that the session does not have any more goes.

    For billing managers. Whatever else was changed of the line stays.
    """
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: manual_prices.give_back(draft, line_id, terms, change),
    )


@routes.put(
    WAIVER,
    response_model=InvoiceView,
    summary="Waive a line",
    responses=changed_invoice(DRAFT, unknown=["line-unknown"]),
)
async def waive(
    invoice_id: InvoicePath, line_id: LinePath, body: ReasonBody, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """The line of a draft costs nothing, and the invoice keeps the reason.

    For billing managers. Above what the caller's role may grant alone, the draft has the problem `awaits-approval`
    until a second person decides.
    """
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: manual_prices.waive(draft, line_id, terms, change),
        body.reason,
    )


@routes.post(f"{PRICE}/approve", response_model=InvoiceView, summary="Approve a price set by hand", responses=APPROVED)
async def approve_price(
    invoice_id: InvoicePath, line_id: LinePath, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """A second person agrees to the price. For a billing manager who did not set it, within their own limit."""
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: manual_prices.approve_price(draft, line_id, terms, change),
    )


@routes.post(f"{WAIVER}/approve", response_model=InvoiceView, summary="Approve a waiver", responses=APPROVED)
async def approve_waiver(
    invoice_id: InvoicePath, line_id: LinePath, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """A second person agrees to the waiver. For a billing manager who did not waive, within their own limit."""
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: manual_prices.approve_waiver(draft, line_id, terms, change),
    )


@routes.post(f"{PRICE}/reject", response_model=InvoiceView, summary="Reject a price set by hand", responses=REJECTED)
async def reject_price(
    invoice_id: InvoicePath, line_id: LinePath, body: ReasonBody, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """A second person does not agree: the price list counts again.

    For a billing manager who did not set the price; who set it takes it back with DELETE.
    """
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: manual_prices.reject_price(draft, line_id, terms, change),
        body.reason,
    )


@routes.post(f"{WAIVER}/reject", response_model=InvoiceView, summary="Reject a waiver", responses=REJECTED)
async def reject_waiver(
    invoice_id: InvoicePath, line_id: LinePath, body: ReasonBody, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """A second person does not agree: the price list counts again.

    For a billing manager who did not waive; who did takes it back with DELETE of the line's price.
    """
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: manual_prices.reject_waiver(draft, line_id, terms, change),
        body.reason,
    )
