"""What is done once to all that was stored before an update, a page at a time."""

from collections.abc import Awaitable, Callable

import structlog

from chassis.messaging.outbox import Outbox, Unit
from invoicing.store.checks import Checks
from kernel.clock import Clock

log = structlog.get_logger(__name__)
Page = Callable[[Unit, str], Awaitable[str]]
"""Works on what comes after this id, and answers with the last one; empty at the end. It does nothing twice."""


class Once:
    """One such thing, by its name; see `chassis.workers`. It begins anew after a restart, and never after its end."""

    def __init__(self, name: str, page: Page, checks: Checks, outbox: Outbox, clock: Clock) -> None:
        self._name = name
        self._page = page
        self._checks = checks
        self._outbox = outbox
        self._clock = clock
        self._after = ""
        self._done = False

    async def __call__(self) -> bool:
        """Whether there is more to do now. Raises DriverError."""
        if self._done or await self._checks.last(self._name) is not None:
            self._done = True
            return False
        self._after = await self._outbox.transact(lambda unit: self._page(unit, self._after))
        if self._after:
            return True
        await self._checks.done(self._name, self._clock())
        log.info("caught-up", what=self._name)
        return False
