"""What is to be done in the world outside: one render job a document, one mail job a delivery."""

from datetime import datetime, timedelta
from typing import Literal

from chassis.jobs import Job, Jobs
from documents.domain.deliveries.delivery import Delivery
from documents.domain.documents.document import Source
from documents.usecases.documents.sources import subject_of
from kernel.ids import derived_id

JobKind = Literal["render", "mail"]
DocumentJob = Job[JobKind]
DocumentJobs = Jobs[JobKind]


def render_job(source: Source, now: datetime, traceparent: str | None, wait: timedelta = timedelta()) -> DocumentJob:
    """One a document: another for the same source takes its place."""
    return Job(
        job_id=derived_id("job", source.kind, source.source_id),
        kind="render",
        clinic_id=source.clinic_id,
        subject_id=subject_of(source),
        content=source.content,
        queued_at=now,
        due_at=now + wait,
        traceparent=traceparent,
    )


def mail_job(delivery: Delivery, destination: str, traceparent: str | None) -> DocumentJob:
    """`destination` is what its recipient's mail goes through: a slow one holds up no other."""
    return Job(
        job_id=derived_id("job", "mail", delivery.delivery_id),
        kind="mail",
        clinic_id=delivery.clinic_id,
        subject_id=delivery.delivery_id,
        content=delivery.delivery_id,
        queued_at=delivery.requested_at,
        due_at=delivery.requested_at,
        lane=destination,
        traceparent=traceparent,
    )
