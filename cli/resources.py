"""FHIR resources of one file, and how they refer to each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from chassis.messaging.reading import describe
from cli.fhir import Fhir, Reference

Json = dict[str, Any]
F = TypeVar("F", bound=Fhir)


@dataclass(frozen=True, slots=True)
class Found:
    """A resource, where in the file it was, and the URL that its Bundle calls it by."""

    where: str
    resource: Json
    full_url: str | None = None


class Refused(Exception):
    """Why a resource cannot be used."""


class Resources:
    """Finds what a reference names, in the same file."""

    def __init__(self, found: Iterable[Found]) -> None:
        self._by_name: dict[str, Json] = {}
        for entry in found:
            self._by_name[f"{entry.resource.get('resourceType')}/{entry.resource.get('id')}"] = entry.resource
            if entry.full_url:
                self._by_name[entry.full_url] = entry.resource

    def get(self, kind: type[F], reference: Reference | None, contained: Sequence[Json] = ()) -> F | None:
        """None when it is not in the file, or is something else."""
        name = reference.reference if reference else None
        if not name:
            return None
        if name.startswith("#"):
            resource = next((inner for inner in contained if inner.get("id") == name[1:]), None)
        else:
            resource = self._by_name.get(name) or self._by_name.get("/".join(_relative(name)))
        if resource is None or resource.get("resourceType") != kind.__name__:
            return None
        return parsed(kind, resource)


def _relative(name: str) -> list[str]:
    """Type and id out of a URL, with or without a version of the resource."""
    return name.partition("/_history/")[0].split("/")[-2:]


def id_of(reference: Reference | None) -> str | None:
    """None for a contained resource: its id means nothing outside of the one that contains it."""
    if reference is None:
        return None
    if reference.reference and not reference.reference.startswith("#"):
        return _relative(reference.reference)[-1].removeprefix("urn:uuid:")
    return reference.identifier.value if reference.identifier else None


def parsed(kind: type[F], resource: Json) -> F:
    try:
        return kind.model_validate(resource)
    except ValidationError as error:
        raise Refused(f"{kind.__name__} {describe(error)}") from None
