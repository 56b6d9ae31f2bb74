"""Waiting for what another process does: by looking again and again, with a deadline that only a failure reaches."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

PATIENCE_S = 180
POLL_S = 0.05
T = TypeVar("T")


def until(look: Callable[[], T], good: Callable[[T], object] = bool, patience_s: float = PATIENCE_S) -> T:
    """What is seen, once it is good; fails with the last look when it never is."""
    deadline = time.monotonic() + patience_s
    while not good(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(POLL_S)
    return seen


async def soon(look: Callable[[], Awaitable[T]], good: Callable[[T], object] = bool) -> T:
    """The same from within an event loop."""
    deadline = time.monotonic() + PATIENCE_S
    while not good(seen := await look()):
        assert time.monotonic() < deadline, seen
        await asyncio.sleep(POLL_S)
    return seen
