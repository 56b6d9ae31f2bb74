"""Dental Procedure resources as sessions: what one patient had done in one encounter, or on one day, is one session."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from cli.calendar import ClinicCalendar, Unreadable
from cli.claims import Claims
from cli.fhir import BodyStructure, Coding, Concept, Encounter, Patient, Procedure
from cli.patients import patient_body
from cli.resources import Found, Refused, Resources, id_of, parsed
from kernel.clock import utc_now
from kernel.ids import derived_id

Json = dict[str, Any]
T = TypeVar("T")

COMPLETED, IN_ERROR = "completed", "entered-in-error"
WITHDRAWN = (IN_ERROR, "not-done")
"""What was said to be done, and was not."""
WITHDRAWN_ENCOUNTER = (IN_ERROR, "cancelled")

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
class Visit:
    """A session's body, or why the session is void, and where its first procedure was."""

    where: str
    body: Json
    void: bool = False


@dataclass(frozen=True, slots=True)
class Unusable:
    """A resource that could not be used, and why. `wrong` is false for one that is merely not done."""

    where: str
    reason: str
    wrong: bool = True


@dataclass(slots=True)
class _Group:
    """The procedures of one visit: done, by id; withdrawn; and how many are neither."""

    done: dict[str, tuple[Found, Procedure]] = field(default_factory=dict)
    withdrawn: dict[str, tuple[Found, Procedure]] = field(default_factory=dict)
    others: int = 0

    @property
    def first(self) -> tuple[Found, Procedure]:
        return next(iter([*self.done.values(), *self.withdrawn.values()]))


def visits(
    found: Sequence[Found],
    clinic_id: str,
    version: int = 1,
    calendar: ClinicCalendar | None = None,
    now: datetime | None = None,
) -> Iterator[Visit | Unusable]:
    """One visit for each patient and encounter (or day), in the order of the file.

    The session's id derives from the ids of patient and encounter (or the day): the same file gives the same sessions.
    A visit whose procedure is `Unusable` comes without it. Above version 1, one of which nothing is left, since all of
    it was withdrawn, is void. Who the patient is counts as of `now`, or of the visit where that is later.
    """
    reader = _Reader(found, clinic_id, version, calendar or ClinicCalendar(), now or utc_now())
    for entry in found:
        if entry.resource.get("resourceType") == "Procedure":
            yield from reader.sort(entry)
    for key, group in reader.groups.items():
        if group.done or group.withdrawn:
            yield from reader.visit(key, group)
    for entry in found:
        if entry.resource.get("resourceType") == "Encounter":
            yield from reader.encounter(entry)


