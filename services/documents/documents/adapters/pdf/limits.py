"""What one document may take of the machine, enforced by the kernel in the process that renders it (setrlimit(2))."""

import resource
import signal
from dataclasses import dataclass
from typing import Literal

MIB = 1024 * 1024
Limit = Literal["cpu", "memory"]
OVER: dict[Limit, str] = {"cpu": "render-over-cpu-limit", "memory": "render-over-memory-limit"}
"""The reason that a document over a limit fails with."""


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Seconds of a core for one document; address space of its process, in MiB."""

    cpu_s: int
    memory_mb: int

    def hold_process(self) -> None:
        """For a process that is ready: from now on memory is refused to it beyond the limit, and it dumps no core."""
        _set_soft(resource.RLIMIT_AS, self.memory_mb * MIB)
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


def _set_soft(what: int, value: int) -> None:
    """Only the soft limit, which the process may raise again, and never over the hard one."""
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
