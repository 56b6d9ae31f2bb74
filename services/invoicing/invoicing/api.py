"""HTTP in: maps to a use case, delegates, nothing else."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from chassis.auth import BillingManager, FrontDesk, Principal, Reader
from chassis.http import IfMatch, demand_version, etag
from chassis.kernel.clock import Clock
from chassis.kernel.errors import NotFound
from chassis.outbox import Outbox, Unit
from chassis.paging import Page, Paging
from chassis.telemetry import current_traceparent
from contracts.invoicing import AccountBalanceChanged, InvoiceStatus
from contracts.invoicing import Invoice as InvoiceView
from contracts.values import Id
from invoicing.bodies import ClinicBody, ClinicView, EditBody, PriceListBody, PriceListView, ReasonBody, RevisionView
from invoicing.domain.account import account_id_of, balance
from invoicing.domain.invoice import ActorRef, Invoice
from invoicing.domain.lifecycle import Change
from invoicing.store import NEWEST_FIRST, Kept, Store, told, told_account
from invoicing.usecases import change_invoice as changes
from invoicing.usecases.configure import put_clinic, put_price_list
from invoicing.usecases.finalize_invoice import finalize_invoice
from invoicing.usecases.terms import TermsBook

JSON = "application/json"
Apply = Callable[[Unit, Kept, Change], Awaitable[Invoice]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes work with."""

    store: Store
    outbox: Outbox
    terms: TermsBook
    clock: Clock

    def change(self, caller: Principal, reason: str | None = None) -> Change:
        """A change by the caller, now."""
        return Change(self.clock(), ActorRef(**asdict(caller.actor())), reason)

    async def invoice(self, caller: Principal, invoice_id: str, unit: Unit | None = None) -> Kept:
        """Raises NotFound, also for another clinic's invoice."""
        kept = await self.store.invoice(invoice_id, unit)
        if not caller.sees(kept.invoice.clinic_id):
            raise NotFound("invoice-unknown", f"there is no invoice {invoice_id}")
        return kept

    async def apply(
        self, caller: Principal, invoice_id: str, version: int | None, reason: str | None, step: Apply
    ) -> Response:
        """One change of one invoice, in one transaction, if it is still the version that the caller saw."""
        change = self.change(caller, reason)

        async def work(unit: Unit) -> Invoice:
            kept = await self.invoice(caller, invoice_id, unit)
            demand_version(version, kept.invoice.version)
            return await step(unit, kept, change)

        return _answer(await self.outbox.transact(work, traceparent=current_traceparent()))

    async def reprice(self, caller: Principal, clinic_id: str) -> None:
        """Drafts that waited for the clinic's terms get them, a page a transaction."""
        change = self.change(caller, "terms of the clinic changed")
        after: str | None = ""
        while after is not None:
            page_after = after
            after = await self.outbox.transact(
                lambda unit: changes.reprice_drafts(unit, self.store, self.terms, clinic_id, change, page_after),  # noqa: B023
                traceparent=current_traceparent(),
            )


def _answer(invoice: Invoice) -> Response:
    return Response(told(invoice), headers={"ETag": etag(invoice.version)}, media_type=JSON)


def router(desk: Desk) -> APIRouter:
    """All routes of invoicing."""
    routes = APIRouter()
    for add in (_clinics, _invoices, _transitions, _accounts):
        add(routes, desk)
    return routes


def _clinics(routes: APIRouter, desk: Desk) -> None:
    @routes.put("/clinics/{clinic_id}")
    async def put_profile(clinic_id: Id, body: ClinicBody, caller: BillingManager) -> ClinicView:
        caller.enter(clinic_id)
        clinic = await desk.outbox.transact(lambda unit: put_clinic(unit, desk.store, body.clinic(clinic_id)))
        await desk.reprice(caller, clinic_id)
        return ClinicView.model_validate(asdict(clinic))

    @routes.get("/clinics/{clinic_id}")
    async def get_profile(clinic_id: Id, caller: Reader) -> ClinicView:
        caller.enter(clinic_id)
        return ClinicView.model_validate(asdict(await desk.store.clinic(clinic_id)))

    @routes.put("/clinics/{clinic_id}/price-lists/{price_list_id}")
    async def put_prices(
        clinic_id: Id, price_list_id: Id, body: PriceListBody, caller: BillingManager
    ) -> PriceListView:
        caller.enter(clinic_id)
        await desk.store.clinic(clinic_id)
        prices = body.prices(clinic_id, price_list_id)
        stored = await desk.outbox.transact(lambda unit: put_price_list(unit, desk.store, prices))
        await desk.reprice(caller, clinic_id)
        return PriceListView.of(stored)

    @routes.get("/clinics/{clinic_id}/price-lists/{price_list_id}")
    async def get_prices(clinic_id: Id, price_list_id: Id, caller: Reader) -> PriceListView:
        caller.enter(clinic_id)
        return PriceListView.of(await desk.store.price_list(clinic_id, price_list_id))


