"""Bank statements in, and what becomes of their transfers."""

import hashlib
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from chassis.database.paging import Filter, Page, Paging
from chassis.http.auth import BillingManager, FrontDesk, Principal, Reader, require
from chassis.http.idempotency import Answer, IdempotencyKey, RequestKey
from chassis.http.problems import FieldError, HttpProblem
from chassis.journal.views import RevisionView, history
from chassis.messaging.outbox import Unit
from contracts.values import Id
from payments.adapters import bank_files
from payments.api.desk import Desk
from payments.api.schemas.bank import (
    GiveBackRequest,
    MatchRequest,
    ReasonRequest,
    StatementStatus,
    StatementView,
    TransactionView,
)
from payments.domain.bank.transaction import Status, Transaction
from payments.store.bank import NEWEST_FIRST, RECEIVED_LAST_FIRST, transaction_of
from payments.usecases.bank import give_back, match_by_hand
from payments.usecases.bank.take_statement import StatementFile, take_statement

FILE = {
    "requestBody": {
        "required": True,
        "description": "the file as the bank made it, in UTF-8 or Latin-1, not compressed",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/xml", "text/csv", "text/plain", "application/octet-stream")
        },
    }
}
KINDS = {"camt.053": ("application/xml", "xml"), "mt940": ("text/plain", "sta"), "csv": ("text/csv", "csv")}
"""Content type and ending of a file by its format."""
RAW = {kind: {"schema": {"type": "string", "format": "binary"}} for kind, _ in KINDS.values()}
RawReader = Annotated[Principal, Depends(require("billing_manager", "auditor"))]
Work = Callable[[Unit, Transaction], Awaitable[Transaction]]


