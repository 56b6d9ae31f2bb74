"""Discounts: a clinic's policy and families, and what people grant on drafts."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.database.paging import Page, Paging
from chassis.http import IfMatch, OptionalIfMatch, demand_version
from chassis.http.auth import BillingManager, FrontDesk, Principal, Reader
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceView
from contracts.values import Id
from invoicing.api.desk import Desk, answered, tagged
from invoicing.api.schemas.common import ReasonBody
from invoicing.api.schemas.discounts import (
    DiscountPolicyBody,
    DiscountPolicyView,
    FamilyBody,
    FamilyView,
    GrantBody,
)
from invoicing.domain.drafts import discount_grants, manual_prices
from invoicing.domain.drafts.drafting import Terms
from invoicing.domain.invoice.events import InvoiceOutcome
from invoicing.domain.invoice.invoice import Invoice
from invoicing.store.discounts import BY_ID
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.clinics.configure import put_family, put_policy
from invoicing.usecases.drafts.edit_draft import change_line
from kernel.change import Change
from kernel.errors import NotFound

Decide = Callable[[Invoice, str, Terms, Change], InvoiceOutcome]


def discounts(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""
    _of_clinics(routes, desk)
    _by_hand(routes, desk)
    _decisions(routes, desk)


def _of_clinics(routes: APIRouter, desk: Desk) -> None:
    @routes.put("/clinics/{clinic_id}/discount-policy")
    async def put_discounts(
        clinic_id: Id, body: DiscountPolicyBody, caller: BillingManager, version: OptionalIfMatch, response: Response
    ) -> DiscountPolicyView:
        """Drafts that are there are not changed; each is priced by the new policy when it changes the next time."""
        caller.enter(clinic_id)
        await desk.store.clinics.get(clinic_id)
        change = desk.change(caller, body.reason)
        policy = body.policy(clinic_id)
        stored = await desk.configure(response, version, lambda unit: put_policy(unit, desk.store, policy, change))
        return DiscountPolicyView.of(stored)

    @routes.get("/clinics/{clinic_id}/discount-policy")
    async def get_discounts(clinic_id: Id, caller: Reader, response: Response) -> DiscountPolicyView:
        caller.enter(clinic_id)
        return DiscountPolicyView.of(tagged(response, await desk.store.discounts.policy(clinic_id)))

    @routes.get("/clinics/{clinic_id}/families")
    async def list_families(
        clinic_id: Id, caller: Reader, paging: Paging, patient_id: Annotated[Id | None, Query()] = None
    ) -> Page[FamilyView]:
        """All, or the one that the patient is of."""
        caller.enter(clinic_id)
        books = desk.store.discounts
        rows = await books.page(clinic_id, patient_id, paging)
        return BY_ID.page(rows, paging, lambda row: FamilyView.of(books.family_of(row)))

    @routes.put("/clinics/{clinic_id}/families/{family_id}")
    async def put_members(
        clinic_id: Id, family_id: Id, body: FamilyBody, caller: FrontDesk, version: OptionalIfMatch, response: Response
    ) -> FamilyView:
        """The patients of a family, by id. One is of one family at most."""
        caller.enter(clinic_id)
        await desk.store.clinics.get(clinic_id)
        change = desk.change(caller, body.reason)
        family = body.family(clinic_id, family_id)
        stored = await desk.configure(response, version, lambda unit: put_family(unit, desk.store, family, change))
        return FamilyView.of(stored)

    @routes.get("/clinics/{clinic_id}/families/{family_id}")
    async def get_members(clinic_id: Id, family_id: Id, caller: Reader, response: Response) -> FamilyView:
        caller.enter(clinic_id)
        family = await desk.store.discounts.family(clinic_id, family_id)
        if family is None:
            raise NotFound("family-unknown", f"the clinic has no family {family_id}")
        return FamilyView.of(tagged(response, family))


def _by_hand(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/invoices/{invoice_id}/discounts", response_model=InvoiceView)
    async def grant(
        invoice_id: Id, body: GrantBody, caller: FrontDesk, version: IfMatch, key: IdempotencyKey
    ) -> Response:
        """Above the limit of the caller's role it is a request, and the draft `awaits-approval`."""
        change = desk.change(caller, body.reason)

        async def work(unit: Unit) -> Answer:
            kept = await desk.invoice(caller, invoice_id, unit)
            demand_version(version, kept.invoice.version)
            after = await change_line(
                unit, desk.store, desk.terms, kept,
                lambda draft, terms: discount_grants.grant(draft, body.wanted(), terms, change),
            )  # fmt: skip
            return answered(after)

        return (await desk.idempotency.once(key, work)).response()

    @routes.delete("/invoices/{invoice_id}/discounts/{discount_id}", response_model=InvoiceView)
    async def remove(invoice_id: Id, discount_id: Id, caller: FrontDesk, version: IfMatch) -> Response:
        """Takes a granted discount off a draft."""
        return await _decided(desk, caller, invoice_id, version, None, discount_grants.remove, discount_id)