class _Reader:
    def __init__(
        self, found: Sequence[Found], clinic_id: str, version: int, calendar: ClinicCalendar, now: datetime
    ) -> None:
        self.groups: dict[tuple[str, str], _Group] = {}
        self._resources = Resources(found)
        self._claims = Claims(found, self._resources)
        self._clinic_id = clinic_id
        self._version = version
        self._calendar = calendar
        self._now = now

    def sort(self, entry: Found) -> Iterator[Unusable]:
        """Puts a procedure to its visit, or tells why it cannot be used."""
        group = None
        try:
            procedure = parsed(Procedure, entry.resource)
            if procedure.status == COMPLETED:
                group = self._group(procedure)
                _line(procedure, self._resources, self._calendar)
                if group.done.setdefault(procedure.id, (entry, procedure))[1] != procedure:
                    raise Refused("another procedure of this visit has the same id")
            else:
                yield from self._not_done(entry, procedure)
        except Refused as refused:
            if group is not None:
                group.others += 1
            yield Unusable(entry.where, str(refused))

    def _not_done(self, entry: Found, procedure: Procedure) -> Iterator[Unusable]:
        reason = f"its status is {procedure.status}"
        try:
            group = self._group(procedure)
        except Refused as refused:
            erroneous = procedure.status == IN_ERROR and self._version > 1
            yield Unusable(entry.where, f"{reason}; {refused}" if erroneous else reason, wrong=erroneous)
            return
        if procedure.status not in WITHDRAWN:
            group.others += 1
            yield Unusable(entry.where, reason, wrong=False)
        else:
            group.withdrawn[procedure.id] = entry, procedure
            if self._version == 1:
                yield Unusable(entry.where, reason, wrong=False)

    def _group(self, procedure: Procedure) -> _Group:
        return self.groups.setdefault(_visit_key(procedure, self._calendar), _Group())

    def visit(self, key: tuple[str, str], group: _Group) -> Iterator[Visit | Unusable]:
        """The session of a visit; of one that was withdrawn that it is void, unless it never was told."""
        entry, procedure = group.first
        try:
            encounter = self._resources.get(Encounter, procedure.encounter)
            done = [one for id_, (_, one) in group.done.items() if id_ not in group.withdrawn]
            if encounter is not None and encounter.status in WITHDRAWN_ENCOUNTER:
                yield from self._withdrawn(entry, key, f"its encounter is {encounter.status}", bool(group.done))
            elif done:
                yield Visit(entry.where, self._body(key, done, encounter) | self._said)
            elif group.others and self._version > 1:
                raise Refused("what was done of it is withdrawn, and the rest is not completed or cannot be used")
            elif not group.others:
                statuses = sorted({one.status for _, one in group.withdrawn.values()})
                yield from self._withdrawn(entry, key, f"all of it is {' or '.join(statuses)}", untold=False)
        except Refused as refused:
            yield Unusable(entry.where, f"its visit: {refused}")

    def encounter(self, entry: Found) -> Iterator[Visit | Unusable]:
        """That the session of an encounter is void which comes without any procedure."""
        try:
            encounter = parsed(Encounter, entry.resource)
        except Refused:
            return  # What refers to it says so.
        key = id_of(encounter.subject) or "", encounter.id or ""
        if encounter.status in WITHDRAWN_ENCOUNTER and all(key) and key not in self.groups:
            yield from self._withdrawn(entry, key, f"its encounter is {encounter.status}", untold=False)

    def _withdrawn(self, entry: Found, key: tuple[str, str], reason: str, untold: bool) -> Iterator[Visit | Unusable]:
        """`untold` says that nothing was said yet of a procedure that is done, and is not billed all the same."""
        if self._version > 1:
            body = {"session_id": _session_id(key), "patient_id": key[0], "reason": reason}
            yield Visit(entry.where, body | self._said, void=True)
        elif untold:
            yield Unusable(entry.where, f"its visit: {reason}", wrong=False)

    @property
    def _said(self) -> Json:
        return {"clinic_id": self._clinic_id, "version": self._version}

    def _body(self, key: tuple[str, str], done: Sequence[Procedure], encounter: Encounter | None) -> Json:
        first = done[0]
        completed = self._completed(done, encounter)
        patient = self._resources.get(Patient, first.subject, first.contained)
        dentist = first.performer[0].actor if first.performer else None
        as_of = max(completed, self._now)
        try:
            patient_said = patient_body(key[0], first.subject, patient, as_of, self._calendar)
        except Unreadable as unreadable:
            raise Refused(f"Patient period: {unreadable}") from None
        claims = self._claims
        lines = [_line(procedure, self._resources, self._calendar) | claims.of_line(procedure) for procedure in done]
        body = {
            "session_id": _session_id(key),
            "completed_at": completed.isoformat(),
            "patient": patient_said | claims.coverages(key[0], as_of, self._calendar),
            "provider": claims.provider(dentist),
            "procedures": lines,
        }
        return body | ({"diagnoses": diagnoses} if (diagnoses := claims.diagnoses(done, encounter)) else {})

    def _completed(self, done: Sequence[Procedure], encounter: Encounter | None) -> datetime:
        """When the encounter ended, or else the last of what was done."""
        ended = encounter.period.end if encounter and encounter.period else None
        times = [ended] if ended else [_performed(procedure)[-1] for procedure in done]
        return max(_read(self._calendar.moment, time) for time in times)


def _visit_key(procedure: Procedure, calendar: ClinicCalendar) -> tuple[str, str]:
    """Patient, and encounter or day at the clinic."""
    patient_id = id_of(procedure.subject)
    if not patient_id:
        raise Refused("subject: names no patient")
    encounter_id = id_of(procedure.encounter)
    return patient_id, encounter_id or _read(calendar.day, _performed(procedure)[-1]).isoformat()


def _session_id(key: tuple[str, str]) -> str:
    return derived_id("ses", *key)


def _performed(procedure: Procedure) -> list[str]:
    """Start and end, as far as they are told."""
    period = procedure.performed_period
    stated = [procedure.performed_date_time] if period is None else [period.start, period.end]
    times = [time for time in stated if time]
    if not times:
        raise Refused("performedDateTime: when it was done is not told")
    return times


def _read(how: Callable[[str], T], time: str) -> T:
    try:
        return how(time)
    except Unreadable as unreadable:
        raise Refused(f"performedDateTime: {unreadable}") from None


def _line(procedure: Procedure, resources: Resources, calendar: ClinicCalendar) -> Json:
    code = _code(procedure.code)
    sites = [*procedure.body_site]
    qualifiers: list[Concept] = []
    for reference in (e.value_reference for e in procedure.extension if e.url == BODY_SITE):
        structure = resources.get(BodyStructure, reference, procedure.contained)
        if structure is None:
            raise Refused("extension bodySite: what it refers to is not in the file")
        sites += [structure.location] if structure.location else []
        qualifiers += structure.location_qualifier
    teeth = _unique(c.code for site in sites for c in site.coding if c.system == UNIVERSAL_TOOTH)
    began, ended = _performed(procedure)[0], _performed(procedure)[-1]
    _read(calendar.moment, ended)
    return {
        "procedure_id": procedure.id,
        "code": code.code,
        "system": code.system or CDT,
        "description": procedure.code.text or code.display or "",
        "tooth": ",".join(teeth) or None,
        "surfaces": _unique(letter for qualifier in qualifiers for letter in _surfaces(qualifier)),
        "area": None if teeth else ", ".join(_unique(_words(site) for site in sites)) or None,
        "performed_on": _read(calendar.day, began).isoformat(),
        "provider_id": id_of(procedure.performer[0].actor) if procedure.performer else None,
    }


def _code(concept: Concept) -> Coding:
    """The CDT code if there is one, else the first."""
    coded = [coding for coding in concept.coding if coding.code]
    if not coded:
        raise Refused("code: has no coding")
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
