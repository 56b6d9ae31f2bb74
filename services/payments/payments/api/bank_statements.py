"""Bank statements in: files, kept as they came."""

import hashlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from chassis.database.paging import Page, Paging
from chassis.http.auth import FrontDesk, Principal, Reader, require
from chassis.http.deadline import LONG
from chassis.http.openapi import Responses, problems
from chassis.http.problems import FieldError, HttpProblem
from contracts.values import Id
from payments.api.dependencies import Dependencies, Deps
from payments.api.examples.bank_statements import CAMT, CSV, CSV_COLUMNS, MT940, PROFILE, STATEMENT
from payments.api.parameters import ClinicQuery, StatementPath, visible_clinics
from payments.api.responses import UNKNOWN, a_page_of, answers
from payments.api.schemas.bank_file_profiles import FileProfileView
from payments.api.schemas.bank_statements import StatementView
from payments.api.schemas.csv_columns import CsvColumnsBody
from payments.domain.bank.file_profile import FileProfile, Preview
from payments.domain.bank.statement import CsvColumns, StatementFormat, StatementStatus
from payments.domain.bank.statement_file import StatementFile
from payments.usecases.bank.profile_file import preview_file
from payments.usecases.bank.take_statement import TakeStatement, take_statement

routes = APIRouter(tags=["bank statements"])
RawReader = Annotated[Principal, Depends(require("billing_manager", "auditor"))]
KINDS: dict[StatementFormat, tuple[str, str]] = {
    "camt.053": ("application/xml", "xml"),
    "mt940": ("text/plain", "sta"),
    "csv": ("text/csv", "csv"),
}
"""Content type and ending of a file by its format."""
_columns_given = TypeAdapter(dict[str, str])
BYTES = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {
    "requestBody": {
        "required": True,
        "description": "the file as the bank made it, in UTF-8 or Latin-1, not compressed",
        "content": {
            "application/xml": {**BYTES, "example": CAMT},
            "text/plain": {**BYTES, "example": MT940},
            "text/csv": {**BYTES, "example": CSV},
            "application/octet-stream": BYTES,
        },
    }
}
FILE: Responses = {
    200: {
        "description": "the file, byte for byte; its SHA-256 is the `ETag`",
        "content": {kind: BYTES for kind, _ in KINDS.values()},
    }
}
INVALID = (
    "columns-invalid",
    "columns-missing",
    "compressed",
    "not-text",
    "encoding-unsupported",
    "document-type",
    "not-xml",
    "format-unsupported",
    "not-mt940",
    "not-csv",
    "column-missing",
    "rows-invalid",
    "row-too-long",
    "entry-too-large",
    "statement-too-large",
    "no-statement",
    "too-many-entries",
    "too-many-days",
    "account-missing",
    "balance-missing",
    "amount-missing",
    "amount-invalid",
    "direction-missing",
    "date-invalid",
    "currency-unknown",
    "currency-differs",
    "sums-differ",
)
"""Why a file is not taken over."""