def _decisions(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/invoices/{invoice_id}/discounts/{discount_id}/approve", response_model=InvoiceView)
    async def approve(invoice_id: Id, discount_id: Id, caller: BillingManager, version: IfMatch) -> Response:
        """Somebody else than who asked, within his own limit."""
        return await _decided(desk, caller, invoice_id, version, None, discount_grants.approve, discount_id)

    @routes.post("/invoices/{invoice_id}/discounts/{discount_id}/reject", response_model=InvoiceView)
    async def reject(
        invoice_id: Id, discount_id: Id, body: ReasonBody, caller: BillingManager, version: IfMatch
    ) -> Response:
        """Somebody else than who asked."""
        return await _decided(desk, caller, invoice_id, version, body.reason, discount_grants.reject, discount_id)

    @routes.post("/invoices/{invoice_id}/discounts/{discount_id}/withdraw", response_model=InvoiceView)
    async def withdraw(invoice_id: Id, discount_id: Id, caller: FrontDesk, version: IfMatch) -> Response:
        """Who asked for it."""
        return await _decided(desk, caller, invoice_id, version, None, discount_grants.withdraw, discount_id)

    @routes.post("/invoices/{invoice_id}/lines/{line_id}/price/approve", response_model=InvoiceView)
    async def approve_price(invoice_id: Id, line_id: Id, caller: BillingManager, version: IfMatch) -> Response:
        """Somebody else than who set the price, within his own limit."""
        return await _decided(desk, caller, invoice_id, version, None, manual_prices.approve_price, line_id)

    @routes.post("/invoices/{invoice_id}/lines/{line_id}/price/reject", response_model=InvoiceView)
    async def reject_price(
        invoice_id: Id, line_id: Id, body: ReasonBody, caller: BillingManager, version: IfMatch
    ) -> Response:
        """Back to the price list. Who set the price takes it back with DELETE."""
        return await _decided(desk, caller, invoice_id, version, body.reason, manual_prices.reject_price, line_id)

    @routes.post("/invoices/{invoice_id}/lines/{line_id}/waiver/approve", response_model=InvoiceView)
    async def approve_waiver(invoice_id: Id, line_id: Id, caller: BillingManager, version: IfMatch) -> Response:
        """Somebody else than who waived the line, within his own limit."""
        return await _decided(desk, caller, invoice_id, version, None, manual_prices.approve_waiver, line_id)

    @routes.post("/invoices/{invoice_id}/lines/{line_id}/waiver/reject", response_model=InvoiceView)
    async def reject_waiver(
        invoice_id: Id, line_id: Id, body: ReasonBody, caller: BillingManager, version: IfMatch
    ) -> Response:
        """Back to the price list. Who waived the line takes it back with DELETE of its price."""
        return await _decided(desk, caller, invoice_id, version, body.reason, manual_prices.reject_waiver, line_id)


async def _decided(
    desk: Desk, caller: Principal, invoice_id: str, version: int | None, reason: str | None, decide: Decide, what: str
) -> Response:
    async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
        return await change_line(
            unit, desk.store, desk.terms, kept, lambda draft, terms: decide(draft, what, terms, change)
        )

    return await desk.apply(caller, invoice_id, version, reason, step)
