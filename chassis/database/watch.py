"""Whether the database answers, found out beside all that goes on, so that nobody has to wait to know."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from chassis.tasks import ended, within

log = structlog.get_logger(__name__)
ASK_EVERY_S, ASK_AGAIN_AFTER_S = 1.0, 0.5
"""While it answers, and while it does not."""
ANSWER_WITHIN_S = 1.0
SILENT_TIMES = 2
"""In a row: one that is late may have waited for our own processor."""


class StoreWatch:
    """Says within three seconds that the database is gone, and within one and a half that it is back."""

    def __init__(self, ping: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._ping = ping
        self._missed = SILENT_TIMES
        self._answered_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def answers(self) -> bool:
        """False also before the first answer."""
        return self._missed < SILENT_TIMES

    @property
    def silent_s(self) -> float:
        """How long ago it answered last, 0 while it does."""
        if not self._missed or self._answered_at is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._answered_at

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="store-watch")

    async def stop(self) -> None:
        if self._task is not None:
            await ended(self._task)

    async def _watch(self) -> None:
        self._answered_at = asyncio.get_running_loop().time()
        while True:
            await self._ask()
            await asyncio.sleep(self._rest_s())

    def _rest_s(self) -> float:
        if not self._missed:
            return ASK_EVERY_S
        return 0.0 if self._missed < SILENT_TIMES else ASK_AGAIN_AFTER_S

    async def _ask(self) -> None:
        try:
            await within(ANSWER_WITHIN_S, self._ping())
        except Exception as error:
            self._missed = min(self._missed + 1, SILENT_TIMES)
            if self._missed == 1:
                log.warning("store-does-not-answer", error=type(error).__name__)
            return
        if self._missed:
            log.info("store-answers", silent_s=round(self.silent_s, 1))
        self._missed, self._answered_at = 0, asyncio.get_running_loop().time()
