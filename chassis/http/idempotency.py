"""The same request, sent again, has its effect once and gets the same answer: `Idempotency-Key`.

A key belongs to one caller and one route (method and template): two people at two desks may both count from 1. What was
asked (path, query and body) is hashed beside it, so that a key used again for something else is refused instead of
answered with the wrong thing. Refusals are not kept: they had no effect, and what stood in the way may be gone.

An effect in our own database takes one transaction, the answer stored in it:

    answer = await idempotency.once(key, lambda unit: take_cash(unit, command))
    return answer.response()

The world outside is never called inside a transaction. An effect that needs it takes two, with the call in between:

    answer = await idempotency.once_around(key, clinic_id, intend=…, act=…, record=…)

`intend` writes the intent (a payment "intended") and returns its id, in one transaction with the key. `act` calls the
outside, with a key of its own that it derives from that id, and returns what came out, a card declined included; only
what may succeed when tried again (a timeout) is raised. `record` writes the outcome and gives the answer, in one
transaction with it. After a crash anywhere, the same request finds the intent and goes on with `act`: the outside sees
the same key and does it once. A worker that clears up intents nobody came back for writes the outcome as `record` does;
`record` must find it there and only answer.

An answer belongs to a clinic, and nobody gets one of a clinic that their token does not name: neither the answer that
was kept, which they may have been given when it still did, nor a fresh one. Their role was asked before, at the gate.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, Self, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, DriverError, Mongo
from chassis.http.auth import EVERY_CLINIC, Principal, principal
from chassis.http.deadline import elsewhere
from chassis.http.problems import HttpProblem
from chassis.messaging.outbox import Outbox, Unit
from chassis.telemetry import current_traceparent
from kernel.clock import utc_now
from kernel.errors import BusinessError, Conflict

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
COLLECTION = "idempotency"
KEPT_FOR = timedelta(days=30)
INDEXES = [IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT_FOR.total_seconds()))]

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """`id` is where the answer is kept; `fingerprint` is what was asked, and `caller` who asks now."""

    id: str
    fingerprint: str
    caller: Principal


async def request_key(
    request: Request,
    caller: Annotated[Principal, Depends(principal)],
    value: Annotated[str | None, Header(alias=HEADER, description="required: new for each thing to be done")] = None,
) -> RequestKey:
    """Dependency: the key of this request. Raises HttpProblem 400 without a key, or for one that is none."""
    if value is None:
        raise HttpProblem(400, "idempotency-key-missing", f"this takes an {HEADER}", field=HEADER)
    if _VISIBLE_ASCII.fullmatch(value) is None:
        raise HttpProblem(400, "idempotency-key-malformed", "1 to 255 visible ASCII characters", field=HEADER)
    body = _canonical(await request.body(), request.headers.get("content-type", ""))
    return RequestKey(
        id=_digest(request.method, request.scope["route"].path, caller.sub, value),
        fingerprint=_digest(request.url.path, request.url.query, body),
        caller=caller,
    )


IdempotencyKey = Annotated[RequestKey, Depends(request_key)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told of a thing of the clinic: `body` is JSON, `headers` are the thing's (Location, ETag)."""

    clinic_id: str
    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False

    @classmethod
    def of(
        cls, clinic_id: str, content: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Self:
        return cls(clinic_id, status, content.model_dump_json(), dict(headers or {}))

    def response(self) -> Response:
        headers = {**self.headers, REPLAYED: "true"} if self.replayed else dict(self.headers)
        return Response(self.body, self.status, headers, "application/json")


class Idempotency:
    """Keeps the answers of one service."""

    def __init__(self, mongo: Mongo, outbox: Outbox) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._outbox = outbox

    async def once(self, key: RequestKey, work: Callable[[Unit], Awaitable[Answer]]) -> Answer:
        """Runs `work` and keeps its answer in the same transaction, or gives the answer kept before.

        Raises Conflict for a key used with another request, NotFound for an answer of a clinic that the caller may not
        see, and what `work` raises.
        """

        async def claim(unit: Unit) -> Document:
            answer = await work(unit)
            key.caller.enter(answer.clinic_id)
            return {"clinic_id": answer.clinic_id, "answer": _row_of(answer)}

        row, fresh = await self._claimed(key, claim)
        return _answer_of(row, replayed=not fresh)

    async def once_around(
        self,
        key: RequestKey,
        clinic_id: str,
        *,
        intend: Callable[[Unit], Awaitable[str]],
        act: Callable[[str], Awaitable[R]],
        record: Callable[[Unit, str, R], Awaitable[Answer]],
    ) -> Answer:
        """Two transactions with the world outside between them, for a thing of the clinic.

        Raises as `once` does, and what `act` raises.
        """
        key.caller.enter(clinic_id)

        async def claim(unit: Unit) -> Document:
            return {"clinic_id": clinic_id, "subject": await intend(unit)}

        row, _ = await self._claimed(key, claim)
        if "answer" in row:
            return _answer_of(row, replayed=True)
        subject: str = row["subject"]
        with elsewhere():
            result = await act(subject)
        return await self._settled(key, lambda unit: record(unit, subject, result))

    async def _claimed(self, key: RequestKey, claim: Callable[[Unit], Awaitable[Document]]) -> tuple[Document, bool]:
        """The row of the key, which the caller may see, and whether it is this request that wrote it."""
        if known := await self._known(key):
            return known, False

        async def run(unit: Unit) -> Document:
            row = {"_id": key.id, "fingerprint": key.fingerprint, "at": utc_now(), **await claim(unit)}
            await self._rows.insert_one(row, session=unit.session)
            return row

        try:
            return await self._outbox.transact(run, traceparent=current_traceparent()), True
        except (BusinessError, DriverError):
            # The same request may have been first by a moment: its key is there, or its effect stood in our way.
            if known := await self._known(key):
                return known, False
            raise

    async def _settled(self, key: RequestKey, record: Callable[[Unit], Awaitable[Answer]]) -> Answer:
        async def run(unit: Unit) -> Answer:
            answer = await record(unit)
            key.caller.enter(answer.clinic_id)
            open_row = {"_id": key.id, "answer": {"$exists": False}}
            settled = await self._rows.update_one(open_row, {"$set": {"answer": _row_of(answer)}}, session=unit.session)
            if settled.matched_count == 0:
                raise _AnsweredMeanwhile
            return answer

        try:
            return await self._outbox.transact(run, traceparent=current_traceparent())
        except (_AnsweredMeanwhile, BusinessError, DriverError):
            known = await self._known(key)
            if known and "answer" in known:
                return _answer_of(known, replayed=True)
            raise

    async def _known(self, key: RequestKey) -> Document | None:
        row: Document | None = await self._rows.find_one({"_id": key.id})
        if row is None:
            return None
        if row["fingerprint"] != key.fingerprint:
            raise Conflict("idempotency-key-reused", "this key was used for another request", field=HEADER)
        # A row from before clinics were written down is for those who see all of them.
        key.caller.enter(row.get("clinic_id", EVERY_CLINIC))
        return row


class _AnsweredMeanwhile(Exception):
    """Another request with the same key recorded the outcome first: ours must leave nothing behind."""


def _row_of(answer: Answer) -> Document:
    return {"status": answer.status, "body": answer.body, "headers": dict(answer.headers)}


def _answer_of(row: Document, *, replayed: bool) -> Answer:
    return replace(Answer(row.get("clinic_id", EVERY_CLINIC), **row["answer"]), replayed=replayed)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _canonical(body: bytes, content_type: str) -> str:
    """JSON that means the same is the same; anything else is its bytes."""
    if "json" in content_type:
        try:
            return json.dumps(json.loads(body), sort_keys=True)
        except (ValueError, RecursionError):
            pass
    return hashlib.sha256(body).hexdigest()
