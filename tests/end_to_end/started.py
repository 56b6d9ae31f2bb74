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
from uuid import uuid4

from dev.parts.processes import Child, Process
from tests.parts.warm import HELPER

PATIENCE_S = 600
POLL_S = 0.1
MARK = "CHAIRSIDE_TEST_MARK"


class Started:
    """One run. What it starts stays in its session, or inherits a mark in its environment, also where it has left its
    parent. Cold, interpreters import what they need as they do for a person; else they are forks of a warm one.
    """

    def __init__(self, output: Path, *arguments: str, cold: bool) -> None:
        self._output = output
        self._mark = f"{MARK}={uuid4().hex}"
        name, _, value = self._mark.partition("=")
        start = _start_cold if cold else Child.start_process
        self.process = start([sys.executable, "-m", "dev", *arguments], {name: value, "COLUMNS": "200"}, output)
        self._session = os.getsid(self.process.pid)

    @property
    def printed(self) -> str:
        """So far."""
        return self._output.read_text()

    def ended(self) -> int:
        """Its exit code."""
        return self.process.wait(PATIENCE_S)

    def alive(self) -> list[str]:
        """The command lines of all processes that came of it and have not ended; of a fork its name as well."""
        return [line for line in self._processes().values() if not line.startswith(f"{HELPER} ")]

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
                # After the name, which may hold anything: state, parent, group, session (proc_pid_stat(5)).
                session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
                if session == self._session or self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    name = (folder / "comm").read_text().strip()
                    found[int(folder.name)] = name, (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it ended meanwhile
        return {pid: f"{name} {line}" for pid, (name, line) in found.items() if line}

    def until(self, seen: Callable[[], bool]) -> None:
        """Waits until something is seen; fails when the process ends first."""
        deadline = time.monotonic() + PATIENCE_S
        while not seen():
            assert self.process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(POLL_S)


def _start_cold(command: list[str], env: dict[str, str], output: Path) -> Process:
    with output.open("ab") as file:
        return subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, env={**os.environ, **env}, start_new_session=True
        )


@contextmanager
def started(*arguments: str, cold: bool = False) -> Iterator[Started]:
    """Ended in any case."""
    with NamedTemporaryFile(suffix=".out") as output:
        run = Started(Path(output.name), *arguments, cold=cold)
        try:
            yield run
        finally:
            if run.process.poll() is None:
                run.process.terminate()
                run.ended()
