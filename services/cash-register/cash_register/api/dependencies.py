"""What the routes work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from cash_register.store import Store
from chassis.database.mongo import DriverError, is_duplicate
from chassis.http.auth import Principal
from chassis.http.idempotency import Answer, Idempotency, RequestKey
from chassis.messaging.outbox import Outbox, Unit
from kernel.change import Change
from kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Dependencies:
    store: Store
    outbox: Outbox
    idempotency: Idempotency
    clock: Clock

    def change(self, caller: Principal, reason: str | None = None) -> Change:
        """A change by the caller, now."""
        return Change(self.clock(), caller.actor(), reason)

    async def once(self, key: RequestKey, work: Callable[[Unit], Awaitable[Answer]]) -> Response:
        """The answer of the work, which has its effect once. Raises what the work raises, and DriverError."""
        try:
            answer = await self.idempotency.once(key, work)
        except DriverError as error:
            if not is_duplicate(error):
                raise
            # Two were the first to write the same thing: the second looks again, and sees it.
            answer = await self.idempotency.once(key, work)
        return answer.response()


def dependencies(request: Request) -> Dependencies:
    found: Dependencies = request.app.state.dependencies
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
