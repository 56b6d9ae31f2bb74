"""Was everything billed?"""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.database.paging import Paging
from chassis.http.auth import Reader
from contracts.values import Id
from invoicing.api.desk import Desk
from invoicing.api.schemas.completeness import CompletenessView, SessionFates
from invoicing.usecases.completeness.check_completeness import counted, judged
from kernel.errors import BusinessError

LONGEST = timedelta(days=366)


def completeness(routes: APIRouter, desk: Desk) -> None:
    """Adds the route."""

    @routes.get("/clinics/{clinic_id}/reports/completeness")
    async def report(
        clinic_id: Id,
        caller: Reader,
        paging: Paging,
        first: Annotated[date, Query(alias="from", description="sessions completed from this day of the clinic")],
        last: Annotated[date, Query(alias="to", description="until this one, at most a year later")],
        unbilled: Annotated[bool, Query(description="only sessions with something unbilled")] = False,
    ) -> CompletenessView:
        caller.enter(clinic_id)
        if not timedelta(0) <= last - first <= LONGEST:
            raise BusinessError("period", "ends before it begins, or is longer than 366 days", field="to")
        days = first.isoformat(), last.isoformat()
        found, next_cursor = await desk.outbox.transact(lambda unit: judged(unit, desk.store, clinic_id, days, paging))
        counts = await counted(desk.outbox, desk.store, clinic_id, days) if paging.cursor is None else None
        sessions = [SessionFates.of(*one) for one in found]
        shown = [one for one in sessions if not unbilled or one.unbilled]
        return CompletenessView(counts=counts, items=shown, next_cursor=next_cursor)
