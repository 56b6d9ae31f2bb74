"""What a library says over and over while a broker is gone is logged once in a while, with how often it was said."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

ONCE_IN_S = 10.0
MOST_KNOWN = 1_000


@dataclass
class _Last:
    at: float
    more: int = 0


class Repeats(logging.Filter):
    """For a handler: of one logger's records with the same words (arguments aside), one in ten seconds passes."""

    def __init__(self, *loggers: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._within = tuple(f"{name}." for name in loggers)
        self._clock = clock
        self._last: dict[tuple[str, str], _Last] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not f"{record.name}.".startswith(self._within):
            return True
        now, key = self._clock(), (record.name, str(record.msg))
        before = self._last.get(key)
        if before is not None and now - before.at < ONCE_IN_S:
            before.more += 1
            return False
        if before is not None and before.more:
            record.msg = f"{record.msg} ({before.more} more like this)"
        if len(self._last) >= MOST_KNOWN:
            self._last.clear()
        self._last[key] = _Last(now)
        return True
