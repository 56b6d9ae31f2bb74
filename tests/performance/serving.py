"""The first byte of a stored document, beside that of a static file of its size behind the same door.

Both are asked for with a token, in one process, without a client or a socket between: what is compared is what the
service does for a document, its queries included, with what it takes to open a file.
"""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import structlog
from documents.app import build
from documents.settings import DocumentsSettings, cached_fonts
from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse

from chassis.database.mongo import Mongo
from chassis.http.app import create_app
from chassis.http.auth import Reader
from chassis.messaging.broker import Producer
from dev.parts.tokens import TokenIssuer
from dev.parts.unhurried import unhurry_consumers
from tests.parts.wire import sealed
from tests.performance.cpu import cpu_with_database_s
from tests.performance.report import Result
from tests.performance.stage import NO_LIMIT, Stage, fresh
from tests.unit.documents.samples import invoice

LEAST_SHARE = 0.5
LENGTHS = (5, 25, 200)
ASKED, PATIENCE_S = 50, 60.0


def serving(rounds: int) -> list[Result]:
    """By CPU of the process and of its database, in turns, whoever else has the machine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    unhurry_consumers()
    with (
        fresh(0) as stage,
        tempfile.TemporaryDirectory() as name,
        TokenIssuer(Path(name)) as issuer,
    ):
        return asyncio.run(_serving(stage, issuer, Path(name), rounds))


async def _serving(stage: Stage, issuer: TokenIssuer, folder: Path, rounds: int) -> list[Result]:
    settings = DocumentsSettings(
        kafka=stage.kafka,
        mongo_uri=stage.mongo,
        jwks_url=issuer.jwks_url,
        issuer=issuer.issuer,
        font_dir=cached_fonts(),
        caller_requests_per_s=NO_LIMIT,
        clinic_requests_per_s=NO_LIMIT,
    )
    app, static = build(settings), _static(settings, folder)
    mongo = Mongo(stage.mongo, settings.service)
    async with app.router.lifespan_context(app), static.router.lifespan_context(static):
        found = [await _beside(lines, app, static, folder, stage, mongo, issuer, rounds) for lines in LENGTHS]
    await mongo.close()
    return found


async def _beside(
    lines: int,
    app: FastAPI,
    static: FastAPI,
    folder: Path,
    stage: Stage,
    mongo: Mongo,
    issuer: TokenIssuer,
    rounds: int,
) -> Result:
    bill = invoice(f"inv-bench-{lines}", lines=lines)
    token = issuer.mint("auditor", bill.clinic_id)
    producer = Producer(stage.kafka, "bench")
    await producer.start()
    await producer.publish([sealed(bill)])
    await producer.stop()
    stored = partial(_first_byte_s, app, f"/invoices/{bill.invoice_id}.pdf", token)
    await _until_there(app, f"/invoices/{bill.invoice_id}.pdf", token, folder / f"{lines}.pdf")
    file = partial(_first_byte_s, static, f"/{lines}.pdf", token)
    took: dict[str, list[float]] = {"stored": [], "file": []}
    for _ in range(rounds + 1):
        took["stored"].append(await cpu_with_database_s(mongo, partial(_often, stored)))
        took["file"].append(await cpu_with_database_s(mongo, partial(_often, file)))
    # The first of each reads what is then at hand.
    stored_ms, file_ms = (min(each[1:]) * 1_000 / ASKED for each in took.values())
    waited = [median([await each() for _ in range(ASKED)]) * 1_000 for each in (stored, file)]
    size_kb = (folder / f"{lines}.pdf").stat().st_size / 1024
    name = f"documents: stored bill of {lines} lines ({size_kb:.0f} KB), first byte in {waited[0]:.1f} ms"
    share = file_ms / stored_ms
    return Result(name, stored_ms, "ms CPU", file_ms, share, f">= {LEAST_SHARE} of a file", share >= LEAST_SHARE)


def _static(settings: DocumentsSettings, folder: Path) -> FastAPI:
    """Files of a folder, for who has a token."""
    routes = APIRouter()

    @routes.get("/{name}", response_class=FileResponse)
    async def get_file(name: str, caller: Reader) -> FileResponse:
        return FileResponse(folder / name, media_type="application/pdf", filename=f"{caller.sub}.pdf")

    async def ready() -> dict[str, str]:
        return {}

    return create_app(title="files", version="1", routers=[routes], lifespan=_nothing, settings=settings, ready=ready)


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


async def _often(ask: Callable[[], Awaitable[float]]) -> None:
    for _ in range(ASKED):
        await ask()


async def _until_there(app: FastAPI, path: str, token: str, file: Path) -> None:
    """Keeps what was answered as the static file."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status, body, _ = await _asked(app, path, token)
            if status == 200:
                file.write_bytes(body)
                return
            await asyncio.sleep(0.1)


async def _first_byte_s(app: FastAPI, path: str, token: str) -> float:
    status, _, first_s = await _asked(app, path, token)
    assert status == 200, path
    return first_s


async def _asked(app: FastAPI, path: str, token: str) -> tuple[int, bytes, float]:
    """Status, body, and when its first byte was there (ASGI 3.0)."""
    begun, first_s, status, body = perf_counter(), 0.0, 0, bytearray()
    received = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        if (message := next(received, None)) is None:
            await asyncio.Future()
        return message or {}

    async def send(message: dict[str, Any]) -> None:
        nonlocal first_s, status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            first_s = first_s or perf_counter() - begun
            body.extend(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"bench"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("bench", 80),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    return status, bytes(body), first_s
