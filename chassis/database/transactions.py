"""A transaction from its first attempt to its end, whatever cuts it.

The driver's own `with_transaction` rolls back before it lets a cancellation through: with a database that is gone, a
request would wait for that long past its deadline. Here the cancellation goes through at once, and what it leaves open
on the server is ended beside.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import random
from typing import Any, TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from chassis.database.outages import is_locked, is_outage
from chassis.logger import Logger
from chassis.tasks import ended

log = Logger(__name__)
T = TypeVar("T")
DURABLE = WriteConcern("majority", j=True)
SNAPSHOT = ReadConcern("snapshot")
SERVER_ENDS_IT_AFTER_S = 60.0
"""MongoDB's `transactionLifetimeLimitSeconds`."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.005, 0.5
LOCKED_TIMES = 3
KILL_AGAIN_AFTER_S = 0.5
MAX_TIME_EXPIRED = 50


class Transactions:
    """Of one client. `locked` is called when a lock is met again and again."""

    def __init__(self, client: Any, locked: Callable[[], Awaitable[None]]) -> None:
        self._client = client
        self._locked = locked
        self._ending: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        """What `work` returned, committed by a majority and journaled. Raises what `work` raises, and PyMongoError."""
        session = await _now(self._client.start_session())
        over = False
        try:
            result = await self._committed(session, work)
            over = True
            return result
        except Exception as error:
            over = not isinstance(error, PyMongoError) or not is_outage(error)
            raise
        finally:
            if over:
                await session.end_session()
            else:
                self._end_beside(session)

    async def settle(self, within_s: float) -> None:
        """Waits until what was cut is rolled back, so long at most."""
        if self._ending:
            await asyncio.wait(self._ending, timeout=within_s)
        await ended(*self._ending)

    async def _committed(self, session: Any, work: Callable[[Any], Awaitable[T]]) -> T:
        """Tries again as long as it met another transaction, or its server went away, for a minute."""
        clock = asyncio.get_running_loop().time
        ends_at = clock() + SERVER_ENDS_IT_AFTER_S
        attempt = locked = 0
        while True:
            attempt += 1
            await _now(session.start_transaction(SNAPSHOT, DURABLE, ReadPreference.PRIMARY))
            try:
                result = await work(session)
                await self._commit(session, ends_at)
                return result
            except Exception as error:
                if session.in_transaction:
                    await session.abort_transaction()
                if not _has_label(error, "TransientTransactionError") or clock() > ends_at:
                    raise
                locked += is_locked(error)
            if locked >= LOCKED_TIMES:
                locked = 0
                await self._locked()
            await asyncio.sleep(random() * min(FIRST_PAUSE_S * 1.5 ** min(attempt, 20), LONGEST_PAUSE_S))

    async def _commit(self, session: Any, ends_at: float) -> None:
        """Asks again until it is known whether it is committed: the server takes the same commit twice."""
        while True:
            try:
                await session.commit_transaction()
                return
            except PyMongoError as error:
                unknown = _has_label(error, "UnknownTransactionCommitResult")
                expired = getattr(error, "code", None) == MAX_TIME_EXPIRED
                if not unknown or expired or asyncio.get_running_loop().time() > ends_at:
                    raise

    def _end_beside(self, session: Any) -> None:
        ending = asyncio.create_task(self._end(session), name="end-transaction")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _end(self, session: Any) -> None:
        """Nobody is to wait for what it locked; after a minute, the server has ended it by itself."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SERVER_ENDS_IT_AFTER_S):
                while not await self._killed(session):
                    await asyncio.sleep(KILL_AGAIN_AFTER_S)
        with suppress(PyMongoError):
            await session.end_session()

    async def _killed(self, session: Any) -> bool:
        """Rolled back if it was open; one whose commit was cut is committed whole, or rolled back whole."""
        try:
            if session.in_transaction:
                await session.abort_transaction()
            await self._client.admin.command({"killSessions": [session.session_id]})
        except PyMongoError as error:
            log.info("cut-transaction-still-open", error=type(error).__name__)
            return not is_outage(error)
        return True


def _has_label(error: Exception, label: str) -> bool:
    return isinstance(error, PyMongoError) and error.has_error_label(label)


async def _now(answer: Any) -> Any:
    """PyMongo's `start_session` answers at once, and its `start_transaction` later; with Motor it is the reverse."""
    return await answer if inspect.isawaitable(answer) else answer
