"""Was everything billed?"""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.database.paging import Paging
from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from invoicing.api.dependencies import Deps
from invoicing.api.parameters import ClinicPath
from invoicing.api.schemas.completeness import CompletenessView, SessionFates
from invoicing.usecases.completeness.check_completeness import counted, judged
from kernel.errors import BusinessError

LONGEST = timedelta(days=366)
routes = APIRouter(tags=["reports"])


@routes.get(
    "/clinics/{clinic_id}/reports/completeness",
    summary="Report what became of everything that sessions have",
    dependencies=[LONG],
    responses=problems({404: ["not-found"], 422: ["period"]}),
)
async def report_completeness(
    clinic_id: ClinicPath,
    deps: Deps,
    caller: Reader,
    paging: Paging,
    first: Annotated[date, Query(alias="from", description="sessions completed from this day of the clinic")],
    last: Annotated[date, Query(alias="to", description="until this one, at most a year later")],
    unbilled: Annotated[bool, Query(description="only sessions with something unbilled")] = False,
) -> CompletenessView:
    """Every procedure and material of the sessions of these days, and whether it was billed, or why not.

    For every role. Sessions come by day; a page may hold fewer than its limit and still have a next one. `counts` are
    of the whole period, on the first page only.
    """
    caller.enter(clinic_id)
    if not timedelta(0) <= last - first <= LONGEST:
        raise BusinessError("period", "ends before it begins, or is longer than 366 days", field="to")
    days = first.isoformat(), last.isoformat()
    found, next_cursor = await deps.outbox.transact(lambda unit: judged(unit, deps.store, clinic_id, days, paging))
    counts = await counted(deps.outbox, deps.store, clinic_id, days) if paging.cursor is None else None
    sessions = [SessionFates.of(session, fates) for session, fates in found]
    shown = [session for session in sessions if not unbilled or session.unbilled]
    return CompletenessView(counts=counts, items=shown, next_cursor=next_cursor)
