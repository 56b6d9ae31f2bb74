"""Payouts of Stripe, of each as much as belongs to the clinics that the caller may see."""

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.database.paging import Filter, Page, Paging
from chassis.http.auth import Principal, Reader
from contracts.values import Id
from kernel.errors import NotFound
from payments.api.desk import Desk
from payments.api.schemas.payouts import MovementView, PayoutView
from payments.domain.payouts.payout import Payout
from payments.store.payouts import IN_ORDER, NEWEST_FIRST, movement_of, payout_of

PayoutId = Annotated[Id, Query()]


def payouts(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""
    store = desk.ledger.store.payouts

    @routes.get("/payouts")
    async def find(caller: Reader, page: Paging, clinic_id: Annotated[Id | None, Query()] = None) -> Page[PayoutView]:
        """Newest first. A difference between Stripe's account and the payments is in `differences`."""
        visible = _visible(caller, clinic_id)
        wanted: Filter = {} if visible is None else {"clinic_ids": {"$in": visible}}
        rows = await store.find(wanted, page)
        return NEWEST_FIRST.page(rows, page, lambda row: PayoutView.of(payout_of(row), visible))

    @routes.get("/payouts/{payout_id}")
    async def show(payout_id: Id, caller: Reader, clinic_id: Annotated[Id | None, Query()] = None) -> PayoutView:
        """One payout, and the sums of each clinic's part."""
        visible = _visible(caller, clinic_id)
        return PayoutView.of(await _seen(payout_id, visible), visible)

    @routes.get("/payouts/{payout_id}/movements")
    async def lines(
        payout_id: Id, caller: Reader, page: Paging, clinic_id: Annotated[Id | None, Query()] = None
    ) -> Page[MovementView]:
        """What it is made of, line by line."""
        visible = _visible(caller, clinic_id)
        await _seen(payout_id, visible)
        wanted: Filter = {"payout_id": payout_id}
        if visible is not None:
            wanted["clinic_id"] = {"$in": visible}
        rows = await store.movements(wanted, page)
        return IN_ORDER.page(rows, page, lambda row: MovementView.of(movement_of(row)))

    async def _seen(payout_id: str, visible: list[str] | None) -> Payout:
        payout = await store.payout(payout_id)
        if payout is None or not (visible is None or set(visible) & set(payout.clinic_ids)):
            raise NotFound("not-found", "there is no such thing here")
        return payout


def _visible(caller: Principal, clinic_id: str | None) -> list[str] | None:
    if clinic_id is None:
        return caller.visible_clinics()
    caller.enter(clinic_id)
    return [clinic_id]
