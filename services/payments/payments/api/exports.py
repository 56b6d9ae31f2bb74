"""What moved, for a bookkeeper: as DATEV reads it, and as plain double entries."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from contracts.money import Currency
from payments.adapters.accounting import datev, sheets
from payments.api.dependencies import Deps
from payments.api.examples.journal import ENTRIES_CSV
from payments.api.journal import CSV, Decimal, attachment
from payments.api.parameters import ClinicPath
from payments.api.period import Days
from payments.domain.accounting.bookings import bookings
from payments.usecases.settlement.read_movements import moved_on

routes = APIRouter(tags=["settlement"])


@routes.get(
    "/clinics/{clinic_id}/exports/datev",
    response_class=Response,
    summary="Export the bookings of payments for DATEV",
    dependencies=[LONG],
    responses={
        200: {
            "description": "a booking batch (EXTF) in Windows-1252",
            "content": {CSV: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems(
            {
                404: ["not-found"],
                409: ["accounting-not-set"],
                422: ["period", "currency-not-exported", "amount-too-large"],
            }
        ),
    },
)
async def export_datev(
    deps: Deps,
    clinic_id: ClinicPath,
    caller: Reader,
    days: Days,
    currency: Annotated[Currency, Query(description="of the batch: bookings in others are left out")] = "EUR",
) -> Response:
    """Each movement of these days as a booking, on the accounts of the payment settings.

    For everybody who may see the clinic. The sums are those of the days' settlements. The days are of one financial
    year.
    """
    caller.enter(clinic_id)
    store = deps.ledger.store
    settings = await store.payment_policy.of(clinic_id)
    calendar = settings.calendar
    moved = await moved_on(store, clinic_id, calendar, days.first, days.last)
    made_at = calendar.local_time(deps.change(caller).at)
    batch = datev.Batch(days.first, days.last, currency, made_at)
    content = await to_thread.run_sync(datev.write, bookings(moved, calendar), settings.accounting, batch)
    headers = {"Content-Disposition": f'attachment; filename="EXTF_Zahlungen_{days.first}_{days.last}.csv"'}
    return Response(content, headers=headers, media_type=f"{CSV}; charset=windows-1252")


@routes.get(
    "/clinics/{clinic_id}/exports/bookings",
    response_class=Response,
    summary="Export the bookings of payments as a CSV file",
    dependencies=[LONG],
    responses={
        200: {
            "description": "two rows a booking",
            "content": {CSV: {"schema": {"type": "string"}, "example": ENTRIES_CSV}},
        },
        **problems({404: ["not-found"], 422: ["period"]}),
    },
)
async def export_bookings(
    deps: Deps, clinic_id: ClinicPath, caller: Reader, days: Days, decimal: Decimal = "point"
) -> Response:
    """Each movement of these days as a debit and a credit, on the accounts of the payment settings, in every currency.

    For everybody who may see the clinic. Debits are credits, and the sums those of the days' settlements. No cell of
    the file is a formula.
    """
    caller.enter(clinic_id)
    store = deps.ledger.store
    settings = await store.payment_policy.of(clinic_id)
    moved = await moved_on(store, clinic_id, settings.calendar, days.first, days.last)
    write = partial(sheets.double_entries, bookings(moved, settings.calendar), settings.accounting, decimal)
    return attachment(await to_thread.run_sync(write), f"bookings-{days.first}-{days.last}.csv")
