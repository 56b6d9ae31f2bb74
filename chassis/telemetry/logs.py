"""One JSON line to stdout for everything that is logged, ours through structlog and the libraries' through logging."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from stamina.instrumentation import RetryDetails

from chassis.telemetry.privacy import describe, traceback_of, without_patients
from chassis.telemetry.repeats import Repeats

# Below a warning these tell addresses with query strings, commands or records.
_TALKATIVE = ("aiokafka", "asyncio", "httpcore2", "httpx2", "pymongo", "stripe", "faststream")

_Event = MutableMapping[str, Any]


def configure_logs(service: str, level: str) -> None:
    """Replaces whatever handlers the root logger has; uvicorn's records come the same way."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace_ids,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _of_service(service),
                _errors,
                without_patients,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    handler.addFilter(Repeats("aiokafka"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def _of_service(service: str) -> structlog.typing.Processor:
    def add(_logger: Any, _method: str, event: _Event) -> _Event:
        event["service"] = service
        return event

    return add


def _trace_ids(_logger: Any, _method: str, event: _Event) -> _Event:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def _errors(_logger: Any, _method: str, event: _Event) -> _Event:
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else sys.exc_info()[1]
    if info and error is not None:
        event["error"] = type(error).__name__
        event["traceback"] = traceback_of(error)
    return event


def log_retry(details: RetryDetails) -> None:
    """Instead of stamina's own hook, which logs arguments and the text of the error."""
    structlog.get_logger(__name__).warning(
        "will-retry", attempt=details.retry_num, wait_s=details.wait_for, error=describe(details.caused_by)
    )
