"""Finds a copy of what another service published, and tells what is so from what was not heard yet.

A service publishes after it has answered, and its events take a while. So a caller who has just finalized an invoice
may be ahead of our copy. Who says which version they read is answered by that one or a newer one. Of anybody else a
draft, or what is not there, is believed when it is still so after `wait_s`, with all heard that was published.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kernel.errors import NotFound

POLL_S = 0.1


class NotHeardYet(Exception):
    """What was said of it is still on its way."""


class Copy(Protocol):
    """An aggregate of another service."""

    @property
    def clinic_id(self) -> str: ...
    @property
    def version(self) -> int: ...


C = TypeVar("C", bound=Copy)


def _always(_: Copy) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class FindCopy:
    """`heard_all` says whether all that a topic has by now was heard. Raises NotFound and NotHeardYet."""

    heard_all: Callable[[str], Awaitable[bool]]
    wait_s: float

    async def __call__(
        self,
        topic: str,
        find: Callable[[], Awaitable[C | None]],
        sees: Callable[[str], bool],
        version: int | None = None,
        settled: Callable[[C], bool] = _always,
    ) -> C:
        """`version` is what the caller read of it; what is not `settled` may be something else by now.

        One of a clinic that they do not see takes as long as none.
        """

        def is_enough(copy: C | None) -> bool:
            if copy is None:
                return False
            return settled(copy) if version is None else copy.version >= version

        copy = await self._awaited(find, sees, is_enough)
        if not is_enough(copy) and (version is not None or not await self.heard_all(topic)):
            raise NotHeardYet
        if copy is None:
            raise NotFound("not-found", "there is no such thing here")
        return copy

    async def catch_up(self, *topics: str) -> None:
        """Returns when all that these topics have by now was heard, or after `wait_s`, since then it is not known."""
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self.wait_s
        left = [*topics]
        while left and clock() < ends_at:
            left = [topic for topic in left if not await self.heard_all(topic)]
            if left:
                await asyncio.sleep(POLL_S)

    async def _awaited(
        self,
        find: Callable[[], Awaitable[C | None]],
        sees: Callable[[str], bool],
        is_enough: Callable[[C | None], bool],
    ) -> C | None:
        """The copy once it is enough, or what there is at the end of our patience."""
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self.wait_s
        while True:
            found = await find()
            copy = found if found is not None and sees(found.clinic_id) else None
            if is_enough(copy) or clock() >= ends_at:
                return copy
            await asyncio.sleep(POLL_S)
