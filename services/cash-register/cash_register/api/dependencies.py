"""What the routes work with."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response

from cash_register.domain.days.local_time import LocalTime
from cash_register.store import Store
from chassis.database.mongo import DriverError, is_duplicate
from chassis.http.auth import Principal
from chassis.http.idempotency import Answer, Idempotency, RequestKey
from chassis.messaging.outbox import Outbox, Unit
from kernel.change import Change
from kernel.clock import Clock

R = TypeVar("R")


@dataclass(slots=True)
class Streams:
    """Who watches days at this instance: at most `clients`, each for `most_s`, told what is new every `poll_s`."""

    clients: int
    poll_s: float
    most_s: float
    watching: int = 0

    @property
    def full(self) -> bool:
        return self.watching >= self.clients

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there was one left."""
        if self.full:
            yield False
            return
        self.watching += 1
        try:
            yield True
        finally:
            self.watching -= 1


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`signs` is whether a device signs what is booked on days that are opened now."""

    store: Store
    outbox: Outbox
    idempotency: Idempotency
    clock: Clock
    streams: Streams
    signs: bool = False

    def change(self, caller: Principal, reason: str | None = None) -> Change:
        """A change by the caller, now."""
        return Change(self.clock(), caller.actor(), reason)

    async def now(self, clinic_id: str) -> LocalTime:
        """This moment at the clinic."""
        return LocalTime(self.clock(), await self.store.clinics.zone_of(None, clinic_id))

    async def once(self, key: RequestKey, work: Callable[[Unit], Awaitable[Answer]]) -> Response:
        """The answer of the work, which has its effect once. Raises what the work raises, and DriverError."""
        answer = await _looking_again(lambda: self.idempotency.once(key, work))
        return answer.response()

    async def transact(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        """What the work returns, in a transaction. Raises as `once` does."""
        return await _looking_again(lambda: self.outbox.transact(work))


async def _looking_again(work: Callable[[], Awaitable[R]]) -> R:
    try:
        return await work()
    except DriverError as error:
        if not is_duplicate(error):
            raise
        # Two were the first to write the same thing: the second looks again, and sees it.
        return await work()


def dependencies(request: Request) -> Dependencies:
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
