"""What each test costs in CPU: of this process and all that came of it, written to the JUnit report.

Wall time is no measure of a suite that mostly waits for processes of its own, on a machine where others work as well.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

PHASES = ("setup", "call", "teardown")
LEAST_S = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
OWN = slice(11, 13)
WITH_REAPED = slice(11, 15)
"""utime, stime, cutime, cstime among what follows the name in proc_pid_stat(5)."""


def spent_s(pid: int | None = None) -> float:
    """CPU seconds so far, of this process or another one and all that came of it; 0 where there is no /proc.

    What left it, and what nobody reaped, is not in it.
    """
    return sum(map(_spent_by, _tree(pid or os.getpid())))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):  # it ended meanwhile
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _spent_by(pid: int) -> float:
    with suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, after_name[WITH_REAPED])) / TICKS
    return 0.0


class Meter:
    """Notes for each test what its phases have spent, as properties `cpu-setup`, `cpu-call` and `cpu-teardown`.

    To look at all threads of a database and a broker takes 10 ms of CPU. So what took less than `LEAST_S` is not looked
    at by itself: what it has spent counts for the next that is.
    """

    def __init__(self) -> None:
        self._look()

    def pytest_collection_finish(self) -> None:
        self._look()

    def _look(self) -> None:
        self._before, self._looked_at = spent_s(), monotonic()

    def _note(self, item: pytest.Item, phase: str) -> None:
        before = self._before
        if monotonic() - self._looked_at >= LEAST_S:
            self._look()
        item.user_properties.append((f"cpu-{phase}", round(self._before - before, 2)))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        try:
            yield
        finally:
            self._note(item, "setup")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        try:
            yield
        finally:
            self._note(item, "call")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        try:
            yield
        finally:
            self._note(item, "teardown")
