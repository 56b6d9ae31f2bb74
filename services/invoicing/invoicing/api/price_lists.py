"""Price lists of clinics, as JSON and as CSV."""

import re
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from chassis.database.paging import Page, Paging
from chassis.http import OptionalIfMatch
from chassis.http.auth import BillingManager, Principal, Reader
from chassis.http.problems import HttpProblem
from contracts.invoicing import PriceBasis
from contracts.money import Currency
from contracts.values import Id, Text
from invoicing.adapters import price_files
from invoicing.adapters.price_files.writing import Sign
from invoicing.api.desk import Desk, tagged
from invoicing.api.schemas.common import ListedView, PriceListBody, PriceListView
from invoicing.domain.pricing.price_list import PriceList
from invoicing.store.price_lists import BY_ID
from invoicing.usecases.clinics.configure import put_price_list
from kernel.errors import NotFound

_LIST = "/clinics/{clinic_id}/price-lists/{price_list_id}"
PRICE_LIST_PATHS = (_LIST, f"{_LIST}/import")
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_CSV: dict[str, Any] = {"requestBody": {"required": True, "content": {"text/csv": _TEXT}}}


def price_lists(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.get("/clinics/{clinic_id}/price-lists")
    async def list_lists(clinic_id: Id, caller: Reader, paging: Paging) -> Page[ListedView]:
        """Which lists there are, and whom each applies to; without their prices."""
        caller.enter(clinic_id)
        return BY_ID.page(await desk.store.price_lists.page(clinic_id, paging), paging, ListedView.model_validate)

    @routes.put(_LIST)
    async def put_prices(
        clinic_id: Id, price_list_id: Id, body: PriceListBody, caller: BillingManager, version: OptionalIfMatch,
        response: Response,
    ) -> PriceListView:  # fmt: skip
        caller.enter(clinic_id)
        await desk.store.clinics.get(clinic_id)
        return await _put(caller, body.prices(clinic_id, price_list_id), body.reason, version, response)

    @routes.get(_LIST)
    async def get_prices(clinic_id: Id, price_list_id: Id, caller: Reader, response: Response) -> PriceListView:
        caller.enter(clinic_id)
        return PriceListView.of(tagged(response, await desk.store.price_lists.get(clinic_id, price_list_id)))

    @routes.put(f"{_LIST}/import", openapi_extra=_CSV)
    async def import_prices(
        request: Request,
        clinic_id: Id,
        price_list_id: Id,
        caller: BillingManager,
        version: OptionalIfMatch,
        response: Response,
        currency: Annotated[Currency | None, Query(description="the list's own, or the clinic's, if not said")] = None,
        basis: Annotated[PriceBasis | None, Query(description="the list's own, or net, if not said")] = None,
        reason: Annotated[Text, Field(min_length=1), Query()] | None = None,
    ) -> PriceListView:
        """The list whole, as CSV. Of a file that does not fit nothing is taken over, and each bad row is told.

        Whom the list applies to stays as it is.
        """
        caller.enter(clinic_id)
        charset = price_files.charset_of(request.headers.get("content-type"))
        if charset is None:
            raise HttpProblem(415, "content-type", "text/csv, in UTF-8 or Windows-1252", field="Content-Type")
        clinic = await desk.store.clinics.get(clinic_id)
        head = await _known(clinic_id, price_list_id) or PriceList(price_list_id, clinic_id, 0, clinic.currency, ())
        head = replace(head, currency=currency or head.currency, basis=basis or head.basis)
        read = partial(price_files.read, await request.body(), charset, head)
        try:
            prices = await to_thread.run_sync(read)
        except price_files.PriceFileInvalid as invalid:
            raise _refusal(invalid) from None
        return await _put(caller, prices, reason, version, response)

    @routes.get(f"{_LIST}/export", response_class=Response, responses={200: {"content": {"text/csv": _TEXT}}})
    async def export_prices(
        clinic_id: Id, price_list_id: Id, caller: Reader, decimal: Annotated[Sign, Query()] = "point"
    ) -> Response:
        """The list as CSV, as it can be imported again; with decimal comma it is what German spreadsheets read."""
        caller.enter(clinic_id)
        prices = await desk.store.price_lists.get(clinic_id, price_list_id)
        content = await to_thread.run_sync(price_files.write, prices, decimal)
        name = re.sub(r"[^A-Za-z0-9._-]", "_", price_list_id)
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return Response(content, headers=headers, media_type="text/csv; charset=utf-8")

    async def _known(clinic_id: str, price_list_id: str) -> PriceList | None:
        try:
            return await desk.store.price_lists.get(clinic_id, price_list_id)
        except NotFound:
            return None

    async def _put(
        caller: Principal, prices: PriceList, reason: str | None, version: int | None, response: Response
    ) -> PriceListView:
        change = desk.change(caller, reason)
        stored = await desk.configure(response, version, lambda unit: put_price_list(unit, desk.store, prices, change))
        await desk.reprice(caller, prices.clinic_id)
        return PriceListView.of(stored)


def _refusal(invalid: price_files.PriceFileInvalid) -> HttpProblem:
    rows = [fault._asdict() for fault in invalid.faults]
    more = {"faults": rows, "faults_total": invalid.total, "bad_rows_total": invalid.bad_rows}
    return HttpProblem(invalid.status, invalid.code, invalid.message, more=more)
