"""Who looks for work that nobody announces looks less often the longer nothing happens, and at once when it does."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.pace import LATE_BY, LONGEST_S, Looks, Pace

HANGS_S = 20
"""A test that waits for so long has failed."""
HOUR_S = 3600.0


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def at_rest(every_s: float) -> tuple[Pace, Looks]:
    """Nothing was written for a day, and nothing but a word ends a rest."""
    watch = Watch()
    pace = Pace(HOUR_S, watch)
    watch.now = 24 * HOUR_S
    return pace, pace.looks(every_s)


async def resting(looks: Looks) -> "asyncio.Task[None]":
    looks.begin()
    rest = asyncio.create_task(looks.next())
    await asyncio.sleep(0)  # it rests
    return rest


@given(quiet_s=st.floats(0, 1e6))
def test_what_is_found_late_is_late_by_a_tenth_of_the_quiet_and_by_five_seconds_at_most(quiet_s: float) -> None:
    watch = Watch()
    pace = Pace(clock=watch)
    watch.now = quiet_s
    assert pace.rest_s() <= min(quiet_s * LATE_BY, LONGEST_S)
    pace.wrote()
    assert pace.rest_s() == 0


@pytest.mark.parametrize("every_s", [0.0, 0.001, HOUR_S])
async def test_what_is_announced_is_looked_for_at_once(every_s: float) -> None:
    _, looks = at_rest(every_s)
    rest = await resting(looks)
    looks.now()
    async with asyncio.timeout(HANGS_S):
        await rest


async def test_what_is_announced_while_somebody_looks_is_looked_for_after_that() -> None:
    _, looks = at_rest(HOUR_S)
    looks.begin()
    looks.now()
    async with asyncio.timeout(HANGS_S):
        await looks.next()


async def test_a_write_ends_a_long_rest() -> None:
    pace, looks = at_rest(0.0)
    rest = await resting(looks)
    assert not rest.done()
    pace.wrote()
    async with asyncio.timeout(HANGS_S):
        await rest


async def test_what_was_written_while_somebody_looked_makes_no_rest_long() -> None:
    pace, looks = at_rest(0.0)
    looks.begin()
    pace.wrote()
    async with asyncio.timeout(HANGS_S):
        await looks.next()


async def test_a_write_does_not_make_anybody_look_sooner_than_they_mean_to() -> None:
    pace, looks = at_rest(HOUR_S)
    rest = await resting(looks)
    pace.wrote()
    await asyncio.sleep(0)
    assert not rest.done()
    rest.cancel()


async def test_after_trouble_no_rest_is_long() -> None:
    _, looks = at_rest(HOUR_S)
    looks.begin()
    async with asyncio.timeout(HANGS_S):
        await looks.next_within(0.0)
