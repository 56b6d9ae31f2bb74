"""Discounts that people grant on drafts and, above the limit of their role, a second person decides about."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager, FrontDesk
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceView
from invoicing.api.dependencies import Deps
from invoicing.api.invoice_changes import change_draft, change_invoice_once, invoice_answer
from invoicing.api.parameters import DiscountPath, InvoicePath
from invoicing.api.responses import changed_invoice
from invoicing.api.schemas.common import ReasonBody
from invoicing.api.schemas.discounts import GrantBody
from invoicing.api.schemas.examples import DRAFT
from invoicing.domain.drafts import discount_grants
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.drafts.edit_draft import change_line

DISCOUNTS = "/invoices/{invoice_id}/discounts"
DISCOUNT = f"{DISCOUNTS}/{{discount_id}}"
routes = APIRouter(tags=["discounts"])


@routes.post(
    DISCOUNTS,
    response_model=InvoiceView,
    summary="Grant a discount",
    responses=changed_invoice(
        DRAFT,
        invalid=[
            "discount-unknown",
            "discount-scope",
            "discount-twice",
            "discount-does-not-fit",
            "too-many-discounts",
            "line-unknown",
            "currency-differs",
            "amount-not-positive",
            "rate-out-of-range",
        ],
    ),
)
async def grant(
    invoice_id: InvoicePath, body: GrantBody, deps: Deps, caller: FrontDesk, version: IfMatch, key: IdempotencyKey
) -> Response:
    """A discount of the clinic's policy, or a free one, on a line of a draft or on all of it.

    For the front desk. Above the limit of the caller's role it is a request (`discount_requests`), and the draft has
    the problem `awaits-approval` until a second person decides. At most 20 discounts on one invoice.
    """
    change, wanted = deps.change(caller, body.reason), body.wanted()

    async def answer_of(unit: Unit, stored: StoredInvoice) -> Answer:
        after = await change_line(
            unit,
            deps.store,
            deps.terms,
            stored,
            lambda draft, terms: discount_grants.grant(draft, wanted, terms, change),
        )
        return invoice_answer(after)

    return await change_invoice_once(deps, caller, invoice_id, version, key, answer_of)


@routes.delete(
    DISCOUNT,
    response_model=InvoiceView,
    summary="Remove a discount",
    responses=changed_invoice(DRAFT, unknown=["discount-unknown"]),
)
async def remove(
    invoice_id: InvoicePath, discount_id: DiscountPath, deps: Deps, caller: FrontDesk, version: IfMatch
) -> Response:
    """Takes a discount that counts off a draft; one that still waits is withdrawn instead. For the front desk."""
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: discount_grants.remove(draft, discount_id, terms, change),
    )


@routes.post(
    f"{DISCOUNT}/approve",
    response_model=InvoiceView,
    summary="Approve a discount",
    responses=changed_invoice(DRAFT, forbidden=["maker-is-checker", "above-limit"], unknown=["discount-unknown"]),
)
async def approve(
    invoice_id: InvoicePath, discount_id: DiscountPath, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """A second person agrees, and the discount counts.

    For a billing manager who did not ask for it, within their own limit.
    """
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: discount_grants.approve(draft, discount_id, terms, change),
    )


@routes.post(
    f"{DISCOUNT}/reject",
    response_model=InvoiceView,
    summary="Reject a discount",
    responses=changed_invoice(DRAFT, forbidden=["maker-is-checker"], unknown=["discount-unknown"]),
)
async def reject(
    invoice_id: InvoicePath,
    discount_id: DiscountPath,
    body: ReasonBody,
    deps: Deps,
    caller: BillingManager,
    version: IfMatch,
) -> Response:
    """A second person does not agree: the request is gone. For a billing manager who did not ask for it."""
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: discount_grants.reject(draft, discount_id, terms, change),
        body.reason,
    )


@routes.post(
    f"{DISCOUNT}/withdraw",
    response_model=InvoiceView,
    summary="Withdraw a request for a discount",
    responses=changed_invoice(DRAFT, forbidden=["not-the-maker"], unknown=["discount-unknown"]),
)
async def withdraw(
    invoice_id: InvoicePath, discount_id: DiscountPath, deps: Deps, caller: FrontDesk, version: IfMatch
) -> Response:
    """The request is gone, and nothing else changes. For the person who asked for it alone."""
    return await change_draft(
        deps,
        caller,
        invoice_id,
        version,
        lambda draft, terms, change: discount_grants.withdraw(draft, discount_id, terms, change),
    )
