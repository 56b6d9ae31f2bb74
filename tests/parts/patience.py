"""Waiting for what another process does: by looking again and again, with a deadline that only a failure reaches."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from dev.parts.processes import pause_s

PATIENCE_S = 180
T = TypeVar("T")


def until(look: Callable[[], T], good: Callable[[T], object] = bool, patience_s: float = PATIENCE_S) -> T:
    """What is seen, once it is good; fails with the last look when it never is."""
    begun = time.monotonic()
    while not good(seen := look()):
        assert time.monotonic() < begun + patience_s, seen
        time.sleep(pause_s(time.monotonic() - begun))
    return seen


async def soon(look: Callable[[], Awaitable[T]], good: Callable[[T], object] = bool) -> T:
    """The same from within an event loop."""
    begun = time.monotonic()
    while not good(seen := await look()):
        assert time.monotonic() < begun + PATIENCE_S, seen
        await asyncio.sleep(pause_s(time.monotonic() - begun))
    return seen
