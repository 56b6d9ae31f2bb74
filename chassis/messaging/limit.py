"""The dead-letter limit: a little poison goes to the dead letter, a flood of it means that we are wrong ourselves."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.messaging.reading import Heard, Reading, Record, Rejected, place_of

HANDLER_FAILED = "handler-failed"
"""The code of a record at which our own code failed."""
WAITS_BEHIND = "waits-behind"
"""The code of a record that only waits for an earlier one of its aggregate."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this share of the last records, once there are enough to tell."""

    share: float = 0.2
    least_records: int = 50
    window_records: int = 500


@dataclass(frozen=True, slots=True)
class Tally:
    """Records of a batch that were judged for the first time, and how many of these go to the dead letter."""

    heard: int
    rejected: int


class TooManyDeadLetters(Exception):
    """The batch would cross the limit; nothing of it was written."""

    def __init__(self, heard: int, rejected: int) -> None:
        super().__init__(f"{rejected} of the last {heard} records would go to the dead letter")
        self.heard = heard
        self.rejected = rejected


class Window:
    """The last records of one topic in one process, batch by batch."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._batches: deque[Tally] = deque()
        self._excused: Mapping[int, int] = {}

    def tally(self, readings: Sequence[Reading], rejected: Sequence[Rejected]) -> Tally:
        """What counts of a batch.

        Not what a person sent back from the dead letter, nor what only waits behind something else, nor what was
        excused.
        """
        waiting = {place_of(one.record) for one in rejected if one.code == WAITS_BEHIND}
        counted = {
            place_of(reading.record)
            for reading in readings
            if isinstance(reading, Heard | Rejected) and not reading.replayed and self._counts(reading.record)
        } - waiting
        return Tally(len(counted), sum(place_of(one.record) in counted for one in rejected))

    def check(self, batch: Tally) -> None:
        """Raises TooManyDeadLetters. A batch without dead letters never does."""
        heard = batch.heard + sum(tally.heard for tally in self._batches)
        rejected = batch.rejected + sum(tally.rejected for tally in self._batches)
        if batch.rejected and heard >= self._limit.least_records and rejected > self._limit.share * heard:
            raise TooManyDeadLetters(heard, rejected)

    def add(self, batch: Tally) -> None:
        """The batch is done; what lies further back than the window is forgotten, a batch at a time."""
        self._batches.append(batch)
        while sum(tally.heard for tally in self._batches) - self._batches[0].heard >= self._limit.window_records:
            self._batches.popleft()

    def excuse(self, ends: Mapping[int, int]) -> None:
        """Begins anew; what lies before these offsets, by partition, does not count any more."""
        self._batches.clear()
        self._excused = dict(ends)

    def _counts(self, record: Record) -> bool:
        return record.offset >= self._excused.get(record.partition, 0)
