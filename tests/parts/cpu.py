"""What each test costs in CPU: of this process and all that came of it, written to the JUnit report.

Wall time is no measure of a suite that mostly waits for processes of its own, on a machine where others work as well.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

PHASES = ("setup", "call", "teardown")
TICKS = os.sysconf("SC_CLK_TCK")
OWN = slice(11, 13)
WITH_REAPED = slice(11, 15)
"""utime, stime, cutime, cstime among what follows the name in proc_pid_stat(5)."""


def spent_s() -> float:
    """CPU seconds so far; 0 where there is no /proc. What left us, and what nobody reaped, is not in it."""
    return sum(map(_spent_by, _tree(os.getpid())))


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
    """Notes for each test what its phases have spent, as properties `cpu-setup`, `cpu-call` and `cpu-teardown`."""

    def __init__(self) -> None:
        self._before = spent_s()

    def pytest_collection_finish(self) -> None:
        self._before = spent_s()

    def _note(self, item: pytest.Item, phase: str) -> None:
        now = spent_s()
        item.user_properties.append((f"cpu-{phase}", round(now - self._before, 2)))
        self._before = now

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
