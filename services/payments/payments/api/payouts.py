"""Payouts of Stripe, of each as much as belongs to the clinics that the caller may see."""

from fastapi import APIRouter

from chassis.database.paging import Page, Paging
from chassis.http.auth import Reader
from kernel.errors import NotFound
from payments.api.dependencies import Dependencies, Deps
from payments.api.examples.payouts import MOVEMENT, PAYOUT
from payments.api.parameters import ClinicQuery, PayoutPath, visible_clinics
from payments.api.responses import UNKNOWN, a_page_of, answers
from payments.api.schemas.payouts import MovementView, PayoutView
from payments.domain.payouts.payout import Payout

routes = APIRouter(tags=["payouts"])


@routes.get("/payouts", summary="List payouts", responses={**a_page_of(PAYOUT), **UNKNOWN})
async def find(deps: Deps, caller: Reader, page: Paging, clinic_id: ClinicQuery = None) -> Page[PayoutView]:
    """What Stripe paid out, the newest first. A difference between Stripe's account and the payments is in
    `differences`.

    For everybody. A payout may hold money of several clinics: shown are the parts of those that the token names.
    """
    visible = visible_clinics(caller, clinic_id)
    payouts = await deps.ledger.store.payouts.page(visible, page)
    return Page(items=[PayoutView.of(payout, visible) for payout in payouts.items], next_cursor=payouts.next_cursor)


@routes.get("/payouts/{payout_id}", summary="Show a payout", responses={**answers(PAYOUT), **UNKNOWN})
async def show(deps: Deps, payout_id: PayoutPath, caller: Reader, clinic_id: ClinicQuery = None) -> PayoutView:
    """One payout, and the sums of each clinic's part: charges - refunds - disputes + other - fees = net.

    For everybody who may see one of its clinics.
    """
    visible = visible_clinics(caller, clinic_id)
    return PayoutView.of(await _seen(deps, payout_id, visible), visible)


@routes.get(
    "/payouts/{payout_id}/movements",
    summary="List the lines of a payout",
    responses={**a_page_of(MOVEMENT), **UNKNOWN},
)
async def movements(
    deps: Deps, payout_id: PayoutPath, caller: Reader, page: Paging, clinic_id: ClinicQuery = None
) -> Page[MovementView]:
    """What it is made of, line by line of Stripe's account: charges, refunds, disputes and fees.

    For everybody who may see one of its clinics; shown are the lines of those that the token names.
    """
    visible = visible_clinics(caller, clinic_id)
    await _seen(deps, payout_id, visible)
    lines = await deps.ledger.store.payouts.page_of_movements(payout_id, visible, page)
    return Page(items=[MovementView.of(line) for line in lines.items], next_cursor=lines.next_cursor)


async def _seen(deps: Dependencies, payout_id: str, visible: list[str] | None) -> Payout:
    payout = await deps.ledger.store.payouts.payout(payout_id)
    if payout is None or not (visible is None or set(visible) & set(payout.clinic_ids)):
        raise NotFound("not-found", "there is no such thing here")
    return payout
