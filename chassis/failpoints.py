"""Named places where a fault test may stop this very process: `CHAIRSIDE_FAILPOINT=point:nth[:stop]`.

Armed, the nth crossing of the point kills the process as `kill -9` would (`stop`: halts it as `kill -STOP` would,
until somebody continues it). Not armed, a crossing costs one comparison.
"""

import os
import signal
from dataclasses import dataclass

VARIABLE = "CHAIRSIDE_FAILPOINT"


@dataclass(slots=True)
class Failpoint:
    """`left` crossings of `point` from now, the process gets `signal`."""

    point: str
    left: int
    signal: signal.Signals

    def cross(self, point: str) -> None:
        if point != self.point:
            return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), self.signal)


def parse(text: str) -> Failpoint:
    """Raises ValueError when the text is not `point:nth` or `point:nth:stop`."""
    point, _, rest = text.partition(":")
    nth, _, how = rest.partition(":")
    if not point or not nth.isdecimal() or int(nth) < 1 or how not in ("", "stop"):
        raise ValueError(f"{VARIABLE} must be point:nth or point:nth:stop, nth counted from 1")
    return Failpoint(point, int(nth), signal.SIGSTOP if how else signal.SIGKILL)


_armed = parse(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def crossing(point: str) -> None:
    """Mark a place where a crash must lose nothing and do nothing twice."""
    if _armed is not None:
        _armed.cross(point)
