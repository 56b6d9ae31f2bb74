"""Traces that cross HTTP and Kafka by W3C `traceparent`. Exported when `OTEL_EXPORTER_OTLP_ENDPOINT` is set."""

import os

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_w3c = TraceContextTextMapPropagator()

tracer = trace.get_tracer("chairside")


def configure_traces(service: str, ordinal: str) -> None:
    """Sets the process-wide tracer provider, unless somebody did already."""
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service, SERVICE_INSTANCE_ID: ordinal}))
    if any(os.environ.get(name) for name in _ENDPOINTS):
        # Loads protobuf and an HTTP client of its own, for nothing when nothing is exported.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def current_trace_id() -> str | None:
    """32 hex digits of the trace we are in."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def current_traceparent() -> str | None:
    """The header value that lets a consumer continue this trace; None outside of any trace."""
    carrier: dict[str, str] = {}
    _w3c.inject(carrier)
    return carrier.get("traceparent")


def context_from(traceparent: str | None) -> Context:
    """The context to start a span in; a missing or unreadable header starts a trace of its own."""
    return _w3c.extract({"traceparent": traceparent} if traceparent else {}, Context())
