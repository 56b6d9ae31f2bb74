"""A day as it happens: server-sent events, gone on with where a client left off."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from cash_register.api.blind import day_view
from cash_register.api.dependencies import Dependencies, Deps, Streams
from cash_register.api.parameters import ClinicId, On, RegisterId
from cash_register.api.schemas.days import DayChangeView, movement_view
from cash_register.domain.days.day import Day
from cash_register.usecases.days.follow_day import DayChange, changes_after, resumed_after
from chassis.http.auth import Principal, Reader
from chassis.http.openapi import problems
from chassis.http.problems import HttpProblem

routes = APIRouter(prefix="/registers/{register_id}/days/{date}", tags=["register days"])
RETRY_MS = 2_000
QUIET_S = 15.0
"""After so long without news a comment keeps proxies from closing the connection."""
LastEventId = Annotated[
    int | None,
    Header(alias="Last-Event-ID", ge=0, le=2**31, description="the last version that the client was told"),
]


class EventStream(StreamingResponse):
    """FastAPI's own is for routes that are generators themselves, which cannot answer 204 or 503."""

    media_type = "text/event-stream"


@dataclass(frozen=True, slots=True)
class _Watch:
    deps: Dependencies
    request: Request
    caller: Principal
    day: Day
    after: int


@routes.get(
    "/stream",
    summary="Watch a day",
    response_class=EventStream,
    responses={
        200: {"description": "each change as an event: its name, the version as its id, and the day after it"},
        204: {"description": "the day is over, and the client was told all of it: nothing more will come"},
        **problems({404: ["not-found", "day-not-found"], 503: ["too-many-streams"]}),
    },
)
async def watch_day(
    request: Request,
    register_id: RegisterId,
    clinic_id: ClinicId,
    on: On,
    caller: Reader,
    deps: Deps,
    last_event_id: LastEventId = None,
) -> Response:
    """Server-sent events of a day: its newest version, and each one after it, as they come.

    With `Last-Event-ID` all after that version, or the newest where there never was such a one. The stream ends with
    the day, and every few minutes; a client that goes on where it was misses nothing.
    """
    caller.enter(clinic_id)
    day = await deps.store.days.get(None, clinic_id, register_id, on)
    after = resumed_after(last_event_id, day.version)
    if day.status != "open" and after >= day.version:
        return Response(status_code=204)
    if deps.streams.full:
        raise HttpProblem(503, "too-many-streams", "too many watch a day at once", headers={"Retry-After": "5"})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(_changes(_Watch(deps, request, caller, day, after)), headers=headers)


async def _changes(watch: _Watch) -> AsyncIterator[bytes]:
    streams = watch.deps.streams
    with streams.place() as free:
        yield format_sse_event(data_str=None, retry=RETRY_MS)
        if not free:
            return  # somebody else took the last place meanwhile
        async for event in _events(watch, streams):
            yield event


async def _events(watch: _Watch, streams: Streams) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    known, ends_at, spoke_at = watch.after, clock() + streams.most_s, clock()
    while clock() < ends_at and not watch.request.app.state.stopping:
        version, is_open = await watch.deps.store.days.version_of(watch.day.day_id)
        if version > known:
            async for change in changes_after(watch.deps.store, watch.day, known, version):
                yield await _event(watch, change)
            known, spoke_at = version, clock()
        if not is_open:
            return
        if clock() - spoke_at >= QUIET_S:
            yield KEEPALIVE_COMMENT
            spoke_at = clock()
        await asyncio.sleep(streams.poll_s)


async def _event(watch: _Watch, change: DayChange) -> bytes:
    day = await day_view(watch.deps, change.day, watch.caller)
    movement = None if change.movement is None else movement_view(change.movement)
    view = DayChangeView(**dict(day), movement=movement)
    name = change.type.removeprefix("cash-register.").removesuffix(".v1")
    return format_sse_event(data_str=view.model_dump_json(), event=name, id=str(change.day.version))
