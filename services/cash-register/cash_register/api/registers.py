"""Registers: what waits for their next day."""

from fastapi import APIRouter

from cash_register.api.dependencies import Deps
from cash_register.api.parameters import ClinicId, RegisterId
from cash_register.api.schemas.days import movement_view
from chassis.database.paging import Page, Paging
from chassis.http.auth import Reader
from chassis.http.openapi import problems
from contracts.cash_register import Movement

routes = APIRouter(prefix="/registers/{register_id}", tags=["registers"])


@routes.get("/waiting", summary="List waiting cash", responses=problems({404: ["not-found"]}))
async def list_waiting(
    register_id: RegisterId, clinic_id: ClinicId, caller: Reader, page: Paging, deps: Deps
) -> Page[Movement]:
    """Cash that no open day could take, oldest first: it goes to the next day that is opened in its currency."""
    caller.enter(clinic_id)
    waiting = await deps.store.waiting.page(clinic_id, register_id, page)
    return Page(items=[movement_view(cash) for cash in waiting.items], next_cursor=waiting.next_cursor)
