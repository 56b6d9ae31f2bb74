"""Prometheus metrics. Labels are topics, codes, route templates: never an id, and nothing about a patient."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_LATENCIES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CONSUMER_LAG = Gauge(
    "chairside_consumer_lag_records", "Records not yet handled", ["topic", "partition"], registry=REGISTRY
)
OUTBOX_DEPTH = Gauge("chairside_outbox_documents", "Outbox documents not yet published", registry=REGISTRY)
OUTBOX_OLDEST_AGE_S = Gauge(
    "chairside_outbox_oldest_age_seconds", "Age of the oldest outbox document, 0 when empty", registry=REGISTRY
)
DEAD_LETTERS = Counter("chairside_dead_letters", "Records set aside", ["topic", "code"], registry=REGISTRY)
CONSUMER_STOPPED = Gauge(
    "chairside_consumer_stopped",
    "1 while the dead-letter limit keeps a topic from being taken",
    ["topic"],
    registry=REGISTRY,
)
CONSUMER_STALLED = Gauge(
    "chairside_consumer_stalled",
    "1 while a topic has records and its consumer does not move",
    ["topic"],
    registry=REGISTRY,
)
OUTBOX_STALLED = Gauge(
    "chairside_outbox_stalled", "1 while the oldest outbox document is older than it may be", registry=REGISTRY
)
HANDLER_SECONDS = Histogram(
    "chairside_handler_seconds", "Time to handle a batch", ["topic"], buckets=_LATENCIES_S, registry=REGISTRY
)
EVENTS_PUBLISHED = Counter("chairside_events_published", "Events acknowledged", ["topic"], registry=REGISTRY)
RENDERED_WITHOUT = Counter(
    "chairside_rendered_without", "Documents made without something that they should have", ["what"], registry=REGISTRY
)
JOB_ATTEMPTS = Counter(
    "chairside_job_attempts",
    "Attempts at work in the world outside, by how they ended; `failed` and `set-aside`: given up, and why",
    ["kind", "outcome", "reason"],
    registry=REGISTRY,
)
UNBILLED_ITEMS = Gauge(
    "chairside_unbilled_items",
    "Items that were treated and are not billed, as of the last check",
    ["state"],
    registry=REGISTRY,
)
COMPLETENESS_CHECKED_AT = Gauge(
    "chairside_completeness_checked_timestamp_seconds",
    "When the last check of this process began, since 1970; 0 where another process checks",
    registry=REGISTRY,
)
PAYOUTS = Gauge(
    "chairside_payouts", "Payouts of Stripe; `differs`: not what the payments say", ["state"], registry=REGISTRY
)
REGISTER_DIFFERENCES = Gauge(
    "chairside_register_differences",
    "Cash of yesterday that payments and registers do not agree on, and deposits that no bank statement has",
    ["what"],
    registry=REGISTRY,
)
HTTP_UNREAD = Counter(
    "chairside_http_unread", "Requests refused before their head was read, by the reason", ["code"], registry=REGISTRY
)
HTTP_SECONDS = Histogram(
    "chairside_http_request_seconds",
    "Time to answer a request",
    ["method", "route", "status"],
    buckets=_LATENCIES_S,
    registry=REGISTRY,
)
