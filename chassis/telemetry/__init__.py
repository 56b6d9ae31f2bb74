"""What a service tells about itself: logs, traces and metrics, none of which may name a patient."""

from stamina.instrumentation import set_on_retry_hooks

from chassis.settings import Settings
from chassis.telemetry.logs import configure_logs, log_retry
from chassis.telemetry.metrics import (
    COMPLETENESS_CHECKED_AT,
    CONSUMER_LAG,
    CONSUMER_STALLED,
    CONSUMER_STOPPED,
    DEAD_LETTERS,
    EVENTS_PUBLISHED,
    HANDLER_SECONDS,
    HTTP_SECONDS,
    HTTP_UNREAD,
    JOB_ATTEMPTS,
    OUTBOX_DEPTH,
    OUTBOX_OLDEST_AGE_S,
    OUTBOX_STALLED,
    REGISTRY,
    UNBILLED_ITEMS,
)
from chassis.telemetry.traces import configure_traces, context_from, current_trace_id, current_traceparent, tracer

__all__ = [
    "COMPLETENESS_CHECKED_AT",
    "CONSUMER_LAG",
    "CONSUMER_STALLED",
    "CONSUMER_STOPPED",
    "DEAD_LETTERS",
    "EVENTS_PUBLISHED",
    "HANDLER_SECONDS",
    "HTTP_SECONDS",
    "HTTP_UNREAD",
    "JOB_ATTEMPTS",
    "OUTBOX_DEPTH",
    "OUTBOX_OLDEST_AGE_S",
    "OUTBOX_STALLED",
    "REGISTRY",
    "UNBILLED_ITEMS",
    "configure",
    "context_from",
    "current_trace_id",
    "current_traceparent",
    "tracer",
]


def configure(settings: Settings) -> None:
    """Once at the start of a process, before anything is logged."""
    configure_logs(settings.service, settings.log_level)
    set_on_retry_hooks([log_retry])
    configure_traces(settings.service, settings.ordinal)
