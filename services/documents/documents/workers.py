"""Works off jobs in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from documents.domain.job import Job, JobKind
from documents.store import ClaimLost, Jobs

log = structlog.get_logger(__name__)
AFTER_TROUBLE = timedelta(seconds=2)


class JobWorker:
    """Claims one job after the other, `at_once` of them side by side; other processes may do the same."""

    def __init__(
        self, kind: JobKind, jobs: Jobs, work: Callable[[Job], Awaitable[None]], *, poll_s: float, at_once: int = 1
    ) -> None:
        self._kind = kind
        self._jobs = jobs
        self._work = work
        self._poll_s = poll_s
        self._at_once = at_once
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(), name=f"{self._kind}-{n}") for n in range(self._at_once)]

    async def stop(self) -> None:
        """Lets go of what is in hand: the next worker takes it at once."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping:  # a cancellation alone may be lost in the driver
            try:
                job = await self._jobs.claim(self._kind)
            except Exception:
                log.warning("jobs-not-read", kind=self._kind, exc_info=True)
                job = None
            if job is None:
                await asyncio.sleep(self._poll_s)
            else:
                await self._do(job)

    async def _do(self, job: Job) -> None:
        try:
            async with self._jobs.holding(job):
                await self._work(job)
        except ClaimLost:
            log.info("claim-lost", job=job.job_id)
        except asyncio.CancelledError:
            await self._jobs.again(job, timedelta(0), count=False)
            raise
        except Exception:
            log.warning("job-will-be-tried-again", job=job.job_id, exc_info=True)
            await self._put_back(job)

    async def _put_back(self, job: Job) -> None:
        """Nothing is wrong with the job itself. If this fails as well, it is due again when the claim ends."""
        try:
            await self._jobs.again(job, AFTER_TROUBLE, count=False)
        except Exception:
            log.warning("job-not-put-back", job=job.job_id, exc_info=True)
