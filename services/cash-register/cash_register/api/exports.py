"""The books of the registers for somebody outside: a tax inspector, or whoever reads JSON and CSV."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse

from cash_register.adapters.cash_book import CashBook, Sign
from cash_register.adapters.dsfinvk.books import demand_room
from cash_register.adapters.dsfinvk.export import DsfinvkExport
from cash_register.adapters.dsfinvk.index import Supplier
from cash_register.api.closing_json import CashBookJson
from cash_register.api.dependencies import Dependencies, Deps
from cash_register.api.schemas.closings import CashBookView
from cash_register.domain.exports.heard import business_at
from cash_register.usecases.days.reckon_day import reckon_day
from cash_register.usecases.exports.ports import Export
from cash_register.usecases.exports.write_closings import Listed, ReadClosings, list_closings, write_closings
from chassis.http.auth import Principal, require
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from contracts.values import Id
from kernel.errors import BusinessError

routes = APIRouter(prefix="/clinics/{clinic_id}/exports", tags=["exports"])
VERSION = "0.1.0"
"""Of Chairside, as pyproject.toml has it."""
LONGEST = timedelta(days=366)
ZIP, CSV, JSON = "application/zip", "text/csv", "application/json"
Inspector = Annotated[Principal, Depends(require("billing_manager", "auditor"))]
ClinicPath = Annotated[Id, Path(description="the clinic whose registers they are")]
OfRegister = Annotated[Id | None, Query(description="only of this register; of all when not given")]
First = Annotated[date, Query(alias="from", ge=date(2000, 1, 1), description="from this day of the clinic")]
Last = Annotated[date, Query(alias="to", le=date(9998, 12, 31), description="until this one, at most a year later")]


@routes.get(
    "/dsfinv-k",
    response_class=StreamingResponse,
    summary="Export closings for a tax inspector (DSFinV-K)",
    dependencies=[LONG],
    responses={
        200: {
            "description": "a zip of all tables, with `index.xml` and its DTD",
            "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems({404: ["not-found"], 422: ["period", "currency-not-exported"]}),
    },
)
async def export_dsfinvk(
    deps: Deps, clinic_id: ClinicPath, caller: Inspector, first: First, last: Last, register_id: OfRegister = None
) -> StreamingResponse:
    """Every receipt of the days that are closed, as the interface of the German tax offices has it, version 2.4.

    For billing managers and auditors. There is no patient's name in it, only their id. Days that are still open are
    left out. It is written while it is sent.
    """
    command = _command(caller, clinic_id, first, last, register_id)
    listed = await _listed(deps, command)
    for currency in {one.currency for one in listed}:
        demand_room(currency)
    businesses = await deps.store.businesses.of(None, clinic_id)
    zone = await _zone(deps, clinic_id)
    made_at = deps.clock().astimezone(zone)
    business = business_at(businesses, clinic_id, deps.clock())
    supplier = Supplier(business.name, business.city, f"Chairside {VERSION}, DSFinV-K 2.4, {first} - {last}")
    pieces = write_closings(deps.store, listed, DsfinvkExport(supplier, made_at), zone, VERSION)
    return _download(pieces, ZIP, f"dsfinv-k-{first}-{last}.zip")


@routes.get(
    "/cash-book",
    response_class=StreamingResponse,
    summary="Export closings as JSON or CSV",
    dependencies=[LONG],
    responses={
        200: {
            "model": CashBookView,
            "description": "the closings with their receipts",
            "content": {CSV: {"schema": {"type": "string"}}},
        },
        **problems({404: ["not-found"], 422: ["period"]}),
    },
)
async def export_cash_book(
    deps: Deps,
    clinic_id: ClinicPath,
    caller: Inspector,
    first: First,
    last: Last,
    register_id: OfRegister = None,
    as_: Annotated[
        Literal["json", "csv"], Query(alias="format", description="`csv`: a row for each case and VAT key of a receipt")
    ] = "json",
    decimal: Annotated[Sign, Query(description="of CSV; `comma`: with semicolons, as German spreadsheets")] = "point",
) -> StreamingResponse:
    """The same receipts as the export for a tax inspector, in every currency.

    For billing managers and auditors. No cell of the CSV is a formula.
    """
    command = _command(caller, clinic_id, first, last, register_id)
    export: Export = CashBookJson(clinic_id) if as_ == "json" else CashBook(decimal)
    listed = await _listed(deps, command)
    pieces = write_closings(deps.store, listed, export, await _zone(deps, clinic_id), VERSION)
    kind = JSON if as_ == "json" else f"{CSV}; charset=utf-8"
    return _download(pieces, kind, f"cash-book-{first}-{last}.{as_}")


def _command(caller: Principal, clinic_id: str, first: date, last: date, register_id: str | None) -> ReadClosings:
    """Raises NotFound for a clinic that the caller does not see, BusinessError for days that are none, or too many."""
    caller.enter(clinic_id)
    if not timedelta(0) <= last - first < LONGEST:
        raise BusinessError("period", "ends before it begins, or is longer than 366 days", field="to")
    return ReadClosings(clinic_id, first, last, register_id)


async def _listed(deps: Dependencies, command: ReadClosings) -> list[Listed]:
    """All of them reckoned."""
    listed = await list_closings(deps.store, command)
    for one in listed:
        if not one.reckoned:
            await reckon_day(deps.outbox, deps.store, one.day_id, deps.clock)
    return listed


async def _zone(deps: Dependencies, clinic_id: str) -> ZoneInfo:
    """The clinic's; UTC before its profile is heard."""
    return ZoneInfo(await deps.store.clinics.zone_of(None, clinic_id) or "UTC")


def _download(pieces: AsyncIterator[bytes], kind: str, name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": kind}
    return StreamingResponse((piece async for piece in pieces if piece), headers=headers)
