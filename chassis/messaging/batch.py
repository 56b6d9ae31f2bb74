"""A batch as a handler sees it: what may be handled, in order, and where each record's own fault goes."""

import errno
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import structlog
from aiokafka.errors import KafkaError

from chassis.database.mongo import DriverError, is_refused_data
from chassis.messaging.limit import HANDLER_FAILED, WAITS_BEHIND
from chassis.messaging.outbox import Unit
from chassis.messaging.reading import Heard, Place, Reading, Record, Rejected, aggregate_of, place_of
from contracts.envelope import Event
from kernel.errors import BusinessError

log = structlog.get_logger(__name__)
E = TypeVar("E", bound=Event)
TECHNICAL = (DriverError, KafkaError, OSError, TimeoutError)
NUMBERS_OF_DATA = frozenset({errno.EINVAL, errno.EOVERFLOW, errno.EILSEQ, errno.ENAMETOOLONG, errno.EDOM, errno.ERANGE})
"""What the system says of a value that is none: a time beyond the calendar, a name that is too long."""


def is_technical(error: BaseException) -> bool:
    """Whether the record is not to blame, so that it is tried again; see TECHNICAL for what a service waits for."""
    if isinstance(error, OSError) and error.errno in NUMBERS_OF_DATA:
        return False
    return isinstance(error, TECHNICAL) and not is_refused_data(error)


class Batch(Generic[E]):
    """The records of one batch that may be handled, within its transaction, in their order.

    `attempt` is 0 at first; it is higher when a business key was there already: then look before you insert.
    """

    def __init__(
        self,
        unit: Unit,
        readings: Sequence[Reading],
        parked: Mapping[str, Collection[Place]],
        subject: Callable[[E], str],
        attempt: int,
    ) -> None:
        self.unit = unit
        self.attempt = attempt
        self.events: list[E] = [reading.event for reading in readings if isinstance(reading, Heard)]
        """Everything readable, also what will have to wait: to look up, before judging, what it is about."""
        self._readings = readings
        self._parked = {id_: set(places) for id_, places in parked.items()}
        self._subject = subject
        self._rejected = {place_of(r.record): r for r in readings if isinstance(r, Rejected)}

    def __iter__(self) -> Iterator[Heard[E]]:
        for reading in self._readings:
            if isinstance(reading, Rejected) and reading.subject is not None:
                self._park(reading.record, reading.subject)
            elif isinstance(reading, Heard) and not (self._rejected and place_of(reading.record) in self._rejected):
                if self._parked and not reading.replayed and self._waits(reading):
                    subject = self._subject(reading.event)
                    self._reject(reading, WAITS_BEHIND, f"an earlier record of {subject} is in the dead letter")
                else:
                    yield reading

    @property
    def rejected(self) -> list[Rejected]:
        """What goes to the dead letter, in the order of the topic."""
        return [self._rejected[place] for place in sorted(self._rejected)]

    def judging(self, heard: Heard[E]) -> "_Guard[E]":
        """Context: whatever is wrong with this one record costs only this one; technical failures go through."""
        return _Guard(self, heard)

    def failed(self, heard: Heard[E], error: Exception) -> None:
        """Sends one record to the dead letter."""
        if isinstance(error, BusinessError):
            self._reject(heard, error.code, error.message)
        else:
            log.error("handler-failed", topic=heard.record.topic, offset=heard.record.offset, exc_info=error)
            self._reject(heard, HANDLER_FAILED, type(error).__name__)

    def _reject(self, heard: Heard[E], code: str, message: str) -> None:
        subject = self._subject(heard.event)
        self._park(heard.record, subject)
        self._rejected[place_of(heard.record)] = Rejected(heard.record, code, message, subject, heard.replayed)

    def _park(self, record: Record, subject: str) -> None:
        self._parked.setdefault(aggregate_of(record, subject), set()).add(place_of(record))

    def _waits(self, heard: Heard[E]) -> bool:
        """Whether something before the record is parked. What comes before that is only delivered once more."""
        record = heard.record
        places = self._parked.get(aggregate_of(record, self._subject(heard.event)), ())
        return any(partition != record.partition or offset < record.offset for partition, offset in places)


class _Guard(Generic[E]):
    """A class, since contextlib's generators cost more than drafting a line."""

    __slots__ = ("_batch", "_heard")

    def __init__(self, batch: Batch[E], heard: Heard[E]) -> None:
        self._batch = batch
        self._heard = heard

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, Exception) or is_technical(error):
            return False
        self._batch.failed(self._heard, error)
        return True
