"""What work takes of a core, whoever else has the machine."""

from collections.abc import Callable
from time import process_time


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    begun = process_time()
    work()
    return process_time() - begun


def least_cpu_s(work: Callable[[], object], rounds: int) -> float:
    """The least of some rounds; the one before them, which reads what is then at hand, does not count."""
    work()
    return min(cpu_s(work) for _ in range(rounds))
