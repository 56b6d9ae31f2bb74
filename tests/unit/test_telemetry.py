"""What a service tells about itself names no patient."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx2
import pytest
import structlog
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from prometheus_client import generate_latest
from pydantic import BaseModel

from chassis.settings import Settings
from chassis.telemetry import REGISTRY, configure, context_from, current_trace_id, current_traceparent, tracer
from chassis.telemetry.privacy import MASK, describe, personal, plain, traceback_of
from kernel.errors import BusinessError
from tests.parts.web import app_of, client_of

SETTINGS = Settings(service="test", jwks_url="http://127.0.0.1:9/jwks.json", issuer="nobody", ordinal="7")
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SECRET = "Łucja Øster"


@dataclass
class Patient:
    patient_id: str
    name: str


class Named(BaseModel):
    name: int


PERSONAL = """
name patient_name patientName PATIENT_NAME email billing.email address address_lines phone
phone_number birth_date birthDate iban payer_iban postal_code city member_id password authorization
token recipient
"""
IMPERSONAL = """
patient_id invoice_id topic topic_name partition offset code status hostname filename event logger
renamed amount_minor capacity discard duration_ms
"""


@pytest.fixture
def log_lines() -> Iterator[Any]:
    """Configures the logs as a service does, and reads them back."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    configure(SETTINGS)
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stdout
    written = io.StringIO()
    handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What would be exported."""
    configure(SETTINGS)
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


@pytest.mark.parametrize("key", PERSONAL.split())
def test_keys_that_could_tell_about_a_patient_are_personal(key: str) -> None:
    assert personal(key)


@pytest.mark.parametrize("key", IMPERSONAL.split())
def test_keys_of_things_are_not(key: str) -> None:
    assert not personal(key)


def test_what_is_nested_is_masked_and_ids_stay() -> None:
    event = {
        "patient": {"patient_id": "pat-77", "name": SECRET, "address": {"city": "Berlin"}},
        "rows": [{"email": "x"}],
    }
    assert plain(event) == {
        "patient": {"patient_id": "pat-77", "name": MASK, "address": MASK},
        "rows": [{"email": MASK}],
    }


def test_an_object_is_only_its_type() -> None:
    assert plain([Patient("pat-77", SECRET), datetime(2026, 11, 20, tzinfo=UTC)]) == [
        "<Patient>",
        "2026-11-20T00:00:00+00:00",
    ]


@given(local=st.from_regex(r"[a-z0-9.+]{1,20}", fullmatch=True), around=st.sampled_from(["{}", "to <{}>", "({}), x"]))
def test_an_address_in_a_text_is_masked(local: str, around: str) -> None:
    assert local + "@" not in plain(around.format(f"{local}@clinic.example"))


def test_errors_that_quote_data_are_named_but_not_quoted() -> None:
    with pytest.raises(ValueError, match="validation error") as quoting:
        Named.model_validate({"name": SECRET})
    assert describe(quoting.value) == "ValidationError: 1 in Named"
    assert describe(KeyError(SECRET)) == "KeyError"
    assert describe(ConnectionRefusedError("127.0.0.1:9092")) == "ConnectionRefusedError: 127.0.0.1:9092"
    assert describe(BusinessError("code", "day d-1 is open")) == "BusinessError: day d-1 is open"


def test_a_traceback_shows_the_way_and_the_cause_without_the_values() -> None:
    try:
        try:
            Named.model_validate({"name": SECRET})
        except ValueError as cause:
            raise LookupError(SECRET) from cause
    except LookupError as error:
        lines = traceback_of(error)
    assert SECRET not in str(lines)
    assert [line for line in lines if ":" not in line or line.startswith("Val")] == [
        "ValidationError: 1 in Named",
        "LookupError",
    ]
    assert any("test_telemetry.py" in line for line in lines)


def test_a_log_line_is_json_with_service_level_and_trace(log_lines: Any) -> None:
    with tracer.start_as_current_span("work"):
        structlog.get_logger("here").info("invoice-drafted", invoice_id="inv-1", patient_name=SECRET)
        trace_id = current_trace_id()
    (line,) = log_lines()
    expected = {
        "event": "invoice-drafted",
        "level": "info",
        "service": "test",
        "logger": "here",
        "invoice_id": "inv-1",
        "patient_name": MASK,
        "trace_id": trace_id,
    }
    assert line.items() >= expected.items()


def test_what_libraries_log_comes_the_same_way(log_lines: Any) -> None:
    logging.getLogger("uvicorn.error").warning("to %s", "lucja@example.org")
    logging.getLogger("httpx2").info("GET https://stripe.example?email=x")
    (line,) = log_lines()
    assert (line["event"], line["level"], line["service"]) == (f"to {MASK}", "warning", "test")


def test_a_logged_error_keeps_its_place_and_loses_its_values(log_lines: Any) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed too")
    ours, theirs = log_lines()
    assert ours["error"] == theirs["error"] == "ValueError"
    assert "test_a_logged_error" in ours["traceback"][0]
    assert SECRET not in str((ours, theirs))


def test_a_trace_goes_on_from_its_traceparent() -> None:
    configure(SETTINGS)
    with tracer.start_as_current_span("handle", context=context_from(PARENT)):
        assert current_trace_id() == PARENT.split("-")[1]
        assert (current_traceparent() or "").startswith(PARENT[:36])


@pytest.mark.parametrize("header", [None, "", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "00-zz-zz-01"])
def test_an_unreadable_traceparent_starts_a_trace_of_its_own(header: str | None) -> None:
    configure(SETTINGS)
    with tracer.start_as_current_span("outer"):
        outer = current_trace_id()
        with tracer.start_as_current_span("handle", context=context_from(header)):
            assert current_trace_id() not in (None, outer)


def test_spans_go_to_the_collector_that_the_standard_variable_names() -> None:
    received: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(f"{self.path} {b'over-there' in body}")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """The test looks at what came."""

    program = (
        "from opentelemetry import trace; from chassis.telemetry.traces import configure_traces, tracer;"
        "configure_traces('over-there', '0'); tracer.start_span('work').end(); trace.get_tracer_provider().shutdown()"
    )
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        serving = Thread(target=server.handle_request)
        serving.start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "NO_PROXY": "127.0.0.1"}
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)
        serving.join()
    assert received == ["/v1/traces True"]


def test_outside_of_a_trace_there_is_no_traceparent() -> None:
    assert current_traceparent() is None
    assert current_trace_id() is None


routes = APIRouter(prefix="/patients")


@routes.get("/{patient_id}")
async def patient(patient_id: str, q: str | None = None) -> str | None:
    if q == "fail":
        raise ValueError(SECRET)
    return current_traceparent()


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_of(SETTINGS, routes)) as client:
        yield client


async def test_a_request_is_one_span_of_the_callers_trace(
    client: httpx2.AsyncClient, spans: InMemorySpanExporter
) -> None:
    answer = await client.get("/patients/pat-77?q=Lucja", headers={"traceparent": PARENT})
    (span,) = spans.get_finished_spans()
    assert span.context
    assert span.parent
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]
    assert (span.name, span.kind) == ("GET /patients/{patient_id}", SpanKind.SERVER)
    assert f"{span.context.span_id:016x}" in answer.json()
    assert "Lucja" not in whole(span)


async def test_a_failed_request_leaves_no_values_in_its_span(
    client: httpx2.AsyncClient, spans: InMemorySpanExporter
) -> None:
    await client.get("/patients/pat-77?q=fail")
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok
    assert SECRET not in whole(span)


def whole(span: ReadableSpan) -> str:
    return json.dumps(json.loads(span.to_json()), ensure_ascii=False)


async def test_the_access_log_has_no_query_and_no_unmatched_path(client: httpx2.AsyncClient, log_lines: Any) -> None:
    await client.get("/patients/pat-77?q=Lucja")
    await client.get("/Lucja/Oester")
    lines = log_lines()
    assert [(line["event"], line["route"], line["status"]) for line in lines] == [
        ("request", "/patients/{patient_id}", 200),
        ("request", "unmatched", 404),
    ]
    assert "Lucja" not in str(lines)


def test_no_metric_has_a_label_that_could_name_a_person() -> None:
    labels = {label for family in REGISTRY.collect() for sample in family.samples for label in sample.labels}
    assert not [label for label in labels if personal(label) or label.endswith("_id")]
    assert b"chairside_outbox_oldest_age_seconds" in generate_latest(REGISTRY)
