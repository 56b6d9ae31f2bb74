"""A job: work in the world outside, to be done once, by whoever claims it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

JobKind = Literal["render", "mail"]
MAX_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Job:
    """A claim moves `due_at` into the future: when its holder dies, the job is due again by itself.

    `attempts` counts claims, so that a job that kills its worker comes to an end as well.
    """

    job_id: str
    kind: JobKind
    subject_id: str
    content: str
    queued_at: datetime
    due_at: datetime
    attempts: int = 0
    claim: str | None = None
    traceparent: str | None = None


def pause_before_next(attempts: int, first: timedelta) -> timedelta:
    """Doubled with each attempt, five minutes at most."""
    doublings = min(max(attempts - 1, 0), 20)
    return min(first * (1 << doublings), max(first, MAX_PAUSE))