def bank(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""
    books, store = desk.books, desk.books.store.bank

    @routes.post("/bank-statements", status_code=201, response_model=StatementView, openapi_extra=FILE)
    async def take(
        request: Request,
        caller: FrontDesk,
        clinic_id: Annotated[Id, Query()],
        format: Annotated[bank_files.Format, Query()],  # noqa: A002
        columns: Annotated[str | None, Query(max_length=4_000, description="for CSV: the map of columns, JSON")] = None,
    ) -> Response:
        """The body is camt.053, MT940 or CSV. A file that is known already answers 200 and changes nothing.

        It is kept as it came before it is read, also when it is refused.
        """
        caller.enter(clinic_id)
        map_ = _columns(columns)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "statement"
            sha256 = await _received(request, path)
            file = StatementFile(
                clinic_id, format, sha256, caller.actor(), path, lambda: bank_files.read(format, path, map_), columns
            )
            row, new = await take_statement(books, file)
        desk.statement_kept()
        view = StatementView.of(row)
        return Response(view.model_dump_json(), 201 if new else 200, media_type="application/json")

    @routes.get("/bank-statements")
    async def statements(
        caller: Reader,
        page: Paging,
        clinic_id: Annotated[Id | None, Query()] = None,
        status: Annotated[StatementStatus | None, Query()] = None,
    ) -> Page[StatementView]:
        """The last received first, also those that were refused."""
        wanted = _visible(caller, clinic_id)
        rows = await store.find_statements(wanted if status is None else {**wanted, "status": status}, page)
        return RECEIVED_LAST_FIRST.page(rows, page, StatementView.of)

    @routes.get("/bank-statements/{bank_statement_id}")
    async def statement(bank_statement_id: Id, caller: Reader) -> StatementView:
        """One file, and what became of it."""
        return StatementView.of(await _file(bank_statement_id, caller))

    @routes.get("/bank-statements/{bank_statement_id}/file", response_class=Response, responses={200: {"content": RAW}})
    async def raw(bank_statement_id: Id, caller: RawReader) -> Response:
        """The file byte for byte as it came, also one that was refused."""
        row = await _file(bank_statement_id, caller)
        kind, ending = KINDS[row["format"]]
        headers = {
            "Content-Disposition": f'attachment; filename="{row["received_at"]:%Y-%m-%d}-{row["_id"]}.{ending}"',
            "Content-Length": str(row["size_bytes"]),
            "ETag": f'"{row["sha256"]}"',
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
        }
        # Set by hand: nobody knows the character set, and the framework would claim one for text.
        headers["Content-Type"] = kind
        return StreamingResponse(store.files.read(row["_id"], row["chunks"]), headers=headers)

    @routes.get("/bank-transactions")
    async def transactions(
        caller: Reader,
        page: Paging,
        clinic_id: Annotated[Id | None, Query()] = None,
        status: Annotated[Status | None, Query()] = None,
    ) -> Page[TransactionView]:
        """The last booked first; `status=unmatched` is the queue, each with proposals, best first."""
        wanted = _visible(caller, clinic_id)
        rows = await store.find(wanted if status is None else {**wanted, "status": status}, page)
        return NEWEST_FIRST.page(rows, page, lambda row: TransactionView.of(transaction_of(row)))

    @routes.get("/bank-transactions/{transaction_id}")
    async def show(transaction_id: Id, caller: Reader) -> TransactionView:
        """One transaction with its history."""
        return TransactionView.of(await _seen(transaction_id, caller))

    @routes.get("/bank-transactions/{transaction_id}/revisions")
    async def revisions(transaction_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        """Every change, field by field."""
        transaction = await _seen(transaction_id, caller)
        return await history(desk.books.store.revisions, transaction_id, transaction.version, paging)

    @routes.post("/bank-transactions/{transaction_id}/match", response_model=TransactionView)
    async def match(transaction_id: Id, body: MatchRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """The whole amount to invoices, or to a patient's account; split as the shares say."""
        shares = [share.share() for share in body.shares]

        async def work(unit: Unit, seen: Transaction) -> Transaction:
            return await match_by_hand.match(
                unit, books, seen, shares, allow_credit=body.allow_credit, by=caller.actor()
            )

        return await _change(transaction_id, caller, key, work)

    @routes.post("/bank-transactions/{transaction_id}/give-back", response_model=TransactionView)
    async def gives(transaction_id: Id, body: GiveBackRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """This debit is that refund by transfer."""
        payment_id, refund_id = body.payment_id, body.refund_id
        return await _change(
            transaction_id, caller, key,
            lambda unit, seen: give_back.by_person(unit, books, seen, payment_id, refund_id, caller.actor()),
        )  # fmt: skip

    @routes.post("/bank-transactions/{transaction_id}/unmatch", response_model=TransactionView)
    async def unmatch(transaction_id: Id, body: ReasonRequest, caller: BillingManager, key: IdempotencyKey) -> Response:
        """Takes a match back, or a transaction out of those set aside: to the queue."""
        return await _change(
            transaction_id,
            caller,
            key,
            lambda unit, seen: match_by_hand.unmatch(unit, books, seen, body.reason, caller.actor()),
        )

    @routes.post("/bank-transactions/{transaction_id}/take", response_model=TransactionView)
    async def take_up(transaction_id: Id, body: ReasonRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """A suspected duplicate is money of its own: the rules match it now."""
        answer = await _change(
            transaction_id, caller, key,
            lambda unit, seen: match_by_hand.take(unit, books, seen, body.reason, caller.actor()),
        )  # fmt: skip
        desk.statement_kept()
        return answer

    @routes.post("/bank-transactions/{transaction_id}/set-aside", response_model=TransactionView)
    async def set_aside(transaction_id: Id, body: ReasonRequest, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """It is no patient's money."""
        return await _change(
            transaction_id, caller, key,
            lambda unit, seen: match_by_hand.set_aside(unit, books, seen, body.reason, caller.actor()),
        )  # fmt: skip

    async def _file(bank_statement_id: str, caller: Principal) -> dict[str, Any]:
        row = await store.statement(bank_statement_id)
        caller.enter(row["clinic_id"])
        return row

    async def _seen(transaction_id: str, caller: Principal, unit: Unit | None = None) -> Transaction:
        transaction = await store.transaction(transaction_id, unit)
        caller.enter(transaction.clinic_id)
        return transaction

    async def _change(transaction_id: str, caller: Principal, key: RequestKey, work: Work) -> Response:
        async def run(unit: Unit) -> Answer:
            return Answer.of(TransactionView.of(await work(unit, await _seen(transaction_id, caller, unit))))

        return (await desk.idempotency.once(key, run)).response()


def _visible(caller: Principal, clinic_id: str | None) -> Filter:
    if clinic_id is not None:
        caller.enter(clinic_id)
        return {"clinic_id": clinic_id}
    visible = caller.visible_clinics()
    return {} if visible is None else {"clinic_id": {"$in": visible}}


async def _received(request: Request, path: Path) -> str:
    """Streams the body to a file; its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        async for chunk in request.stream():
            digest.update(chunk)
            await to_thread.run_sync(file.write, chunk)
    return digest.hexdigest()


def _columns(text: str | None) -> bank_files.Columns | None:
    if text is None:
        return None
    try:
        return bank_files.Columns.model_validate_json(text)
    except ValidationError as error:
        found: list[Any] = error.errors(include_url=False, include_input=False, include_context=False)
        errors = [FieldError(field="columns/" + "/".join(map(str, e["loc"])), message=e["msg"]) for e in found]
        raise HttpProblem(
            422, "columns-invalid", "the map of columns does not fit", field="columns", errors=errors
        ) from None
