"""Consumers on the embedded broker rest after an empty fetch, the longer the quieter it is.

Kafka holds an empty fetch for `fetch_max_wait_ms`. noida-db answers at once, and then each idle consumer asks a
thousand times a second. aiokafka has no setting for that, hence this reach into its fetcher: for a process on the
embedded broker, and only there. The fetcher sees a fetch that is held as long as Kafka would.
"""

import asyncio
import os
from functools import cache
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka.consumer.fetcher import Fetcher

from dev.parts.kafka import CHOICE, EMBEDDED

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.2
HELD_S = 0.5
LATE_BY = 0.02
"""Share of the time without records, by which what comes after a long one may be late; `HELD_S` at most."""


def on_embedded_kafka() -> bool:
    """Whether this process and its children are meant to use the embedded broker: unless another one is chosen."""
    return (os.environ.get(CHOICE) or EMBEDDED) == EMBEDDED


@cache
def unhurry_consumers() -> None:
    """Every consumer of this process, from now on."""
    fetch = Fetcher._proc_fetch_request
    pauses: WeakKeyDictionary[Any, tuple[float, float]] = WeakKeyDictionary()

    def pause_after(fetcher: Any, *, found: bool) -> float:
        now = monotonic()
        quiet_since, pause_s = (now, SHORTEST_PAUSE_S) if found else pauses.get(fetcher, (now, SHORTEST_PAUSE_S))
        longest_s = max(LONGEST_PAUSE_S, min(LATE_BY * (now - quiet_since), HELD_S))
        pauses[fetcher] = quiet_since, min(2 * pause_s, longest_s)
        return pause_s

    async def fetch_unhurried(fetcher: Any, assignment: Any, *request: Any) -> bool:
        begun = monotonic()
        while True:
            asked = monotonic()
            found = bool(await fetch(fetcher, assignment, *request))
            now, pause_s = monotonic(), pause_after(fetcher, found=found)
            if found or now - asked >= pause_s or fetcher._closed or not assignment.active:
                return found
            try:
                await asyncio.sleep(pause_s)
            except asyncio.CancelledError:
                return False  # the fetcher cancels its requests when it closes, and expects them to end quietly
            # One that is held knows nothing of partitions whose records were not taken yet when it began.
            if pause_s < LONGEST_PAUSE_S or now + pause_s - begun >= HELD_S:
                return False

    Fetcher._proc_fetch_request = fetch_unhurried
