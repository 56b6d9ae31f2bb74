"""The tables of docs/reference: each route and each setting, from the code."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from chassis.environment import is_secret
from chassis.settings import Settings
from dev.reference.compatibility import METHODS

Json = dict[str, Any]
_NOTE = "Generated from the code by `make schemas`; edit the code, not this page."
_EVERYBODY = ("auditor", "billing_manager", "front_desk")
_INHERITED = frozenset(Settings.model_fields)


def routes_page(documents: Mapping[str, Json]) -> str:
    """Every route of every service: method, path, what it does, and whose token may."""
    lines = [
        "# Routes",
        "",
        _NOTE,
        "The whole of each API, with bodies and error codes: `contracts/openapi/` and `/docs` of the running service.",
        "",
        "Roles: a `billing_manager` may do what `front_desk` may; `all` includes the `auditor`, who only reads.",
    ]
    for service, document in documents.items():
        lines += ["", f"## {service}", "", "| route | what it does | who |", "|---|---|---|", *_rows(document)]
    return "\n".join(lines) + "\n"


def _rows(document: Json) -> Iterator[str]:
    for path, operations in sorted(document["paths"].items()):
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                yield f"| `{method.upper()} {path}` | {operation['summary']} | {_who(operation)} |"


def _who(operation: Json) -> str:
    roles = tuple(operation.get("x-roles", ()))
    if not roles:
        return "no token"
    return "all" if roles == _EVERYBODY else ", ".join(role for role in roles if not _is_included(role, roles))


def _is_included(role: str, roles: tuple[str, ...]) -> bool:
    """Named by the role that includes it: where front_desk may, billing_manager may."""
    return role == "billing_manager" and "front_desk" in roles


def settings_page(settings: Mapping[str, type[Settings]]) -> str:
    """Every setting: those of all services, then each service's own."""
    lines = [
        "# Settings",
        "",
        _NOTE,
        "",
        "A setting is an environment variable. One that does not fit ends the process with a line that names it.",
        "A secret may be in a file instead: `CHAIRSIDE_MONGO_URI_FILE` names it; so for each that is secret.",
        "OpenTelemetry reads its own `OTEL_*` variables.",
    ]
    common = {name: field for name, field in Settings.model_fields.items() if name != "service"}
    lines += ["", "## Every service", "", *_table(common)]
    for service, own in settings.items():
        fields = {name: field for name, field in own.model_fields.items() if name not in _INHERITED}
        lines += ["", f"## {service}", "", *(_table(fields) if fields else ["None of its own."])]
    return "\n".join(lines) + "\n"


def _table(fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    yield "| variable | default | meaning |"
    yield "|---|---|---|"
    for name, field in fields.items():
        yield f"| `CHAIRSIDE_{name.upper()}` | {_default(name, field)} | {_meaning(field)} |"


def _meaning(field: FieldInfo) -> str:
    return f"{field.description or ''}{' (secret)' if is_secret(field) else ''}"


def _default(name: str, field: FieldInfo) -> str:
    if field.default is PydanticUndefined and field.default_factory is None:
        return "required"
    if field.default_factory is not None:
        return _MADE[name]
    value = field.default
    if value is None or value == "":
        return _MADE.get(name, "none")
    return f"`{value}`"


_MADE = {
    "ordinal": "the host's name",
    "mongo_database": "the service's name",
    "font_dir": "`~/.cache/chairside/fonts`",
}
"""Defaults that are made when the process starts."""
