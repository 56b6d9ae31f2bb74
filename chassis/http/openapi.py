"""Says in the OpenAPI document how requests are refused: FastAPI only knows its own validation error."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chassis.http.problems import MEDIA_TYPE, Problem

_REF = "#/components/schemas/{model}"
_METHODS = frozenset({"get", "put", "post", "patch", "delete"})


def document_problems(app: FastAPI) -> None:
    """Replaces the document builder of the application by one whose every operation names its problems."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template=_REF)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= {**schema.pop("$defs"), "Problem": schema}
    for path in document.get("paths", {}).values():
        for method in _METHODS & path.keys():
            path[method]["responses"].pop("422", None)
            path[method]["responses"] |= _responses(path[method])
    return document


def _responses(operation: dict[str, Any]) -> dict[str, Any]:
    said = {"default": "Refused, with a stable `code`"}
    if operation.get("parameters") or operation.get("requestBody"):
        said["422"] = "An input does not fit"
    if operation.get("security"):
        said |= {"401": "No valid token", "403": "The token lacks the role"}
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {status: {"description": text, "content": content} for status, text in said.items()}
