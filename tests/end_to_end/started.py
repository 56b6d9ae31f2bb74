"""`python -m dev` as a person starts it, and every process that comes of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO
from uuid import uuid4

PATIENCE_S = 600
POLL_S = 0.1
MARK = "CHAIRSIDE_TEST_MARK"


class Started:
    """One run. What it starts inherits a mark in its environment, also where it has left its parent."""

    def __init__(self, output: IO[str], *arguments: str) -> None:
        self._output = Path(output.name)
        self._mark = f"{MARK}={uuid4().hex}"
        name, _, value = self._mark.partition("=")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dev", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, name: value, "COLUMNS": "200"},
            start_new_session=True,
        )

    @property
    def printed(self) -> str:
        """So far."""
        return self._output.read_text()

    def ended(self) -> int:
        """Its exit code."""
        return self.process.wait(PATIENCE_S)

    def alive(self) -> list[str]:
        """The command lines of all processes that came of it and have not ended."""
        return list(self._processes().values())

    def kill_all(self) -> None:
        """`kill -9` of everything that came of it, at once and until nothing is left."""
        while pids := self._processes():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.poll()

    def _processes(self) -> dict[int, str]:
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it ended meanwhile
        return {pid: line for pid, line in found.items() if line}

    def until(self, seen: Callable[[], bool]) -> None:
        """Waits until something is seen; fails when the process ends first."""
        deadline = time.monotonic() + PATIENCE_S
        while not seen():
            assert self.process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(POLL_S)


@contextmanager
def started(*arguments: str) -> Iterator[Started]:
    """Ended in any case."""
    with NamedTemporaryFile("w", suffix=".out") as output:
        run = Started(output, *arguments)
        try:
            yield run
        finally:
            if run.process.poll() is None:
                run.process.terminate()
                run.ended()
