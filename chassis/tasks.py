"""Ending tasks for sure, and waiting no longer than one wants to: neither rests on a single cancellation.

A driver may swallow one. On Python 3.11, `asyncio.wait_for` does when what it waits for comes at the same moment, and
PyMongo sends with it whenever it has a socket timeout (`socketTimeoutMS`, `timeoutMS`): the task goes on as if nothing
had been asked of it. `asyncio.timeout` around a driver is no better, since it cancels once.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
AGAIN_AFTER_S = 1.0

_left: set[asyncio.Task[None]] = set()
"""The loop itself holds tasks weakly."""


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancels the tasks, each second once more, and returns when all have ended; what they raised is dropped.

    A second between two cancellations is the time that a task has to clean up.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_AFTER_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # fetched, or asyncio complains about it


def leave(task: asyncio.Task[Any]) -> None:
    """Ends the task without waiting for it."""
    leaving = asyncio.create_task(ended(task), name=f"end-{task.get_name()}")
    _left.add(leaving)
    leaving.add_done_callback(_left.discard)


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns or raises; TimeoutError as soon as the time is over, however long it then takes to end."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            leave(task)
    if not task.done():
        raise TimeoutError
    return task.result()


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """What `work` returns or raises, done beside the loop.

    Also a caller that is cancelled waits for it: nothing that they let go of is still worked on.
    """
    task = asyncio.create_task(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(task)
    finally:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
