"""How often a caller may ask, and how often everybody may ask about one clinic: token buckets of this process."""

import math
import time
from collections.abc import Callable, Iterable

from chassis.http.auth import EVERY_CLINIC, Principal
from chassis.http.problems import HttpProblem

BURST_S = 10
"""What may come at once: the requests of so many seconds."""
KEPT = 10_000
"""Buckets that are looked through for full ones, which say nothing."""


class Buckets:
    """A bucket for each key holds `BURST_S` seconds' requests, and fills at `per_s`."""

    def __init__(self, per_s: float, monotonic: Callable[[], float]) -> None:
        self._per_s = per_s
        self._most = max(per_s * BURST_S, 1.0)
        self._monotonic = monotonic
        self._levels: dict[str, tuple[float, float]] = {}

    def wait_s(self, key: str) -> float:
        """Seconds until the bucket has one; 0 when it has one now."""
        return max(0.0, (1.0 - self._level(key)) / self._per_s)

    def take(self, key: str) -> None:
        """Takes one out of the bucket."""
        self._levels[key] = (self._level(key) - 1.0, self._monotonic())
        if len(self._levels) > KEPT:
            self._levels = {one: kept for one, kept in self._levels.items() if self._level(one) < self._most}

    def _level(self, key: str) -> float:
        level, at = self._levels.get(key, (self._most, 0.0))
        return min(self._most, level + (self._monotonic() - at) * self._per_s)


class Rates:
    """The limits of one process: with more instances each counts for itself."""

    def __init__(
        self, caller_per_s: float, clinic_per_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._callers = Buckets(caller_per_s, monotonic)
        self._clinics = Buckets(clinic_per_s, monotonic)

    def count(self, caller: Principal, named: Iterable[str]) -> None:
        """Counts a request that names these clinics; one that names none is about all that the token has.

        A caller is their `sub`, whatever tokens they hold. Raises HttpProblem 429, and then counts nothing.
        """
        about = {clinic_id for clinic_id in named if caller.sees(clinic_id)} or caller.clinics - {EVERY_CLINIC}
        waits = [self._callers.wait_s(caller.sub), *map(self._clinics.wait_s, about)]
        if (wait_s := max(waits)) > 0:
            of = "this caller" if waits[0] == wait_s else "this clinic"
            raise HttpProblem(
                429,
                "too-many-requests",
                f"more requests of {of} than are taken",
                headers={"Retry-After": str(math.ceil(wait_s))},
            )
        self._callers.take(caller.sub)
        for clinic_id in about:
            self._clinics.take(clinic_id)
