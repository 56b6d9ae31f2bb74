"""Every refusal becomes a problem document: of the business, of the input, of the routing."""

from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as RoutingException

from chassis.database.mongo import DriverError
from chassis.database.outages import is_outage
from chassis.http.choices import kinds_at
from chassis.http.deadline import store_unavailable
from chassis.http.problems import FieldError, HttpProblem, answer, phrase
from kernel.errors import BusinessError, SeveralRefused

log = structlog.get_logger(__name__)
MAX_ERRORS = 50

_CODES = {
    400: "malformed-body",
    404: "route-not-found",
    405: "method-not-allowed",
    408: "body-too-slow",
    413: "body-too-large",
}
# The texts of these quote the input.
_OWN_TEXTS = {
    "uuid_parsing": "Input should be a valid UUID",
    "unexpected_keyword_argument": "Unexpected field",
}
_KIND_UNKNOWN = ("union_tag_invalid", "union_tag_not_found")
"""Of several kinds of a thing the body names none that there is."""


def install(app: FastAPI) -> None:
    """Routes every kind of error that a handler may raise to its problem document."""
    app.add_exception_handler(BusinessError, _business)
    app.add_exception_handler(HttpProblem, _http)
    app.add_exception_handler(DriverError, _store)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(RoutingException, _routing)
    app.add_exception_handler(HTTPException, _routing)


def trace_id_of(request: Request) -> str:
    trace_id: str = request.state.trace_id
    return trace_id


def problem_of(error: BusinessError) -> HttpProblem:
    """How a rule's refusal is told over HTTP."""
    faults = error.faults if isinstance(error, SeveralRefused) else ()
    errors = [FieldError(field=one.field or "", message=one.message, code=one.code) for one in faults[:MAX_ERRORS]]
    return HttpProblem(error.status, error.code, error.message, field=error.field, errors=errors)


async def _business(request: Request, error: Exception) -> Response:
    assert isinstance(error, BusinessError)
    return answer(problem_of(error), trace_id_of(request))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)
    return answer(error, trace_id_of(request))


async def _store(request: Request, error: Exception) -> Response:
    """A database that is gone is told from a call that is wrong, which stays our own fault."""
    if not is_outage(error):
        raise error
    log.warning("store-unavailable", error=type(error).__name__, trace_id=trace_id_of(request))
    return answer(store_unavailable(), trace_id_of(request))


async def _routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, RoutingException)
    status = error.status_code
    code = _CODES.get(status) or phrase(status).lower().replace(" ", "-")
    problem = HttpProblem(status, code, error.detail or phrase(status), headers=error.headers)
    return answer(problem, trace_id_of(request))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        return answer(HttpProblem(400, "malformed-json", "the body is not JSON"), trace_id_of(request))
    errors = [_error(request, one, error.body) for one in found[:MAX_ERRORS]]
    detail = f"{len(found)} of the inputs {'does' if len(found) == 1 else 'do'} not fit"
    problem = HttpProblem(422, "invalid-request", detail, field=errors[0].field if errors else None, errors=errors)
    return answer(problem, trace_id_of(request))


def _error(request: Request, problem: dict[str, Any], body: Any) -> FieldError:
    location = problem["loc"]
    if problem["type"] in _KIND_UNKNOWN:
        chooser = str(problem["ctx"]["discriminator"]).strip("'")
        kinds = kinds_at(request.app.openapi(), request.scope["route"].path, request.method, location[1:])
        choices = ", ".join(repr(kind) for kind in sorted(kinds))
        return FieldError(field=f"{_field(location, body)}/{chooser}", message=f"Input should be one of {choices}")
    return FieldError(field=_field(location, body), message=_text(problem))


def _field(location: Sequence[int | str], body: Any) -> str:
    """A JSON pointer (RFC 6901) for what is in the body, the name for a parameter or header."""
    where, *path = location
    if where != "body":
        return ".".join(map(str, path)) or str(where)
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in _places(path, body))


def _places(path: Sequence[int | str], here: Any) -> Iterator[int | str]:
    """Without the members of unions, which pydantic names too, by a tag or by their model: these are no places.

    Only the last step may name what is not there: a field that is missing.
    """
    for nth, step in enumerate(path, 1):
        if isinstance(here, dict):
            tags = [value for value in here.values() if isinstance(value, str)]
            if step not in here and (step in tags or nth < len(path)):
                continue
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int):
            here = here[step] if step < len(here) else None
        else:
            continue
        yield step


def _text(problem: dict[str, Any]) -> str:
    if problem["type"] == "enum":
        return f"Input should be {problem['ctx']['expected']}"
    return _OWN_TEXTS.get(problem["type"]) or str(problem["msg"])
