"""The part of FHIR R4 that a dental procedure is written in, as HL7's Dental Data Exchange guide uses it."""

from typing import Any

from pydantic import BaseModel, ConfigDict
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


class Encounter(Fhir):
    id: str | None = None
    subject: Reference | None = None
    status: str | None = None
    period: Period | None = None


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
    extension: tuple[Extension, ...] = ()
    contained: tuple[dict[str, Any], ...] = ()
