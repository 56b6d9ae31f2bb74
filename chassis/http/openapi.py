"""Says in the OpenAPI document how requests are refused: FastAPI only knows its own validation error."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from chassis.http.examples import share_examples
from chassis.http.gate import guards_of
from chassis.http.problems import MEDIA_TYPE, Problem, title_of

_REF = "#/components/schemas/{model}"
_METHODS = frozenset({"get", "put", "post", "patch", "delete"})
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

Responses = dict[int | str, dict[str, Any]]


def problems(codes: Mapping[int, Sequence[str]]) -> Responses:
    """The refusals of a route, by status, for FastAPI's `responses`.

        @routes.post(path, responses=problems({404: ["invoice-unknown"], 409: ["illegal-transition"]}))

    What every route of a kind refuses is added by itself: 401 and 403 for the token, 400 and 422 for an input that does
    not fit, 503 for a database that does not answer, and what a bad Idempotency-Key, If-Match or cursor is answered
    with. Name the codes of the route's own.
    Raises ValueError for a status that is no refusal and for a code that is not kebab-case.
    """
    return {status: _response(status, named) for status, named in codes.items()}


def document_problems(app: FastAPI) -> None:
    """Replaces the document builder of the application by one whose every operation names its problems."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            plain = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            whole = _with_roles(_with_problems(_with_whole_examples(plain, app)), app)
            app.openapi_schema = share_examples(whole)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _with_whole_examples(document: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    """The examples of answers as their routes give them: FastAPI leaves out every field that is null."""
    for route in iter_route_contexts(app.routes):
        for method in (route.methods or set()) if route.path_format in document["paths"] else ():
            answers = document["paths"][route.path_format].get(method.lower(), {}).get("responses", {})
            for status, response in (route.responses or {}).items():
                for media_type, content in response.get("content", {}).items():
                    if "example" in content and str(status) in answers:
                        answers[str(status)]["content"][media_type]["example"] = content["example"]
    return document


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template=_REF)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= {**schema.pop("$defs"), "Problem": schema}
    for path in document.get("paths", {}).values():
        for method in _METHODS & path.keys():
            path[method]["responses"] = _with_common(path[method])
    return document


def _with_roles(document: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    """`x-roles` of an operation: the roles of a token of which one is enough."""
    for route in iter_route_contexts(app.routes):
        operations = document["paths"].get(route.path_format, {})
        guards = list(guards_of(route.dependant)) if operations else []
        for method in (route.methods or set()) if guards else ():
            if method.lower() in operations:
                operations[method.lower()]["x-roles"] = guards[0].holders()
    return document


def _with_common(operation: dict[str, Any]) -> dict[str, Any]:
    """The responses that the route names, and those of every route of its kind; sorted, `default` last."""
    common = _common(operation)
    named = {
        status: response
        for status, response in operation["responses"].items()
        if status != "422" or _is_problem(response)  # FastAPI's own, which none of our routes answers
    }
    both = {str(status): _merged(status, codes, named.get(str(status))) for status, codes in common.items()}
    default = {"description": "Refused, with a stable `code`", "content": _content({})}
    return dict(sorted({**named, **both, "default": default}.items()))


def _common(operation: dict[str, Any]) -> dict[int, list[str]]:
    """The codes that follow from what the operation takes."""
    headers = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "header"}
    codes: dict[int, list[str]] = defaultdict(list, {422: ["invalid-request"], 503: ["store-unavailable"]})
    if operation.get("security"):
        codes[401] += ["token-missing", "token-expired", "token-invalid", "token-type"]
        codes[403].append("role-missing")
        codes[429].append("too-many-requests")
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        codes[400] += ["malformed-json", "malformed-body"]
    if "Idempotency-Key" in headers:
        codes[400] += ["idempotency-key-missing", "idempotency-key-malformed"]
        codes[404].append("not-found")
        codes[409].append("idempotency-key-reused")
    if "If-Match" in headers:
        codes[400].append("if-match-malformed")
        codes[412].append("version-stale")
        if headers["If-Match"].get("description", "").startswith("required"):
            codes[428].append("precondition-required")
    if any(one["in"] == "query" and one["name"] == "cursor" for one in operation.get("parameters", ())):
        codes[400].append("cursor-invalid")
    return codes


def _merged(status: int, common: Sequence[str], named: dict[str, Any] | None) -> dict[str, Any]:
    """Only a route's own codes come with examples: the others are the same everywhere."""
    own = named["content"][MEDIA_TYPE].get("examples", {}) if named and _is_problem(named) else {}
    codes = [*own, *(code for code in common if code not in own)]
    return _response(status, codes, own)


def _is_problem(response: dict[str, Any]) -> bool:
    return MEDIA_TYPE in response.get("content", {})


def _response(status: int, codes: Sequence[str], examples: dict[str, Any] | None = None) -> dict[str, Any]:
    wrong = [code for code in codes if _CODE.fullmatch(code) is None]
    if not 400 <= status < 600 or wrong or not codes:
        raise ValueError(f"no refusals: {status} {wrong or list(codes)}")
    if examples is None:
        examples = {code: {"value": _example(status, code)} for code in codes}
    named = ", ".join(f"`{code}`" for code in codes)
    return {"description": f"Refused: {named}", "content": _content({"examples": examples} if examples else {})}


def _content(more: dict[str, Any]) -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}, **more}}


def _example(status: int, code: str) -> dict[str, Any]:
    """A problem without its `detail`, which holds the ids of the request."""
    problem = Problem(
        type=f"urn:chairside:problem:{code}",
        title=title_of(code),
        status=status,
        detail="…",
        code=code,
        instance="urn:trace:4bf92f3577b34da6a3ce929d0e0e4736",
    )
    return problem.model_dump(exclude_none=True)
