"""Starts our own programs as forks of a process that has imported all of them: milliseconds, where an interpreter that
imports two thousand modules takes seconds.

Either way `python -m PROGRAM` gets a process, a process group, an environment and a log of its own, and ends in the
same ways. `python -m dev` starts programs itself: it gets a session of its own as well, and a fork of itself for them.
What documents forks its render processes of is a fork too, which has imported all that they need.
What starts cold all the same: every test that runs an interpreter by itself.
"""

import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import util
from pathlib import Path
from threading import Lock
from typing import Any, Self

from chassis import failpoints
from chassis.loading import loading
from dev.parts import processes

APPLICATIONS = ("invoicing", "payments", "cash_register", "documents", "dev.stripe_sandbox")
STARTER = "dev"
PROGRAMS = (*APPLICATIONS, "dev.run_service", "dev.parts.smtp", "dev.parts.tokens", STARTER)
IMPORTED = (
    *(f"{name}.app" for name in APPLICATIONS),
    "dev.commands",
    "documents.adapters.pdf.renderer",
    # What comes no sooner than an application is built, or a server runs.
    "anyio._backends._asyncio",
    "httpcore2",
    "pydantic.v1",
    "uvicorn.lifespan.on",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.httptools_impl",
)
MAX_REQUEST_BYTES = 256 * 1024
FORK_SERVER = "multiprocessing.forkserver"
HELPER = "nest"
"""What the system calls the processes that only serve here."""


class Forked:
    """A process as `subprocess.Popen` shows one.

    Its parent writes how it ended to `status`, and reaps it once that is read: until then the pid is nobody else's.
    """

    def __init__(self, pid: int, status: socket.socket) -> None:
        self.pid = pid
        self._status = status
        self._code: int | None = None

    def poll(self) -> int | None:
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return code

    def terminate(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def _ended(self, within_s: float | None) -> int | None:
        if self._code is None:
            self._status.settimeout(within_s)
            try:
                # Nothing comes when the parent is gone: with it went what it had forked.
                self._code = int(self._status.recv(64) or -signal.SIGTERM)
            except (BlockingIOError, TimeoutError):
                return None
            self._status.close()
        return self._code


class Nest:
    """Has programs started; what forks them begins with the first one and ends with this process."""

    def __init__(self, requests: socket.socket | None = None) -> None:
        self._requests = requests
        self._log = Path(os.devnull)
        self._beginning = Lock()

    @classmethod
    def of_a_fork(cls) -> Self:
        """What forks is a fork of this process, as it is now. Returns here, and never in the fork."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        if os.fork():
            theirs.close()
            return cls(ours)
        ours.close()
        processes.die_with(parent)()
        become_what_is_asked(theirs)
        sys.exit()

    def start(self, command: Sequence[str], env: Mapping[str, str], log: Path) -> processes.Process:
        """What is no program of ours starts as it always did. Raises ChildFailed when the nest itself has ended."""
        if sys.platform != "linux" or tuple(command[:2]) != (sys.executable, "-m") or command[2] not in PROGRAMS:
            return processes.spawn(command, env, log)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = json.dumps({"name": command[2], "arguments": command[3:], "env": {**os.environ, **env}}).encode()
        with theirs, log.open("ab") as file:
            socket.send_fds(self._begun(log.with_name("nest.log")), [request], [theirs.fileno(), file.fileno()])
        pid = ours.recv(64)
        if not pid:
            raise processes.ChildFailed(f"{command[2]} was not forked:\n{self._log.read_text(errors='replace')}")
        return Forked(int(pid), ours)

    def _begun(self, log: Path) -> socket.socket:
        with self._beginning:
            if self._requests is None:
                self._log = log
                self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                command = [sys.executable, "-m", __name__, str(theirs.fileno())]
                with theirs:
                    processes.spawn(command, {}, log, pass_fds=[theirs.fileno()])
            return self._requests


@dataclass(frozen=True)
class Program:
    """What a fork is to become."""

    name: str
    arguments: list[str]
    env: dict[str, str]
    log: int

    def become(self) -> None:
        """Goes on as the interpreter does by `-m`."""
        for stream in (sys.stdout, sys.stderr):
            os.dup2(self.log, stream.fileno())
        os.close(self.log)
        os.environ.clear()
        os.environ.update(self.env)
        importlib.reload(failpoints)  # it reads the environment when it is imported
        if self.name == STARTER:
            processes.Child.start_process = Nest.of_a_fork().start
        Path("/proc/self/comm").write_text(" ".join([self.name.rpartition(".")[2], *self.arguments]))
        util.spawnv_passfds = spawned_warm(util.spawnv_passfds)
        sys.argv[1:] = self.arguments
        runpy.run_module(self.name, run_name="__main__", alter_sys=True)


Spawn = Callable[..., int]


def spawned_warm(spawn: Spawn) -> Spawn:
    """How multiprocessing starts its fork server: as a fork of this process that does what its interpreter would."""

    def spawned(executable: bytes, arguments: Sequence[Any], descriptors: Sequence[int]) -> int:
        if FORK_SERVER not in arguments[-1]:
            return spawn(executable, arguments, descriptors)
        pid = os.fork()
        if not pid:
            try:
                keep_only(descriptors)
                exec(arguments[-1], {})
            finally:
                os._exit(0)
        return pid

    return spawned


def keep_only(descriptors: Sequence[int]) -> None:
    """Of what a fork is born with: neither files that are open, nor who is told of signals."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    kept = {0, 1, 2, *descriptors}
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor not in kept:
            with suppress(OSError):
                os.close(descriptor)


def become_what_is_asked(requests: socket.socket) -> None:
    """Returns here once nobody can ask any more, and in each fork when it has done what it was made for."""
    program = serve(requests)
    if program is not None:
        program.become()


def serve(requests: socket.socket) -> Program | None:
    """Returns in each fork, with what it is to become, and here once nobody can ask any more."""
    signal.signal(signal.SIGCHLD, reap)
    Path("/proc/self/comm").write_text(HELPER)
    while True:
        request, descriptors, *_ = socket.recv_fds(requests, MAX_REQUEST_BYTES, 2)
        if not request:
            return None
        status, log = descriptors
        parent = os.getpid()
        if not os.fork():
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            processes.die_with(parent)()
            program = Program(**json.loads(request), log=log)
            attend(socket.socket(fileno=status), in_a_session=program.name == STARTER)
            return program
        os.close(status)
        os.close(log)


def attend(status: socket.socket, *, in_a_session: bool) -> None:
    """Returns in a fork alone in its group, and never here: here is told how it ended."""
    if in_a_session:
        os.setsid()
    parent = os.getpid()
    pid = os.fork()
    with status:
        if not pid:
            os.setpgid(0, 0)
            processes.die_with(parent)()
            return
        with suppress(PermissionError):  # the fork is in its group, and well on its way
            os.setpgid(pid, pid)
        status.send(str(pid).encode())
        end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert end is not None
        code = end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
        with suppress(BrokenPipeError):
            status.send(str(code).encode())
            status.recv(1)  # returns when the other side is closed
        os.waitpid(pid, 0)
        os._exit(0)


def reap(*_: object) -> None:
    """What is forked here ends by itself; that somebody waited for it keeps what it has spent."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    with loading():
        for name in IMPORTED:
            importlib.import_module(name)
    become_what_is_asked(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
