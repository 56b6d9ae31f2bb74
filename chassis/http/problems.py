"""Problem details of RFC 9457: what every refusal over HTTP looks like."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One input that does not fit. The input itself is never repeated."""

    field: str = Field(description="JSON pointer into the body, or the name of the header or parameter")
    message: str = Field(description="what is wrong with it, in English")
    code: str | None = Field(default=None, description="stable, where a rule of the business said no")


class Problem(BaseModel):
    """RFC 9457 problem details with a stable `code` that programs can rely on."""

    type: str = Field(description="a URN made of the code", examples=["urn:chairside:problem:version-stale"])
    title: str = Field(description="the code as words", examples=["Version stale"])
    status: int = Field(description="the HTTP status of the answer", examples=[412])
    detail: str = Field(description="what happened, in English, with ids but never with a person's data")
    code: str = Field(description="stable and kebab-case: what a program looks at", examples=["version-stale"])
    instance: str = Field(description="names this very occurrence in the logs", examples=["urn:trace:4bf92f3577b3"])
    field: str | None = Field(default=None, description="JSON pointer into the body, or a header or parameter")
    errors: list[FieldError] | None = Field(default=None, description="each input that does not fit, fifty at most")


class HttpProblem(Exception):
    """A refusal that only exists over HTTP: no rule of the business was asked.

    `more` are further members of the document (RFC 9457, section 3.2).
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.errors = errors
        self.headers = headers
        self.more = more or {}


def answer(problem: HttpProblem, trace_id: str, **more: Any) -> Response:
    """The problem as an HTTP response; `more` are further members of the document."""
    document = Problem(
        type=f"urn:chairside:problem:{problem.code}",
        title=title_of(problem.code),
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
        instance=f"urn:trace:{trace_id}",
        field=problem.field,
        errors=list(problem.errors) or None,
    ).model_dump(exclude_none=True)
    # ASCII: a lone surrogate in a field name must not break the answer that complains about it.
    body = json.dumps({**document, **problem.more, **more}).encode("ascii")
    return Response(body, problem.status, dict(problem.headers or {}), MEDIA_TYPE)


def title_of(code: str) -> str:
    """The code as words: `version-stale` is "Version stale"."""
    return code.replace("-", " ").capitalize()


def phrase(status: int) -> str:
    """The standard reason phrase of a status."""
    return HTTPStatus(status).phrase
