"""What one document may take of the machine, enforced by the kernel in the process that renders it (setrlimit(2))."""

import resource
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MIB = 1024 * 1024
ARENA = MIB
"""What CPython asks the kernel for at once: who has less than that left is refused it."""
Limit = Literal["cpu", "memory"]
OVER: dict[Limit, str] = {"cpu": "render-over-cpu-limit", "memory": "render-over-memory-limit"}
"""The reason that a document over a limit fails with."""


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Seconds of a core for one document; MiB of address space that it may take beyond its process's own."""

    cpu_s: int
    memory_mb: int

    def hold_process(self) -> None:
        """For a process that is ready: from now on memory is refused to it beyond the limit, and it dumps no core.

        What it takes by now is the interpreter's and the libraries': 100 MiB more on one machine than on the next.
        """
        _set_soft(resource.RLIMIT_AS, _address_space() + self.memory_mb * MIB)
        _set_soft(resource.RLIMIT_CORE, 0)

    def release_memory(self) -> None:
        """For a process that went over it and is to be replaced: to say so takes memory too."""
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))

    def begin_document(self) -> None:
        """From now on the process may take `cpu_s`. Over it the kernel ends it with SIGXCPU, whatever it is doing."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        _set_soft(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + self.cpu_s + 1)


def ended_over(exit_code: int | None) -> Limit | None:
    """What a process that ended so had taken too much of; None where it ended for another reason.

    Compiled code that is refused memory has no way to say so: it aborts.
    """
    match exit_code and -exit_code:
        case signal.SIGXCPU:
            return "cpu"
        case signal.SIGABRT:
            return "memory"
        case _:
            return None


def is_refused_memory(pid: int) -> bool:
    """Whether a process that holds its limit has come to it.

    It may not say so itself: where CPython 3.11 is refused the few bytes that it takes to handle an exception, it
    handles that for ever, and nothing in the process has its turn again.
    """
    with suppress(OSError):
        if (taken := _address_space(pid)) > 0:
            limit, _ = resource.prlimit(pid, resource.RLIMIT_AS)
            return limit != resource.RLIM_INFINITY and taken + ARENA > limit
    return False


def _address_space(pid: int | Literal["self"] = "self") -> int:
    """Bytes that a process takes of it (proc(5)); 0 where no kernel tells: none refuses there either."""
    sizes = Path(f"/proc/{pid}/statm")
    return int(sizes.read_text().split()[0]) * resource.getpagesize() if sizes.exists() else 0


def _set_soft(what: int, value: int) -> None:
    """Only the soft limit, which the process may raise again, and never over the hard one."""
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
