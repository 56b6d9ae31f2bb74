"""The part of FHIR R4 that a dental procedure is written in, as HL7's Dental Data Exchange guide uses it."""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Fhir(BaseModel):
    """Elements that are not named here are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, hide_input_in_errors=True)


class Coding(Fhir):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Fhir):
    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Identifier(Fhir):
    system: str | None = None
    value: str | None = None


class Reference(Fhir):
    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Period(Fhir):
    start: str | None = None
    end: str | None = None


class Extension(Fhir):
    url: str
    value_reference: Reference | None = None


class Performer(Fhir):
    actor: Reference


class BodyStructure(Fhir):
    location: Concept | None = None
    location_qualifier: tuple[Concept, ...] = ()


class EncounterDiagnosis(Fhir):
    condition: Reference
    rank: int | None = None


class Encounter(Fhir):
    id: str | None = None
    subject: Reference | None = None
    status: str | None = None
    period: Period | None = None
    diagnosis: tuple[EncounterDiagnosis, ...] = ()


class Telecom(Fhir):
    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None
    period: Period | None = None


class Name(Fhir):
    use: str | None = None
    period: Period | None = None
    text: str | None = None
    given: tuple[str, ...] = ()
    family: str | None = None

    @property
    def written(self) -> str:
        """As a person writes it."""
        return (self.text or " ".join([*self.given, self.family or ""])).strip()


class PostalAddress(Fhir):
    use: str | None = None
    type: str | None = None
    period: Period | None = None
    line: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


class Communication(Fhir):
    language: Concept
    preferred: bool = False


class Patient(Fhir):
    name: tuple[Name, ...] = ()
    telecom: tuple[Telecom, ...] = ()
    birth_date: str | None = None
    address: tuple[PostalAddress, ...] = ()
    communication: tuple[Communication, ...] = ()


class Procedure(Fhir):
    id: str
    status: str
    code: Concept = Concept()
    subject: Reference
    encounter: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performer: tuple[Performer, ...] = ()
    body_site: tuple[Concept, ...] = ()
    reason_code: tuple[Concept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    extension: tuple[Extension, ...] = ()
    contained: tuple[dict[str, Any], ...] = ()


class RelatedPerson(Fhir):
    name: tuple[Name, ...] = ()
    birth_date: str | None = None


class Practitioner(Fhir):
    identifier: tuple[Identifier, ...] = ()
    name: tuple[Name, ...] = ()


class Organization(Fhir):
    name: str | None = None


class Condition(Fhir):
    code: Concept = Concept()


class CoverageClass(Fhir):
    type: Concept = Concept()
    value: str | None = None


class Coverage(Fhir):
    status: str | None = None
    beneficiary: Reference | None = None
    subscriber: Reference | None = None
    subscriber_id: str | None = None
    relationship: Concept = Concept()
    period: Period | None = None
    payor: tuple[Reference, ...] = ()
    order: int | None = None
    class_: tuple[CoverageClass, ...] = Field(default=(), alias="class")


class ChargeItem(Fhir):
    """What a service is charged at; the factor is that of a fee schedule, as the GOZ's."""

    status: str | None = None
    service: tuple[Reference, ...] = ()
    factor_override: Decimal | None = None
    override_reason: str | None = None
