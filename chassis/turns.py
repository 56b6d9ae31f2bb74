"""One at a time for each key, in the order of asking: for work that would only break off each other's transactions.

It is a queue of one process, no lock: other processes go on, and the database decides between them as before.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A key is forgotten when nobody waits for it any more."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._asked: Counter[str] = Counter()

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Waits until those who asked before have left, or were cancelled."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._asked[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._asked[key] -= 1
            if not self._asked[key]:
                del self._asked[key], self._locks[key]
