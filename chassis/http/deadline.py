"""How long a request may wait for the database: then it is answered 503 `store-unavailable`, from outside the driver.

An ordinary request has `request_deadline_s` for all of its waiting. Not counted is what is not the database: its body
arriving, the world outside (`elsewhere`), our own processor, and those whose turn it is before (`in_line`).

Uploads, downloads and long looks through the books may take longer than that while all is well. These routes say
`dependencies=[LONG]`: they are cut when the database has been silent for `request_deadline_s`, however long they have
worked before. The same holds for what is left of an answer once it has begun; cutting that closes the connection.

What is cut goes on ending by itself. Its transaction is committed whole, or rolled back whole and its locks given
back, so that the same request with the same `Idempotency-Key` may follow at once.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Literal, TypeAlias

import structlog
from fastapi import Depends
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.problems import HttpProblem, answer
from chassis.tasks import leave

log = structlog.get_logger(__name__)
Wait: TypeAlias = Literal["elsewhere", "in line"]
LOOKS = 20
"""So many times within its deadline a request is looked at."""
RETRY_AFTER_S = 2
_OPEN_PATHS = "/health/"
"""These have deadlines of their own, and say more."""


class Deadline:
    """Of one request."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.look_every_s = limit_s / LOOKS
        self.long = False
        self._waited_s = 0.0
        self._waits: Counter[Wait] = Counter()

    @contextmanager
    def uncounted(self, wait: Wait) -> Iterator[None]:
        """What is waited for here is not the database."""
        self._waits[wait] += 1
        try:
            yield
        finally:
            self._waits[wait] -= 1

    def look(self, store_silent_s: float) -> bool:
        """Whether it is over; called each `look_every_s`, later when our own processor was busy."""
        if not self._waits.total():
            self._waited_s += self.look_every_s
        waited_s = store_silent_s if self.long or self._waits["in line"] else self._waited_s
        return waited_s > self.limit_s - 2 * self.look_every_s


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def elsewhere() -> AbstractContextManager[None]:
    """Around calls of the world outside, which have time limits of their own; without a request, it does nothing."""
    return _uncounted("elsewhere")


def in_line() -> AbstractContextManager[None]:
    """Around waiting for one's turn; without a request, it does nothing.

    Those before have deadlines of their own: it goes on as long as the database answers anybody.
    """
    return _uncounted("in line")


def _uncounted(wait: Wait) -> AbstractContextManager[None]:
    deadline = _current.get()
    return nullcontext() if deadline is None else deadline.uncounted(wait)


async def _take_long() -> None:
    if (deadline := _current.get()) is not None:
        deadline.long = True


LONG = Depends(_take_long)
"""For uploads, downloads, and what looks through many documents."""


def store_unavailable() -> HttpProblem:
    """The database did not answer. What was asked for has been done whole, or not at all."""
    detail = "the database does not answer; send the same request again, with the same Idempotency-Key if it has one"
    return HttpProblem(503, "store-unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


class AnswerCut(Exception):
    """Half an answer is out, and the rest does not come: only closing the connection tells the caller."""


class Deadlines:
    """ASGI middleware. `store_silent_s`: how long the database has not answered."""

    def __init__(self, app: ASGIApp, limit_s: float, store_silent_s: Callable[[], float]) -> None:
        self._app = app
        self._limit_s = limit_s
        self._store_silent_s = store_silent_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_OPEN_PATHS):
            await self._app(scope, receive, send)
            return
        deadline = Deadline(self._limit_s)
        exchange = _Exchange(receive, send, deadline)
        _current.set(deadline)
        task = asyncio.create_task(self._handled(scope, exchange), name="request")
        try:
            in_time = await self._waited(task, deadline)
        finally:
            exchange.closed = True
            if not task.done():
                leave(task)
        if in_time:
            task.result()
        elif exchange.answering:
            raise AnswerCut
        else:
            log.warning("request-cut", deadline_s=self._limit_s, trace_id=scope["state"]["trace_id"])
            await answer(store_unavailable(), scope["state"]["trace_id"])(scope, receive, send)

    async def _handled(self, scope: Scope, exchange: "_Exchange") -> None:
        await self._app(scope, exchange.receive, exchange.send)

    async def _waited(self, task: asyncio.Task[None], deadline: Deadline) -> bool:
        """False when its time is over before it is done."""
        while True:
            await asyncio.wait({task}, timeout=deadline.look_every_s)
            if task.done():
                return True
            if deadline.look(self._store_silent_s()):
                return False


class _Exchange:
    """The two halves of a request. Once it is closed, nothing more of the answer goes out.

    The head of an answer waits for the first piece of its body: until then it may still become a 503.
    """

    def __init__(self, receive: Receive, send: Send, deadline: Deadline) -> None:
        self.answering = False
        self._head: Message | None = None
        self.closed = False
        self._receive = receive
        self._send = send
        self._deadline = deadline
        self._body_arrives = True

    async def receive(self) -> Message:
        if not self._body_arrives:
            return await self._receive()
        with self._deadline.uncounted("elsewhere"):
            message = await self._receive()
        self._body_arrives = bool(message.get("more_body", False))
        return message

    async def send(self, message: Message) -> None:
        if self.closed:
            return
        if message["type"] == "http.response.start":
            self._head = message
            return
        if self._head is not None:
            self.answering = self._deadline.long = True
            head, self._head = self._head, None
            await self._send(head)
        await self._send(message)
