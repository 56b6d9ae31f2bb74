"""A clinic at work: sessions at a steady pace, some invoices finalized and paid in cash, whoever is away just then."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from queue import Queue
from threading import Event, Thread
from typing import Any, cast

from tests.compose.running import Running
from tests.faults.clinic import Clinic
from tests.faults.sessions import CODES, SKUS, Session
from tests.faults.stage import Stage

Json = dict[str, Any]
PATIENTS = 97
BILLED = 8
"""One in so many sessions goes on to be paid: its bill and its receipt take a core more than a second to render."""


@dataclass
class Load:
    """Two people work beside the clinical system: one finalizes, one takes the money."""

    running: Running
    clinic_id: str
    pace: float
    published: list[Session] = field(default_factory=list)
    finalized: list[Json] = field(default_factory=list)
    paid: list[Json] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ended = Event()
        self._drafts: Queue[Session | None] = Queue()
        self._due: Queue[Json | None] = Queue()
        # All that a clinic asks of a stage, the running system has.
        self._office, self._till = (Clinic(cast(Stage, self.running), self.clinic_id) for _ in range(2))
        self._threads = [Thread(target=self._noting(work)) for work in (self._publish, self._finalize, self._take)]

    def start(self) -> None:
        self._till.open()
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """No more sessions; returns when the last invoice is paid. Raises what went wrong."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        if self.failed:
            raise self.failed[0]

    def _publish(self) -> None:
        started = time.monotonic()
        for number in count():
            if self._ended.wait(max(0.0, started + number / self.pace - time.monotonic())):
                break
            session = self._session(number)
            self.running.topics.publish([session.completed])
            self.published.append(session)
            if number % BILLED == 0:
                self._drafts.put(session)
        self._drafts.put(None)

    def _finalize(self) -> None:
        while (session := self._drafts.get()) is not None:
            invoice = self._office.finalize(session)
            self.finalized.append(invoice)
            self._due.put(invoice)
        self._due.put(None)

    def _take(self) -> None:
        while (invoice := self._due.get()) is not None:
            self.paid.append(self._till.pay_cash(invoice, invoice["totals"]["due"]["amount_minor"]))

    def _session(self, number: int) -> Session:
        codes = tuple(CODES[(number + more) % len(CODES)] for more in range(1 + number % 2))
        name = f"ses-{self.clinic_id}-{number}"
        return Session(self.clinic_id, name, f"pat-{number % PATIENTS}", 1, codes, SKUS[: number % 2])

    def _noting(self, work: Callable[[], None]) -> Callable[[], None]:
        """What ends a thread ends the load."""

        def noting() -> None:
            try:
                work()
            except BaseException as error:
                self.failed.append(error)
                self._ended.set()
                self._due.put(None)

        return noting
