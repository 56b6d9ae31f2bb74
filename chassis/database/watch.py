"""Whether the database answers, found out beside all that goes on, so that nobody has to wait to know."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from chassis.tasks import ended, within

log = structlog.get_logger(__name__)
ASK_EVERY_S = 0.5
ANSWER_WITHIN_S = 1.0
SILENT_TIMES = 2
"""In a row: one that is late may have waited for our own processor."""


class StoreWatch:
    """Says within three seconds that the database is gone, and within one and a half that it is back."""

    def __init__(self, ping: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._ping = ping
        self._unanswered = SILENT_TIMES
        self._silent_since: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def answers(self) -> bool:
        """False also before the first answer."""
        return self._unanswered < SILENT_TIMES

    @property
    def silent_s(self) -> float:
        """How long nothing has been heard, 0 while it answers."""
        if self.answers or self._silent_since is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._silent_since

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="store-watch")

    async def stop(self) -> None:
        if self._task is not None:
            await ended(self._task)

    async def _watch(self) -> None:
        while True:
            await self._ask()
            await asyncio.sleep(0 if 0 < self._unanswered < SILENT_TIMES else ASK_EVERY_S)

    async def _ask(self) -> None:
        asked_at = asyncio.get_running_loop().time()
        try:
            await within(ANSWER_WITHIN_S, self._ping())
        except Exception as error:
            self._missed(asked_at, error)
            return
        if self._silent_since is not None:
            log.info("store-answers-again", silent_s=round(self.silent_s, 1))
        self._unanswered, self._silent_since = 0, None

    def _missed(self, asked_at: float, error: Exception) -> None:
        self._unanswered = min(self._unanswered + 1, SILENT_TIMES)
        if self._silent_since is None:
            self._silent_since = asked_at
            log.warning("store-does-not-answer", error=type(error).__name__)
