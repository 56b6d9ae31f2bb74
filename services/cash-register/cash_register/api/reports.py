"""X and Z reports of a register's days: they are looked at, and change nothing."""

from fastapi import APIRouter

from cash_register.api.blind import demand_not_blind
from cash_register.api.dependencies import Deps
from cash_register.api.parameters import ClinicId, On, RegisterId
from cash_register.api.schemas.reports import XReportView, ZReportView
from cash_register.domain.days.day import day_id_of
from cash_register.usecases.days.reckon_day import reckon_day
from cash_register.usecases.days.show_reports import show_x_report, show_z_report
from chassis.http.auth import Overseer, Reader
from chassis.http.openapi import problems

routes = APIRouter(prefix="/registers/{register_id}/days/{date}", tags=["reports"])

NO_SUCH_DAY = ["not-found", "day-not-found"]


@routes.get(
    "/x-report",
    summary="Show an X report",
    responses=problems({403: ["count-is-blind"], 404: NO_SUCH_DAY, 409: ["day-not-open"]}),
)
async def x_report(register_id: RegisterId, clinic_id: ClinicId, on: On, caller: Overseer, deps: Deps) -> XReportView:
    """The totals of a day that is open, by category and person, as often as one likes; not for who has yet to count.

    Who is told may count the drawer all the same; the count says that it was not blind.
    """
    caller.enter(clinic_id)
    day = await deps.store.days.get(None, clinic_id, register_id, on)
    await demand_not_blind(deps, day, caller)
    at = deps.clock()
    return XReportView.of(await show_x_report(deps.store, clinic_id, register_id, on, at), at)


@routes.get("/z-report", summary="Show a Z report", responses=problems({404: [*NO_SUCH_DAY, "z-report-not-found"]}))
async def z_report(register_id: RegisterId, clinic_id: ClinicId, on: On, caller: Reader, deps: Deps) -> ZReportView:
    """What a day was closed with, under its number: a register's numbers have no gaps."""
    caller.enter(clinic_id)
    await reckon_day(deps.outbox, deps.store, day_id_of(clinic_id, register_id, on), deps.clock)
    day, report = await show_z_report(deps.store, clinic_id, register_id, on)
    return ZReportView.of(day, report)
