"""One at a time for each key, first come, first served."""

import asyncio

import pytest

from chassis.turns import Turns


class Work:
    """Counts who is at work on a key, and in which order they came."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.order: list[int] = []
        self.most: dict[str, int] = {}
        self._now: dict[str, int] = {}

    async def do(self, key: str, number: int, pauses: int = 3) -> None:
        async with self.turns.of(key):
            self._now[key] = self._now.get(key, 0) + 1
            self.most[key] = max(self.most.get(key, 0), self._now[key])
            for _ in range(pauses):
                await asyncio.sleep(0)
            self.order.append(number)
            self._now[key] -= 1


async def test_one_key_is_worked_on_by_one_in_the_order_of_asking() -> None:
    work = Work()
    await asyncio.gather(*(work.do("a", number, pauses=9 - number) for number in range(9)))
    assert (work.order, work.most) == ([*range(9)], {"a": 1})


async def test_other_keys_do_not_wait() -> None:
    work = Work()
    async with work.turns.of("a"):
        await work.do("b", 1)
    assert work.order == [1]


async def test_who_is_cancelled_or_fails_holds_nobody_up_and_nothing_is_left() -> None:
    work = Work()
    async with work.turns.of("a"):
        waiting = asyncio.create_task(work.do("a", 1))
        next_one = asyncio.create_task(work.do("a", 2))
        await asyncio.sleep(0)
        waiting.cancel()
    await next_one
    with pytest.raises(ZeroDivisionError):
        async with work.turns.of("a"):
            1 / 0  # noqa: B018
    assert work.order == [2]
    assert not work.turns._locks
    assert not work.turns._asked
