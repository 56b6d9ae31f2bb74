"""How often to look for what nobody announces: the longer nothing was written here, the less often."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

LATE_BY = 0.1
"""Share of the time in which nothing happened."""
LONGEST_S = 5.0


class Pace:
    """When this process last wrote, for all of its loops that look for what somebody may have left to do."""

    def __init__(self, longest_s: float = LONGEST_S, clock: Callable[[], float] = monotonic) -> None:
        self._longest_s = longest_s
        self._clock = clock
        self._wrote_at = clock()
        self._looks: list[Looks] = []

    def wrote(self) -> None:
        """Something was committed: what came of it may soon be due."""
        self._wrote_at = self._clock()
        for looks in self._looks:
            looks.wrote()

    def looks(self, every_s: float) -> "Looks":
        """For one more loop."""
        looks = Looks(self, every_s)
        self._looks.append(looks)
        return looks

    def rest_s(self) -> float:
        """Between two looks of a loop that may look as often as it likes."""
        return min((self._clock() - self._wrote_at) * LATE_BY, self._longest_s)


class Looks:
    """Of one loop: at once when something is announced, each `every_s` while this process writes, and else less often.

    What another process wrote, or what waited for its time, is then found late by a tenth of the time in which nothing
    happened, and by five seconds at most. An `every_s` beyond that stays as it is.
    """

    def __init__(self, pace: Pace, every_s: float) -> None:
        self._pace = pace
        self._every_s = every_s
        self._over = asyncio.Event()
        self._may_end = False
        self._written = False

    def now(self) -> None:
        """Announces something."""
        self._over.set()

    def begin(self) -> None:
        """What was announced so far will be seen by the look that begins."""
        self._over.clear()
        self._written = False

    def wrote(self) -> None:
        """By this process; it ends a rest that is longer than `every_s`."""
        self._written = True
        if self._may_end:
            self._over.set()

    async def next(self) -> None:
        """Rests until it is time to look again."""
        await self.next_within(self._every_s)
        if not self._written:
            self._may_end = True
            await self._rest(self._pace.rest_s() - self._every_s)
            self._may_end = False

    async def next_within(self, seconds: float) -> None:
        """Likewise, for so long at most, whatever is written: the last look may have seen nothing of it."""
        await self._rest(min(self._every_s, seconds))

    async def _rest(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._over.wait()
