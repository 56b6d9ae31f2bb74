"""Who did what with the clinic's money, day by day."""

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Query, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from contracts.values import Text
from payments.adapters.accounting import sheets
from payments.api.dependencies import Deps
from payments.api.examples.journal import JOURNAL, JOURNAL_CSV
from payments.api.parameters import ClinicPath
from payments.api.period import Days
from payments.api.responses import answers
from payments.api.schemas.journal import JournalView
from payments.domain.accounting.day_sheet import day_sheet, day_sums
from payments.usecases.settlement.read_movements import moved_on

CSV = "text/csv"
Decimal = Annotated[sheets.Sign, Query(description="of CSV; `comma`: with semicolons, as German spreadsheets read it")]
routes = APIRouter(tags=["settlement"])


def attachment(content: bytes, name: str) -> Response:
    """A CSV file to be saved under this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=f"{CSV}; charset=utf-8")


@routes.get(
    "/clinics/{clinic_id}/reports/journal",
    response_model=JournalView,
    summary="Show a clinic's journal by day and person",
    dependencies=[LONG],
    responses={
        200: {
            "content": {**answers(JOURNAL)[200]["content"], CSV: {"schema": {"type": "string"}, "example": JOURNAL_CSV}}
        },
        **problems({404: ["not-found"], 422: ["period"]}),
    },
)
async def show_journal(
    deps: Deps,
    clinic_id: ClinicPath,
    caller: Reader,
    days: Days,
    user: Annotated[
        Text | None, Query(description="only what this person caused, by the subject of their token")
    ] = None,
    as_: Annotated[Literal["json", "csv"], Query(alias="format", description="`csv`: a row a movement")] = "json",
    decimal: Decimal = "point",
) -> Response | JournalView:
    """Every movement of these days, by day, by who caused it, and by time; as JSON with sums, or as CSV.

    For everybody who may see the clinic. Movements and sums are those of the days' settlements. No cell of the file is
    a formula.
    """
    caller.enter(clinic_id)
    store = deps.ledger.store
    calendar = (await store.payment_policy.of(clinic_id)).calendar
    entries = day_sheet(await moved_on(store, clinic_id, calendar, days.first, days.last), calendar, user)
    if as_ == "csv":
        content = await to_thread.run_sync(sheets.journal, entries, decimal)
        return attachment(content, f"journal-{days.first}-{days.last}.csv")
    return JournalView.of(clinic_id, calendar.time_zone, entries, day_sums(entries, calendar))
