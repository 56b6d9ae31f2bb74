"""Price lists as CSV files, in and out."""

import re
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from chassis.http import OptionalIfMatch
from chassis.http.auth import BillingManager, Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from chassis.http.problems import HttpProblem
from contracts.invoicing import PriceBasis
from contracts.money import CurrencyInUse
from invoicing.adapters import price_files
from invoicing.adapters.price_files.writing import Sign
from invoicing.api.dependencies import Dependencies, Deps
from invoicing.api.parameters import ClinicPath, PriceListPath
from invoicing.api.price_lists import PRICE_LIST, store_prices
from invoicing.api.responses import CLINIC_UNKNOWN
from invoicing.api.schemas.common import Reason
from invoicing.api.schemas.price_lists import PriceListView
from invoicing.domain.pricing.price_list import PriceList
from kernel.currencies import why_not_new
from kernel.errors import NotFound
from kernel.value import replace

IMPORT = f"{PRICE_LIST}/import"
EXAMPLE = """\
valid_from,kind,system_or_unit,code,price,currency,tax_category,tax_rate,exemption_reason,description,description_de
2026-01-01,procedure,http://www.ada.org/cdt,D2391,125.00,EUR,E,0,"Treatment, § 4 no. 14 UStG",Composite,Kompositfüllung
2026-01-01,material,g,COMP-A2,12.00,EUR,S,19,,Composite A2,
"""
_CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}, "example": EXAMPLE}}
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "a row a price, under a header; UTF-8, or as `charset=windows-1252` says",
        "content": _CSV,
    }
}
routes = APIRouter(tags=["price lists"])


@routes.put(
    IMPORT,
    summary="Import a price list from a CSV file",
    dependencies=[LONG],
    openapi_extra=_UPLOAD,
    responses=problems(
        {
            404: list(CLINIC_UNKNOWN),
            409: ["changed-meanwhile"],
            413: ["body-too-large"],
            415: ["content-type"],
            422: ["price-file-invalid", "price-list-scope-taken", "currency-withdrawn"],
        }
    ),
)
async def import_prices(
    request: Request,
    clinic_id: ClinicPath,
    price_list_id: PriceListPath,
    deps: Deps,
    caller: BillingManager,
    version: OptionalIfMatch,
    response: Response,
    currency: Annotated[CurrencyInUse | None, Query(description="if left out, the list's own, or the clinic's")] = None,
    basis: Annotated[PriceBasis | None, Query(description="if left out, the list's own, or `net`")] = None,
    reason: Annotated[Reason | None, Query(description="why; kept with the revision")] = None,
) -> PriceListView:
    """Stores the list, whole, as the file has it; whose prices they are (`applies_to`) stays as it is.

    For billing managers. Columns may be in any order, named by the header; `valid_from`, `kind`, `code`, `price` and
    `tax_category` are required. Separated by comma, semicolon or tab; days as 2026-07-01 or 01.07.2026; a decimal
    comma where no comma separates. A row with its days only is a period without prices. `description` says what the
    invoice says of an item that a session does not describe, `description_de` and the like in one language.

    A file with a bad row is refused whole: `faults` has row, column, code and message of the first thousand,
    `faults_total` and `bad_rows_total` count all. What was exported imports as the same list.
    """
    caller.enter(clinic_id)
    charset = price_files.charset_of(request.headers.get("content-type"))
    if charset is None:
        raise HttpProblem(415, "content-type", "text/csv, in UTF-8 or Windows-1252", field="Content-Type")
    clinic = await deps.store.clinics.get(clinic_id)
    head = await _known(deps, clinic_id, price_list_id)
    head = head or PriceList(price_list_id, clinic_id, 0, clinic.currency, ())
    head = replace(head, currency=currency or head.currency, basis=basis or head.basis)
    withdrawn = why_not_new(head.currency)
    if withdrawn is not None:
        raise HttpProblem(422, "currency-withdrawn", withdrawn, field="currency")
    read = partial(price_files.read, await request.body(), charset, head)
    try:
        prices = await to_thread.run_sync(read)
    except price_files.PriceFileInvalid as invalid:
        raise _refusal(invalid) from None
    return await store_prices(deps, caller, prices, reason, version, response)


@routes.get(
    f"{PRICE_LIST}/export",
    summary="Export a price list as a CSV file",
    dependencies=[LONG],
    response_class=Response,
    responses={
        200: {"description": "the file", "content": _CSV},
        **problems({404: ["not-found", "price-list-unknown"]}),
    },
)
async def export_prices(
    clinic_id: ClinicPath,
    price_list_id: PriceListPath,
    deps: Deps,
    caller: Reader,
    decimal: Annotated[Sign, Query(description="`comma`: with semicolons, as German spreadsheets read it")] = "point",
) -> Response:
    """The list as a CSV file that can be imported again; no cell of it is a formula. For every role."""
    caller.enter(clinic_id)
    prices = await deps.store.price_lists.get(clinic_id, price_list_id)
    content = await to_thread.run_sync(price_files.write, prices, decimal)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", price_list_id)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


async def _known(deps: Dependencies, clinic_id: str, price_list_id: str) -> PriceList | None:
    try:
        return await deps.store.price_lists.get(clinic_id, price_list_id)
    except NotFound:
        return None


def _refusal(invalid: price_files.PriceFileInvalid) -> HttpProblem:
    rows = [fault._asdict() for fault in invalid.faults]
    more = {"faults": rows, "faults_total": invalid.total, "bad_rows_total": invalid.bad_rows}
    return HttpProblem(invalid.status, invalid.code, invalid.message, more=more)
