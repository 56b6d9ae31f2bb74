"""What goes on in the background, in one process of the service at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from chassis.database.lease import Lease
from chassis.database.mongo import Mongo
from chassis.tasks import ended

log = structlog.get_logger(__name__)
AFTER_TROUBLE_S = 5.0
Work = Callable[[], Awaitable[bool]]


class LeasedWorker:
    """Repeats `work` while it finds something, then rests for `every_s` or until it is woken. No error ends it.

    It rests longer while this process writes nothing (`chassis.pace`), and no longer than five seconds after trouble
    that nobody expects, as a database that is gone. Two thirds of the lease or more are left before each piece of work,
    so a piece should be done within that. Errors in `expected` are told in a line, others with where they come from.
    """

    def __init__(
        self,
        mongo: Mongo,
        name: str,
        work: Work,
        *,
        every_s: float,
        lease_s: float,
        expected: tuple[type[Exception], ...] = (),
    ) -> None:
        self._name = name
        self._work = work
        self._expected = expected
        self._lease = Lease(mongo, name, ttl=timedelta(seconds=lease_s))
        self._looks = mongo.pace.looks(every_s)
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def wake(self) -> None:
        """There is something to do."""
        self._looks.now()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Lets the next holder in; what was under way is gone on with there."""
        if self._task is None:
            return
        self._stopping = True
        await ended(self._task)
        with suppress(Exception):
            await self._lease.release()

    async def _run(self) -> None:
        while not self._stopping:
            self._looks.begin()
            if await self._round():
                await self._looks.next()
            else:
                await self._looks.next_within(AFTER_TROUBLE_S)

    async def _round(self) -> bool:
        """Works off what there is; False when the database was not there."""
        try:
            while not self._stopping and await self._lease.take() and await self._work():
                pass
        except self._expected as error:
            log.warning("worker-will-retry", worker=self._name, reason=str(error))
        except Exception:
            log.warning("worker-will-retry", worker=self._name, exc_info=True)
            return False
        return True
