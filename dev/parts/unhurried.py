"""Consumers on the embedded broker rest after an empty fetch, the longer the quieter it is.

Kafka holds an empty fetch for `fetch_max_wait_ms`. noida-db answers at once, and then each idle consumer asks a
thousand times a second. aiokafka has no setting for that, hence this reach into its fetcher: for a process on the
embedded broker, and only there.
"""

import asyncio
import os
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka.consumer.fetcher import Fetcher

from dev.parts.kafka import CHOICE, EMBEDDED

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.2
MOST_DOUBLINGS = 10


def on_embedded_kafka() -> bool:
    """Whether this process and its children are meant to use the embedded broker: unless another one is chosen."""
    return (os.environ.get(CHOICE) or EMBEDDED) == EMBEDDED


@cache
def unhurry_consumers() -> None:
    """Every consumer of this process, from now on."""
    fetch = Fetcher._proc_fetch_request
    empty_fetches: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    async def fetch_unhurried(fetcher: Any, *request: Any) -> bool:
        started = monotonic()
        found = bool(await fetch(fetcher, *request))
        empty = empty_fetches.get(fetcher, 0)
        empty_fetches[fetcher] = 0 if found else min(empty + 1, MOST_DOUBLINGS)
        pause_s = min(SHORTEST_PAUSE_S * 2**empty, LONGEST_PAUSE_S)
        if not found and monotonic() - started < pause_s:
            # The fetcher cancels its requests when it closes, and expects them to end quietly.
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(pause_s)
        return found

    Fetcher._proc_fetch_request = fetch_unhurried
