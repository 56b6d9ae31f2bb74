"""What a claim asks for of FHIR R4: coverage, diagnoses, the provider's NPI, and the factor of a fee.

What is told in a way that no claim could use (a payer without an id, a reason without a code) is left out: the visit is
billed all the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from cli.calendar import ClinicCalendar, Unreadable
from cli.fhir import (
    ChargeItem,
    Concept,
    Condition,
    Coverage,
    Encounter,
    Organization,
    Patient,
    Practitioner,
    Procedure,
    Reference,
    RelatedPerson,
)
from cli.resources import Found, Refused, Resources, id_of, parsed

Json = dict[str, Any]
NPI = "http://hl7.org/fhir/sid/us-npi"
ICD_10 = "icd-10"
"""Part of the URI of each national edition."""
FIRST_OF_ALL = 1


class Claims:
    """Looks up in one file what belongs to a visit."""

    def __init__(self, found: Sequence[Found], resources: Resources) -> None:
        self._resources = resources
        self._coverages = tuple(_each(Coverage, found))
        self._charges = {
            service_id: charge
            for charge in _each(ChargeItem, found)
            if charge.status != "entered-in-error"
            for service_id in map(id_of, charge.service)
            if service_id
        }

    def coverages(self, patient_id: str, at: datetime, calendar: ClinicCalendar) -> Json:
        """The first and second insurance that count at the moment. Raises Refused for a period that is none."""
        counting = []
        for cover in self._coverages:
            try:
                current = cover.status == "active" and calendar.is_in(cover.period, at)
            except Unreadable as unreadable:
                raise Refused(f"Coverage period: {unreadable}") from None
            if current and id_of(cover.beneficiary) == patient_id and (body := self._coverage(cover, patient_id)):
                counting.append((cover.order or FIRST_OF_ALL, body))
        counting.sort(key=lambda one: one[0])
        names = ("coverage", "secondary_coverage")
        return {name: body for name, (_, body) in zip(names, counting, strict=False)}

    def diagnoses(self, done: Sequence[Procedure], encounter: Encounter | None) -> list[Json]:
        """Those of the encounter by their rank, then those of the procedures, each once."""
        ranked = sorted(encounter.diagnosis if encounter else (), key=lambda one: one.rank or 1_000)
        told = [body for one in ranked if (body := self._condition(one.condition))]
        told += [body for procedure in done for body in self._reasons(procedure)]
        each: dict[str, Json] = {}
        for body in told:
            each.setdefault(body["diagnosis_id"], body)
        return [*each.values()]

    def of_line(self, procedure: Procedure) -> Json:
        """The diagnoses that it was done for, and the factor of its fee."""
        said: Json = {}
        if reasons := [*dict.fromkeys(body["diagnosis_id"] for body in self._reasons(procedure))]:
            said["diagnosis_ids"] = reasons
        charge = self._charges.get(procedure.id)
        if charge is not None and charge.factor_override is not None:
            said |= {"factor": format(charge.factor_override, "f"), "factor_reason": charge.override_reason}
        return said

    def provider(self, actor: Reference | None) -> Json | None:
        """None for one who has no id."""
        if actor is None or not id_of(actor):
            return None
        practitioner = self._resources.get(Practitioner, actor)
        numbers = [each.value for each in practitioner.identifier if each.system == NPI] if practitioner else []
        named = practitioner.name[0].written if practitioner and practitioner.name else None
        body = {"provider_id": id_of(actor), "name": actor.display or named}
        return body | ({"npi": numbers[0]} if numbers else {})

    def _coverage(self, cover: Coverage, patient_id: str) -> Json | None:
        payer = next(iter(cover.payor), None)
        payer_id = id_of(payer)
        if payer is None or not payer_id:
            return None
        organization = self._resources.get(Organization, payer)
        relationship = next((coding.code for coding in cover.relationship.coding if coding.code), None)
        return {
            "payer_id": payer_id,
            "payer_name": payer.display or (organization.name if organization else None),
            "plan": _class(cover, "plan"),
            "group_number": _class(cover, "group"),
            "member_id": cover.subscriber_id,
            "relationship": relationship,
            "subscriber": self._subscriber(cover, patient_id),
        }

    def _subscriber(self, cover: Coverage, patient_id: str) -> Json | None:
        """None where it is the patient, or nobody is named."""
        holder = cover.subscriber
        if holder is None or id_of(holder) == patient_id:
            return None
        known = self._resources.get(Patient, holder) or self._resources.get(RelatedPerson, holder)
        written = known.name[0].written if known and known.name else None
        name = written or holder.display
        birth = known.birth_date if known and known.birth_date and len(known.birth_date) == len("1984-02-29") else None
        return {"name": name, "subscriber_id": cover.subscriber_id, "birth_date": birth} if name else None

    def _reasons(self, procedure: Procedure) -> Iterator[Json]:
        for reference in procedure.reason_reference:
            if body := self._condition(reference, procedure.contained):
                yield body
        for concept in procedure.reason_code:
            if body := _diagnosis(None, concept):
                yield body

    def _condition(self, reference: Reference, contained: Sequence[Json] = ()) -> Json | None:
        condition = self._resources.get(Condition, reference, contained)
        return None if condition is None else _diagnosis(id_of(reference), condition.code)


def _each(kind: type[Any], found: Iterable[Found]) -> Iterator[Any]:
    """Those that can be read."""
    for entry in found:
        if entry.resource.get("resourceType") == kind.__name__:
            try:
                yield parsed(kind, entry.resource)
            except Refused:
                continue


def _diagnosis(id_: str | None, concept: Concept) -> Json | None:
    """By its ICD-10 code if there is one, else by the first; without an id of its own, the code is it."""
    coded = [coding for coding in concept.coding if coding.code]
    if not coded:
        return None
    coding = next((one for one in coded if ICD_10 in (one.system or "").lower()), coded[0])
    body = {"diagnosis_id": id_ or coding.code, "code": coding.code}
    body |= {"system": coding.system} if coding.system else {}
    return body | {"description": concept.text or coding.display or ""}


def _class(cover: Coverage, code: str) -> str | None:
    return next((one.value for one in cover.class_ if any(c.code == code for c in one.type.coding)), None)
