"""Dental Procedure resources as sessions: what one patient had done in one encounter, or on one day, is one session."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from chassis.messaging.reading import describe
from cli.fhir import BodyStructure, Coding, Concept, Encounter, Fhir, Patient, Procedure, Reference
from kernel.ids import derived_id

Json = dict[str, Any]
F = TypeVar("F", bound=Fhir)

BODY_SITE = "http://hl7.org/fhir/StructureDefinition/bodySite"
CDT = "http://www.ada.org/cdt"
SNOMED = "http://snomed.info/sct"
UNIVERSAL_TOOTH = "http://terminology.hl7.org/CodeSystem/ADAUniversalToothDesignationSystem"
SURFACE_LETTERS = {
    "http://terminology.hl7.org/CodeSystem/ADAToothSurfaceCodes",
    "http://terminology.hl7.org/CodeSystem/FDI-surface",
}
# SNOMED CT has each surface twice, as "entire" and as "structure of". Palatal is lingual on an ADA claim form.
SURFACES = {
    "245652002": "M",
    "8483002": "M",
    "362103001": "O",
    "83473006": "O",
    "245653007": "D",
    "90933009": "D",
    "245647007": "B",
    "62579006": "B",
    "362104007": "L",
    "72203008": "L",
    "245650005": "L",
    "245645004": "I",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A resource, where in the file it was, and the URL that its Bundle calls it by."""

    where: str
    resource: Json
    full_url: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A session's body, and the procedures that it was made of."""

    where: str
    body: Json


@dataclass(frozen=True, slots=True)
class Unusable:
    """A resource that could not be used, and why. `wrong` is false for one that is merely not done."""

    where: str
    reason: str
    wrong: bool = True


class _Refused(Exception):
    """Why a procedure cannot be billed."""


def visits(found: Sequence[Found], clinic_id: str, version: int = 1) -> Iterator[Visit | Unusable]:
    """One visit for each patient and encounter (or day), in the order of the file.

    The session's id derives from the ids of patient and encounter (or the day): the same file gives the same sessions.
    A visit whose procedure is `Unusable` comes without it.
    """
    resources = _Resources(found)
    groups: dict[tuple[str, str], dict[str, tuple[Found, Procedure]]] = {}
    for entry in found:
        if entry.resource.get("resourceType") != "Procedure":
            continue
        try:
            procedure = _parsed(Procedure, entry.resource)
            if procedure.status != "completed":
                yield Unusable(entry.where, f"its status is {procedure.status}", wrong=False)
                continue
            group = groups.setdefault(_visit_key(procedure), {})
            _line(procedure, resources)
            if group.setdefault(procedure.id, (entry, procedure))[1] != procedure:
                raise _Refused("another procedure of this visit has the same id")
        except _Refused as refused:
            yield Unusable(entry.where, str(refused))
    for (patient_id, occasion), group in groups.items():
        if not group:
            continue
        where = next(iter(group.values()))[0].where
        try:
            body = _body(patient_id, occasion, [procedure for _, procedure in group.values()], resources)
            yield Visit(where, body | {"clinic_id": clinic_id, "version": version})
        except _Refused as refused:
            yield Unusable(where, f"its visit: {refused}")


class _Resources:
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
        return _parsed(kind, resource)


def _relative(name: str) -> list[str]:
    """Type and id out of a URL, with or without a version of the resource."""
    return name.partition("/_history/")[0].split("/")[-2:]


def _id_of(reference: Reference | None) -> str | None:
    """None for a contained resource: its id means nothing outside of the one that contains it."""
    if reference is None:
        return None
    if reference.reference and not reference.reference.startswith("#"):
        return _relative(reference.reference)[-1].removeprefix("urn:uuid:")
    return reference.identifier.value if reference.identifier else None


def _parsed(kind: type[F], resource: Json) -> F:
    try:
        return kind.model_validate(resource)
    except ValidationError as error:
        raise _Refused(f"{kind.__name__} {describe(error)}") from None


def _visit_key(procedure: Procedure) -> tuple[str, str]:
    patient_id = _id_of(procedure.subject)
    if not patient_id:
        raise _Refused("subject: names no patient")
    return patient_id, _id_of(procedure.encounter) or _day(_performed(procedure)[-1]).isoformat()


def _performed(procedure: Procedure) -> list[str]:
    """Start and end, as far as they are told."""
    period = procedure.performed_period
    stated = [procedure.performed_date_time] if period is None else [period.start, period.end]
    times = [time for time in stated if time]
    if not times:
        raise _Refused("performedDateTime: when it was done is not told")
    return times