@routes.post(
    "/bank-statements",
    status_code=201,
    response_model=StatementView,
    summary="Send a bank statement",
    dependencies=[LONG],
    openapi_extra=UPLOAD,
    responses={
        **answers(STATEMENT, 201, "taken over: its transactions are being matched"),
        200: {
            "model": StatementView,
            "description": "the clinic has sent this file before: nothing changes",
            "content": {"application/json": {"example": STATEMENT}},
        },
        **problems({404: ["not-found"], 413: ["body-too-large"], 422: INVALID}),
    },
)
async def take(
    deps: Deps,
    request: Request,
    caller: FrontDesk,
    clinic_id: Annotated[Id, Query(description="whose accounts it is about")],
    format: Annotated[StatementFormat, Query(description="as what the file is read")],  # noqa: A002
    columns: Annotated[
        str | None,
        Query(max_length=4_000, description="for CSV: the map of columns, JSON", examples=[CSV_COLUMNS]),
    ] = None,
) -> Response:
    """The body is camt.053, MT940 or CSV. A file that is known already answers 200 and changes nothing.

    For the front desk and billing managers. The file is kept as it came before it is read, also when it is refused; it
    is checked whole (sums, currency, dates) before anything of it is taken over, and a refusal says what is wrong
    where. CSV needs `columns`: which column of the header is what, and how dates and amounts are written. Then the
    transactions are matched to invoices by rules; what these are not sure of waits for a person.
    """
    caller.enter(clinic_id)
    column_map = _columns(columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement"
        sha256 = await _received(request, path)
        command = TakeStatement(
            clinic_id, format, sha256, path, lambda: deps.read_statement(format, path, column_map), columns
        )
        file, new = await take_statement(deps.ledger, command, deps.change(caller))
    deps.wake_matching()
    view = StatementView.of(file)
    return Response(view.model_dump_json(), 201 if new else 200, media_type="application/json")


@routes.post(
    "/bank-statements/profile",
    summary="Look at a bank's file",
    dependencies=[LONG],
    openapi_extra=UPLOAD,
    responses={
        **answers(PROFILE),
        **problems({404: ["not-found"], 413: ["body-too-large"], 422: ("compressed", "not-text", "columns-invalid")}),
    },
)
async def look_at(
    deps: Deps,
    request: Request,
    caller: FrontDesk,
    clinic_id: Annotated[Id, Query(description="whose account it is about")],
    columns: Annotated[
        str | None,
        Query(max_length=4_000, description="fields of the map that are known better than proposed, JSON"),
    ] = None,
) -> FileProfileView:
    """What the file seems to be, and what would be read of it. Nothing of it is kept.

    For the front desk and billing managers. Of a CSV a map of its columns is proposed from its header and first rows;
    fields in `columns` replace those of the proposal, so what is `missing` can be added and looked at again.
    """
    caller.enter(clinic_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement"
        await _received(request, path)
        seen = _amended(await to_thread.run_sync(deps.profile_file, path), columns)
        if seen.missing:
            return FileProfileView.of(seen, Preview((), ()))
        column_map = _columns(json.dumps(dict(seen.columns))) if seen.format == "csv" else None
        shown = await preview_file(lambda: deps.read_statement(seen.format, path, column_map))
    return FileProfileView.of(seen, shown)


@routes.get("/bank-statements", summary="List bank statements", responses={**a_page_of(STATEMENT), **UNKNOWN})
async def find(
    deps: Deps,
    caller: Reader,
    page: Paging,
    clinic_id: ClinicQuery = None,
    status: Annotated[StatementStatus | None, Query(description="only in this state")] = None,
) -> Page[StatementView]:
    """Statement files of the clinics that the token names, the last received first, also those that were refused.

    For everybody.
    """
    files = await deps.ledger.store.bank.statements.page(visible_clinics(caller, clinic_id), page, status=status)
    return Page(items=[StatementView.of(file) for file in files.items], next_cursor=files.next_cursor)


@routes.get(
    "/bank-statements/{bank_statement_id}",
    summary="Show a bank statement",
    responses={**answers(STATEMENT), **UNKNOWN},
)
async def show(deps: Deps, bank_statement_id: StatementPath, caller: Reader) -> StatementView:
    """One file, and what became of it: how many transactions it brought, or why it was refused.

    For everybody who may see the clinic.
    """
    return StatementView.of(await _seen(deps, bank_statement_id, caller))


@routes.get(
    "/bank-statements/{bank_statement_id}/file",
    response_class=Response,
    summary="Download a bank statement",
    dependencies=[LONG],
    responses={**FILE, **UNKNOWN},
)
async def download(deps: Deps, bank_statement_id: StatementPath, caller: RawReader) -> Response:
    """The file byte for byte as it came, also one that was refused.

    For billing managers and auditors: it has the names and texts of everybody who paid.
    """
    file = await _seen(deps, bank_statement_id, caller)
    kind, ending = KINDS[file.format]
    headers = {
        "Content-Disposition": f'attachment; filename="{file.received_at:%Y-%m-%d}-{bank_statement_id}.{ending}"',
        "Content-Length": str(file.size_bytes),
        "ETag": f'"{file.sha256}"',
    }
    # Set by hand: nobody knows the character set, and the framework would claim one for text.
    headers["Content-Type"] = kind
    return StreamingResponse(deps.ledger.store.bank.files.read(bank_statement_id, file.chunks), headers=headers)


async def _seen(deps: Dependencies, bank_statement_id: str, caller: Principal) -> StatementFile:
    file = await deps.ledger.store.bank.statements.statement(bank_statement_id)
    caller.enter(file.clinic_id)
    return file


async def _received(request: Request, path: Path) -> str:
    """Streams the body to a file; its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        async for chunk in request.stream():
            digest.update(chunk)
            await to_thread.run_sync(file.write, chunk)
    return digest.hexdigest()


def _amended(profile: FileProfile, columns: str | None) -> FileProfile:
    """The proposal with what a person says of the columns. Raises HttpProblem 422."""
    if columns is None:
        return profile
    try:
        given = _columns_given.validate_json(columns)
    except ValidationError:
        raise HttpProblem(422, "columns-invalid", "the fields are no map of names", field="columns") from None
    found = {*given, "amount"} if "debit" in given else given.keys()
    missing = tuple(name for name in profile.missing if name not in found)
    return replace(profile, columns={**profile.columns, **given}, missing=missing)


def _columns(text: str | None) -> CsvColumns | None:
    """Raises HttpProblem 422 for a map that does not fit."""
    if text is None:
        return None
    try:
        return CsvColumnsBody.model_validate_json(text).columns()
    except ValidationError as error:
        found: list[Any] = error.errors(include_url=False, include_input=False, include_context=False)
        errors = [FieldError(field="columns/" + "/".join(map(str, e["loc"])), message=e["msg"]) for e in found]
        raise HttpProblem(
            422, "columns-invalid", "the map of columns does not fit", field="columns", errors=errors
        ) from None