def _invoices(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/invoices")
    async def list_invoices(
        caller: Reader,
        paging: Paging,
        clinic_id: Annotated[Id | None, Query()] = None,
        patient_id: Annotated[Id | None, Query()] = None,
        status: Annotated[InvoiceStatus | None, Query()] = None,
    ) -> Page[InvoiceView]:
        visible = caller.visible_clinics()
        if clinic_id is not None:
            caller.enter(clinic_id)
            visible = [clinic_id]
        where: dict[str, Any] = {} if visible is None else {"clinic_id": {"$in": visible}}
        where |= {name: value for name, value in (("patient_id", patient_id), ("status", status)) if value is not None}
        rows = await desk.store.page(NEWEST_FIRST.where(where, paging), paging.limit + 1)
        return NEWEST_FIRST.page(rows, paging, lambda row: InvoiceView.model_validate_json(row["snapshot"]))

    @routes.get("/invoices/{invoice_id}", response_model=InvoiceView)
    async def get_invoice(invoice_id: Id, caller: Reader) -> Response:
        return _answer((await desk.invoice(caller, invoice_id)).invoice)

    @routes.patch("/invoices/{invoice_id}", response_model=InvoiceView)
    async def edit(invoice_id: Id, body: EditBody, caller: FrontDesk, version: IfMatch) -> Response:
        async def step(unit: Unit, kept: Kept, change: Change) -> Invoice:
            wanted = {"note": kept.invoice.note, "due_on": kept.invoice.due_on, **body.model_dump(exclude_unset=True)}
            return await changes.edit_invoice(unit, desk.store, desk.terms, kept, change, **wanted)

        return await desk.apply(caller, invoice_id, version, None, step)

    @routes.get("/invoices/{invoice_id}/revisions")
    async def revisions(invoice_id: Id, caller: Reader) -> list[RevisionView]:
        await desk.invoice(caller, invoice_id)
        history = await desk.store.revisions.of(invoice_id)
        before: bytes | None = None
        views = []
        for revision, hash_ in history:
            views.append(RevisionView.of(revision, hash_, before))
            before = revision.snapshot
        return views


def _transitions(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/invoices/{invoice_id}/finalize", response_model=InvoiceView)
    async def finalize(invoice_id: Id, caller: BillingManager, version: IfMatch) -> Response:
        async def step(unit: Unit, kept: Kept, change: Change) -> Invoice:
            return await finalize_invoice(unit, desk.store, kept, change)

        return await desk.apply(caller, invoice_id, version, None, step)

    @routes.post("/invoices/{invoice_id}/void", response_model=InvoiceView)
    async def void(invoice_id: Id, body: ReasonBody, caller: BillingManager, version: IfMatch) -> Response:
        async def step(unit: Unit, kept: Kept, change: Change) -> Invoice:
            return await changes.void_invoice(unit, desk.store, kept, change)

        return await desk.apply(caller, invoice_id, version, body.reason, step)

    @routes.post("/invoices/{invoice_id}/archive", response_model=InvoiceView)
    async def archive(invoice_id: Id, caller: BillingManager, version: IfMatch) -> Response:
        async def step(unit: Unit, kept: Kept, change: Change) -> Invoice:
            return await changes.archive_invoice(unit, desk.store, kept, change)

        return await desk.apply(caller, invoice_id, version, None, step)


def _accounts(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/clinics/{clinic_id}/patients/{patient_id}/balance", response_model=AccountBalanceChanged)
    async def get_balance(clinic_id: Id, patient_id: Id, caller: Reader) -> Response:
        caller.enter(clinic_id)
        account = await desk.store.account(account_id_of(clinic_id, patient_id))
        nothing = balance(clinic_id, patient_id, 0, (), (), desk.change(caller))
        return Response(told_account(account or nothing), media_type=JSON)