def _day(time: str) -> date:
    try:
        return date.fromisoformat(time[:10])
    except ValueError:
        raise _Refused("performedDateTime: is not a whole date") from None


def _instant(time: str) -> datetime:
    """A date alone becomes noon UTC, which is the same date nearly everywhere."""
    try:
        moment = datetime.fromisoformat(time if "T" in time else f"{_day(time)}T12:00:00+00:00")
    except ValueError:
        raise _Refused("performedDateTime: is not a time") from None
    if moment.tzinfo is None:
        raise _Refused("performedDateTime: has no offset")
    return moment


def _body(patient_id: str, occasion: str, procedures: Sequence[Procedure], resources: _Resources) -> Json:
    first = procedures[0]
    encounter = resources.get(Encounter, first.encounter)
    ended = encounter.period.end if encounter and encounter.period else None
    completed = _instant(ended) if ended else max(_instant(_performed(procedure)[-1]) for procedure in procedures)
    dentist = first.performer[0].actor if first.performer else None
    return {
        "session_id": derived_id("ses", patient_id, occasion),
        "completed_at": completed.isoformat(),
        "patient": _patient(patient_id, first.subject, resources.get(Patient, first.subject, first.contained)),
        "provider": {"provider_id": _id_of(dentist), "name": dentist.display} if dentist and _id_of(dentist) else None,
        "procedures": [_line(procedure, resources) for procedure in procedures],
    }


def _patient(patient_id: str, subject: Reference, patient: Patient | None) -> Json:
    names = patient.name if patient else ()
    written = [name.text or " ".join([*name.given, name.family or ""]).strip() for name in names]
    body: Json = {"patient_id": patient_id, "name": next(filter(None, [*written, subject.display, patient_id]))}
    if patient is None:
        return body
    body["email"] = next((contact.value for contact in patient.telecom if contact.system == "email"), None)
    body["birth_date"] = patient.birth_date if patient.birth_date and len(patient.birth_date) == 10 else None
    for home in patient.address[:1]:
        country = home.country if home.country and len(home.country) == 2 else None
        body["address"] = {
            "lines": home.line,
            "postal_code": home.postal_code,
            "city": home.city,
            "country": country,
        }
    return body


def _line(procedure: Procedure, resources: _Resources) -> Json:
    code = _code(procedure.code)
    sites = [*procedure.body_site]
    qualifiers: list[Concept] = []
    for reference in (e.value_reference for e in procedure.extension if e.url == BODY_SITE):
        structure = resources.get(BodyStructure, reference, procedure.contained)
        if structure is None:
            raise _Refused("extension bodySite: what it refers to is not in the file")
        sites += [structure.location] if structure.location else []
        qualifiers += structure.location_qualifier
    teeth = _unique(c.code for site in sites for c in site.coding if c.system == UNIVERSAL_TOOTH)
    began, ended = _performed(procedure)[0], _performed(procedure)[-1]
    _instant(ended)
    return {
        "procedure_id": procedure.id,
        "code": code.code,
        "system": code.system or CDT,
        "description": procedure.code.text or code.display or "",
        "tooth": ",".join(teeth) or None,
        "surfaces": _unique(letter for qualifier in qualifiers for letter in _surfaces(qualifier)),
        "area": None if teeth else ", ".join(_unique(_words(site) for site in sites)) or None,
        "performed_on": _day(began).isoformat(),
        "provider_id": _id_of(procedure.performer[0].actor) if procedure.performer else None,
    }


def _code(concept: Concept) -> Coding:
    """The CDT code if there is one, else the first."""
    coded = [coding for coding in concept.coding if coding.code]
    if not coded:
        raise _Refused("code: has no coding")
    return next((coding for coding in coded if coding.system == CDT), coded[0])


def _surfaces(qualifier: Concept) -> list[str]:
    """The ADA's letters; a surface that has none keeps its words."""
    for coding in qualifier.coding:
        if coding.system == SNOMED and coding.code in SURFACES:
            return [SURFACES[coding.code]]
        if coding.system in SURFACE_LETTERS and coding.code:
            return ["F" if letter == "V" else letter for letter in coding.code]
    return [words] if (words := _words(qualifier)) else []


def _words(concept: Concept) -> str | None:
    return concept.text or next((coding.display or coding.code for coding in concept.coding), None)


def _unique(texts: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if text and text.strip()))
