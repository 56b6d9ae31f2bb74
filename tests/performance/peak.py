"""The most memory that a process ever held."""

import re
from pathlib import Path


def peak_mb(pid: int | str = "self") -> float:
    """Of the program that runs now: `ru_maxrss` of a child also counts what its parent held when it was started."""
    status = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    return int(peak[1]) / 1024
