"""Processes that outlived a run: each is noted in a file while it runs, and the next run ends it before it starts.

A child is told to end when its parent dies, also by `kill -9`. Until it has, it holds its port and its data.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dev.parts.files import write_whole

GRACE_S = 20.0
POLL_S = 0.05
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Noted:
    """A process by its id and the moment it was born, since ids are given again."""

    pid: int
    born: str

    @property
    def alive(self) -> bool:
        return bool(self.born) and _born(self.pid) == self.born


def note(file: Path, pid: int) -> None:
    """Keeps which process it is; one that has ended already is not noted."""
    born = _born(pid)
    if born:
        write_whole(file, f"{pid} {born}\n")


def end_orphans(files: Iterable[Path], grace_s: float = GRACE_S) -> list[str]:
    """Ends what is noted there and still runs, and says what that was. What does not end by itself is killed."""
    noted = {file: found for file in files if (found := _read(file)) is not None and found.alive}
    for orphan in noted.values():
        _send(orphan, signal.SIGCONT)
        _send(orphan, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while (left := [orphan for orphan in noted.values() if orphan.alive]) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    for orphan in left:
        _send(orphan, signal.SIGKILL)
    while any(orphan.alive for orphan in left):
        time.sleep(POLL_S)
    return [file.stem for file in noted]


def _read(file: Path) -> Noted | None:
    pid, _, born = file.read_text().strip().partition(" ")
    return Noted(int(pid), born) if pid.isdecimal() else None


def _send(orphan: Noted, number: signal.Signals) -> None:
    """To its group: it leads one of its own."""
    with suppress(ProcessLookupError):
        os.killpg(orphan.pid, number)


def _born(pid: int) -> str:
    """When it started, by the kernel; "" for one that has ended, also if nobody has reaped it yet."""
    if PROC.joinpath("self").exists():
        return _born_by_proc(pid)
    ps = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, born = ps.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else born.strip()


def _born_by_proc(pid: int) -> str:
    try:
        # After the name, which may hold anything: state is the first, starttime the 20th (proc_pid_stat(5)).
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else f"{boot}/{fields[19]}"
