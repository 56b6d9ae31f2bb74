"""Named places where a fault test may stop this very process: `CHAIRSIDE_FAILPOINT=point:nth[:stop]`.

Armed, the nth crossing of the point kills the process as `kill -9` would (`stop`: halts it as `kill -STOP` would,
until somebody continues it). `CHAIRSIDE_FAILPOINT=@file` arms it with what is in the file, whenever it appears there;
the file is gone when it has struck, so that the next process lives. Not armed, a crossing costs one comparison.
"""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "CHAIRSIDE_FAILPOINT"


@dataclass(slots=True)
class Failpoint:
    """`left` crossings of `point` from now, the process gets `signal`."""

    point: str
    left: int
    signal: signal.Signals

    def cross(self, point: str) -> None:
        if self.strikes(point):
            os.kill(os.getpid(), self.signal)

    def strikes(self, point: str) -> bool:
        """Whether this crossing is the one."""
        self.left -= point == self.point
        return point == self.point and self.left == 0


class FailpointFile:
    """A failpoint that can be armed while the process runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._text = ""
        self._failpoint: Failpoint | None = None

    def cross(self, point: str) -> None:
        text = self._file.read_text() if self._file.exists() else ""
        if text != self._text:
            self._text, self._failpoint = text, parse(text) if text else None
        if self._failpoint is not None and self._failpoint.strikes(point):
            self._file.unlink()
            self._text = ""
            os.kill(os.getpid(), self._failpoint.signal)


def parse(text: str) -> Failpoint:
    """Raises ValueError when the text is not `point:nth` or `point:nth:stop`."""
    point, _, rest = text.partition(":")
    nth, _, how = rest.partition(":")
    if not point or not nth.isdecimal() or int(nth) < 1 or how not in ("", "stop"):
        raise ValueError(f"{VARIABLE} must be point:nth or point:nth:stop, nth counted from 1")
    return Failpoint(point, int(nth), signal.SIGSTOP if how else signal.SIGKILL)


def _parsed(text: str) -> Failpoint | FailpointFile | None:
    if text.startswith("@"):
        return FailpointFile(Path(text[1:]))
    return parse(text) if text else None


_armed = _parsed(os.environ.get(VARIABLE, ""))


def crossing(point: str) -> None:
    """Mark a place where a crash must lose nothing and do nothing twice."""
    if _armed is not None:
        _armed.cross(point)
