"""Makes PyMongo's waiting for a server or a connection survive a cancellation on Python 3.11.

The driver waits for a condition by `asyncio.wait_for`, which before 3.12 runs the waiting in a task of its own. A
cancellation that comes while that task takes its lock back after a time-out goes through at once; the task then has the
lock, and nobody is left to release it: from then on every call of the whole process waits for ever, whatever becomes of
the database. While it is gone, each waiting call times out twice a second.
"""

import asyncio
import sys
from typing import Any

from pymongo.asynchronous import pool, topology

_NAME = "_async_cond_wait"


async def wait_in_the_same_task(condition: Any, within_s: float | None) -> bool:
    """As the driver's own: False when the time is over; always with the lock held again."""
    try:
        async with asyncio.timeout(within_s):
            return bool(await condition.wait())
    except TimeoutError:
        return False


def survive() -> None:
    """For all clients of this process. Raises AttributeError for a driver that waits in another way."""
    if sys.version_info < (3, 12):
        for module in (pool, topology):
            getattr(module, _NAME)
            setattr(module, _NAME, wait_in_the_same_task)
