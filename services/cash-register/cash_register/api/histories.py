"""What happened to a day and to what a clinic decided about a register: every change, with who made it and why."""

from fastapi import APIRouter

from cash_register.api.blind import demand_not_blind
from cash_register.api.dependencies import Deps
from cash_register.api.parameters import ClinicId, On, RegisterId
from chassis.database.paging import Page, Paging
from chassis.http.auth import Overseer, Reader
from chassis.http.openapi import problems
from chassis.journal.views import RevisionView, history

routes = APIRouter(prefix="/registers/{register_id}", tags=["revisions"])


@routes.get(
    "/days/{date}/revisions",
    summary="Show the history of a day",
    responses=problems({403: ["count-is-blind"], 404: ["not-found", "day-not-found"]}),
)
async def revisions_of_day(
    register_id: RegisterId, clinic_id: ClinicId, on: On, caller: Overseer, page: Paging, deps: Deps
) -> Page[RevisionView]:
    """Every change of a day, field by field; the oldest comes first. Not for who has yet to count its drawer."""
    caller.enter(clinic_id)
    day = await deps.store.days.get(None, clinic_id, register_id, on)
    await demand_not_blind(deps, day, caller)
    return await history(deps.store.revisions, day.day_id, day.version, page)


@routes.get(
    "/revisions",
    summary="Show the history of a register's settings",
    responses=problems({404: ["not-found"]}),
)
async def revisions_of_settings(
    register_id: RegisterId, clinic_id: ClinicId, caller: Reader, page: Paging, deps: Deps
) -> Page[RevisionView]:
    """Every change, field by field; the oldest comes first."""
    caller.enter(clinic_id)
    settings = await deps.store.settings.of(None, clinic_id, register_id)
    subject = deps.store.settings.subject(clinic_id, register_id)
    return await history(deps.store.revisions, subject, settings.version, page)
