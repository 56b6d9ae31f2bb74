"""Child processes that never outlive their parent, each with a log file and a process group of its own."""

import ctypes
import fcntl
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from tempfile import gettempdir
from threading import Lock
from typing import BinaryIO, ClassVar, Protocol

from dev.parts.orphans import end_orphans, note

PR_SET_PDEATHSIG = 1
POLL_S, LONGEST_POLL_S = 0.05, 0.5
NOTED = ".pid"
# Below the range that Linux gives to outgoing connections: clients that wait for a stopped server would take its port.
SERVER_PORTS = range(20_000, 32_000)

_given: set[int] = set()
_giving = Lock()
_libc = ctypes.CDLL(None)
# Linux sends the death signal when the *thread* that forked ends, so all forks are made by one that lives to the end.
_nursery = ThreadPoolExecutor(max_workers=1, thread_name_prefix="nursery")


class ChildFailed(RuntimeError):
    """A child ended, or did not answer in time; the message carries the end of its log."""


def free_port(taken: Collection[int] = ()) -> int:
    """A TCP port of the loopback interface that nobody had a moment ago, and that is not among `taken`.

    It is given once, whatever process asks: between the look and the server's start others look for ports as well.
    """
    with _giving:
        while True:
            port = random.choice(SERVER_PORTS)
            if port not in taken and port not in _given and is_free(port) and _claim(port):
                _given.add(port)
                return port


def _claim(port: int) -> bool:
    """Whether no other process has it; it is ours until this one ends."""
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _claims() -> BinaryIO:
    """A file with a byte to lock for each port. It stays open: to close it would end all claims."""
    return (Path(gettempdir()) / f"chairside-ports-{os.getuid()}").open("ab")


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def pause_s(waited_s: float) -> float:
    """Before one looks again at what has taken so long: what it is found late by is a tenth of that at most."""
    return min(max(POLL_S, waited_s / 10), LONGEST_POLL_S)


def wait_until(answers: Callable[[], object], within_s: float, hopeful: Callable[[], bool] = lambda: True) -> None:
    """Returns once `answers` raises nothing; raises what it raised last when time is up or hope is gone."""
    begun = time.monotonic()
    while True:
        try:
            answers()
            return
        except Exception:
            if time.monotonic() > begun + within_s or not hopeful():
                raise
        time.sleep(pause_s(time.monotonic() - begun))


class Process(Protocol):
    """What a child uses of `subprocess.Popen`."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def terminate(self) -> None: ...


def spawn(command: Sequence[str], env: Mapping[str, str], log: Path, pass_fds: Collection[int] = ()) -> Process:
    """A process in a group of its own, with `env` added to ours, that ends with us."""
    with log.open("ab") as output:
        popen = partial(
            subprocess.Popen[bytes],
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env},
            process_group=0,
            pass_fds=pass_fds,
            preexec_fn=die_with(os.getpid()) if sys.platform == "linux" else None,
        )
        return _nursery.submit(popen).result()


class Child:
    """A command that can be started, ended, killed, paused and started again; always addressed by its pid."""

    start_process: ClassVar[Callable[[Sequence[str], Mapping[str, str], Path], Process]] = staticmethod(spawn)
    """Tests start our own programs from one that is warm."""

    def __init__(self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.env = dict(env or {})
        self._process: Process | None = None

    @property
    def noted(self) -> Path:
        """The file that says which process it is."""
        return self.log.with_suffix(NOTED)

    @property
    def pid(self) -> int:
        """The id of the newest process, also after its end; raises ChildFailed before the first start."""
        if self._process is None:
            raise ChildFailed(f"{self.name} was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Starts the command unless it runs already; does not wait until it answers.

        One that an earlier run left behind is ended first: two of them would spoil the data.
        """
        if not self.running:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            if self.noted.exists():
                end_orphans([self.noted])
            self._process = type(self).start_process(self.command, self.env, self.log)
            note(self.noted, self._process.pid)

    def wait_until(self, answers: Callable[[], object], within_s: float) -> None:
        """Returns once `answers` raises nothing; raises ChildFailed if the child ends first or time is up."""
        try:
            wait_until(answers, within_s, lambda: self.running)
        except Exception as unready:
            outcome = f"gave no answer in {within_s} s" if self.running else f"ended with {self.exit_code}"
            raise ChildFailed(f"{self.name} {outcome}:\n{self.log_tail()}") from unready

    def stop(self, grace_s: float = 15) -> None:
        """SIGTERM, and SIGKILL to what is left of the process group after `grace_s`."""
        if self._process is not None and self.running:
            self.resume()
            self._process.terminate()
            try:
                self._process.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole process group, as when a machine loses power."""
        if self._process is not None and self.running:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def pause(self) -> None:
        """Returns when it stands still: the signal alone lets a busy process answer once more."""
        os.killpg(self.pid, signal.SIGSTOP)
        while not self._stands():
            time.sleep(POLL_S / 10)

    def resume(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def _stands(self) -> bool:
        """Whether all its threads do; also where nobody can say, or when it has ended."""
        states = []
        for stat in Path(f"/proc/{self.pid}/task").glob("*/stat"):
            with suppress(OSError):  # the thread ended meanwhile
                states.append(stat.read_text().rpartition(")")[2].split()[0])
        return all(state in "TtZX" for state in states)

    def log_tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""


def die_with(parent: int) -> Callable[[], None]:
    """To be called in a child: from then on it gets SIGTERM when its parent ends."""

    def in_the_child() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child
