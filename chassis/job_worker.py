"""Works off jobs, so that one that is slow, or never comes to an end, holds up nobody else's."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol

import structlog

from chassis.jobs import Busy, ClaimLost, Job, Jobs, K, pause_before_next
from chassis.messaging.batch import TECHNICAL
from chassis.tasks import ended
from chassis.telemetry import JOB_ATTEMPTS
from kernel.errors import BusinessError

log = structlog.get_logger(__name__)
AFTER_TROUBLE = timedelta(seconds=2)


class JobFailed(Exception):
    """This attempt was in vain; `reason` is a stable code, and `final` says that no other would be better."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class JobWaits(Exception):
    """What it needs is not there yet: no attempt, to be looked at again after `pause`."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__(str(pause))
        self.pause = pause


class Unavailable(Exception):
    """What does the work is away. Nothing is wrong with the job: it is tried as often as it takes."""


class Work(Protocol[K]):
    """What is done with a job, and what is written when it is given up.

    `__call__` raises JobFailed, JobWaits and Unavailable; any other error is the job's own and counts as an attempt,
    unless it is the database's or the network's. Both end with `jobs.done`.
    """

    async def __call__(self, job: Job[K]) -> None: ...

    async def give_up(self, job: Job[K], reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """`at_once` jobs of a worker side by side, of which a clinic has at most `a_clinic`, and a lane `a_lane`."""

    attempts: int
    first_pause: timedelta
    at_once: int = 1
    a_clinic: int = 1
    a_lane: int = 1

    @classmethod
    def leaving_room(cls, attempts: int, first_pause: timedelta, at_once: int) -> "Limits":
        """No clinic has more than half of what runs side by side, and no lane more than a quarter."""
        return cls(attempts, first_pause, at_once, max(1, at_once // 2), max(1, at_once // 4))


class JobWorker(Generic[K]):
    """Claims one job after the other; other processes may do the same.

    However many jobs may be in hand side by side, only one look is made every `poll_s` while there is nothing to do,
    and fewer while this process writes nothing (`chassis.pace`). What it queues itself is taken at once.
    """

    def __init__(self, kind: K, jobs: Jobs[K], work: Work[K], limits: Limits, *, poll_s: float) -> None:
        self._kind = kind
        self._jobs = jobs
        self._work = work
        self._limits = limits
        self._looks = jobs.looks_for(kind, poll_s)
        self._in_hand: list[Job[K]] = []
        self._claiming = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        names = [f"{self._kind}-{n}" for n in range(self._limits.at_once)]
        self._tasks = [asyncio.create_task(self._run(), name=name) for name in names]

    async def stop(self) -> None:
        """Lets go of what is in hand: the next worker takes it at once."""
        self._stopping = True
        await ended(*self._tasks)

    async def _run(self) -> None:
        while not self._stopping:  # a cancellation alone may be lost in the driver
            job = await self._claim_in_turn()
            if job is not None:
                with self._taken(job):
                    await self._do(job)

    async def _claim_in_turn(self) -> Job[K] | None:
        """One at a time, so that no two find the same clinic with room for one more.

        Who finds nothing rests while it is still their turn, until there may be something: the others need not look.
        """
        async with self._claiming:
            self._looks.begin()
            job = await self._claim()
            if job is not None:
                self._in_hand.append(job)
            else:
                await self._looks.next()
            return job

    async def _claim(self) -> Job[K] | None:
        try:
            return await self._jobs.claim(self._kind, self._busy())
        except Exception:
            log.warning("jobs-not-read", kind=self._kind, exc_info=True)
            return None

    def _busy(self) -> Busy:
        clinics = Counter(job.clinic_id for job in self._in_hand)
        lanes = Counter(job.lane for job in self._in_hand if job.lane)
        return Busy(
            [clinic for clinic, count in clinics.items() if count >= self._limits.a_clinic],
            [lane for lane, count in lanes.items() if count >= self._limits.a_lane],
        )

    @contextmanager
    def _taken(self, job: Job[K]) -> Iterator[None]:
        try:
            yield
        finally:
            self._in_hand.remove(job)
            self._looks.now()

    async def _do(self, job: Job[K]) -> None:
        """No error ends the worker. If it cannot even be put back, the job is due again when the claim ends."""
        try:
            await self._attempt(job)
        except ClaimLost:
            self._ended(job, "lost")
        except asyncio.CancelledError:
            # It counts: what makes its process end each time must come to an end.
            self._ended(job, "interrupted")
            await self._jobs.again(job, timedelta(0))
            raise
        except Exception:
            log.warning("job-not-put-back", job=job.job_id, exc_info=True)

    async def _attempt(self, job: Job[K]) -> None:
        try:
            async with self._jobs.holding(job):
                if job.attempts > self._limits.attempts:
                    # Its worker ended each time, so nobody was left to say so.
                    raise JobFailed(f"{self._kind}-interrupted", final=True)
                await self._work(job)
        except ClaimLost:
            raise
        except JobWaits as waits:
            await self._jobs.again(job, waits.pause, count=False)
        except (Unavailable, *TECHNICAL) as trouble:
            await self._try_later(job, trouble)
        except Exception as error:
            await self._failed(job, error)
        else:
            self._ended(job, "done")

    async def _failed(self, job: Job[K], error: Exception) -> None:
        reason, final = _judged(error)
        expected = isinstance(error, JobFailed)
        log.warning("job-failed", job=job.job_id, reason=reason, attempt=job.attempts, exc_info=not expected)
        if not final and job.attempts < self._limits.attempts:
            self._ended(job, "again", reason)
            await self._jobs.again(job, pause_before_next(job.attempts, self._limits.first_pause))
        else:
            await self._give_up(job, reason)

    async def _give_up(self, job: Job[K], reason: str) -> None:
        try:
            async with self._jobs.holding(job):
                await self._work.give_up(job, reason)
        except ClaimLost:
            raise
        except (Unavailable, *TECHNICAL) as trouble:
            await self._try_later(job, trouble)
        except Exception:
            log.exception("job-set-aside", job=job.job_id, reason=reason)
            self._ended(job, "set-aside", reason)
            await self._jobs.set_aside(job, reason)
        else:
            self._ended(job, "failed", reason)

    async def _try_later(self, job: Job[K], trouble: Exception) -> None:
        log.warning("job-will-be-tried-again", job=job.job_id, exc_info=trouble)
        self._ended(job, "unavailable", type(trouble).__name__)
        await self._jobs.again(job, AFTER_TROUBLE, count=False)

    def _ended(self, job: Job[K], outcome: str, reason: str = "") -> None:
        JOB_ATTEMPTS.labels(job.kind, outcome, reason).inc()


def _judged(error: Exception) -> tuple[str, bool]:
    """The reason, and whether another attempt is in vain."""
    if isinstance(error, JobFailed):
        return error.reason, error.final
    if isinstance(error, BusinessError):
        return error.code, False
    return f"error-{type(error).__name__}", False
