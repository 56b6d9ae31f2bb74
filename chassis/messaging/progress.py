"""Whether a topic is worked off: lag is no fault as long as it moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any


@dataclass(slots=True)
class _Seen:
    handled: int
    since: float
    lag: int


class Progress:
    """Of the partitions of one topic in one process; a place is an aiokafka TopicPartition."""

    def __init__(self, stalled_after_s: float) -> None:
        self._stalled_after_s = stalled_after_s
        self._seen: dict[Any, _Seen] = {}

    def note(self, handled: Mapping[Any, int], ends: Mapping[Any, int]) -> None:
        """How far each partition of ours is, and where it ends."""
        now = monotonic()
        seen: dict[Any, _Seen] = {}
        for place, end in ends.items():
            before, lag = self._seen.get(place), max(end - handled[place], 0)
            still = before is not None and before.lag and lag and before.handled == handled[place]
            seen[place] = _Seen(handled[place], before.since if still and before else now, lag)
        self._seen = seen

    def stalled(self) -> dict[Any, int]:
        """The partitions that stand still though there are records, and how many."""
        latest = monotonic() - self._stalled_after_s
        return {place: seen.lag for place, seen in self._seen.items() if seen.lag and seen.since <= latest}
