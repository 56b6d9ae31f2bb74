"""Who and what the samples are about, and how one becomes a message."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from contracts import clinical
from contracts.envelope import Event, Message, to_message
from contracts.topics import topic_of
from contracts.values import ActorRef, Address
from kernel.ids import derived_id
from kernel.money import Money

CLINIC, PATIENT, SESSION = "clinic-berlin", "pat-77", "ses-2026-000123"
DAY = date(2026, 11, 20)
INVOICE = derived_id("inv", CLINIC, SESSION)
TWICE_NOTED = derived_id("inv", CLINIC, "ses-2026-000124")
NUMBER = "2026-000042"
CASH, CARD = "pay_019aa0b1c5e07f2a4d9c8b1e6f305a72", "pay_019aa0b2d1487e6b0c35f4a2918d7be0"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FRONT_DESK = ActorRef(actor_id="usr-12", name="Mara Lindt", role="front_desk")
MANAGER = ActorRef(actor_id="usr-3", name="Jonas Abel", role="billing_manager")


@dataclass(frozen=True, slots=True)
class Sample:
    """An event with its time and its source, as the writer says it."""

    event: Event
    at: datetime
    source: str

    def message(self) -> Message:
        """As it goes on the wire."""
        event = self.event
        return to_message(
            topic=topic_of(type(event)).name,
            type_=event.TYPE,
            source=self.source,
            subject=event.subject,
            version=event.version,
            key=event.key,
            at=self.at,
            value=event.model_dump_json().encode(),
            traceparent=TRACE,
        )


def at(clock: str) -> datetime:
    """A time of that morning, in Berlin, as the services write it: in UTC."""
    return berlin(clock).astimezone(UTC)


def berlin(clock: str) -> datetime:
    """The same as the clinic writes it: with its offset."""
    return datetime.fromisoformat(f"{DAY}T{clock}").replace(tzinfo=timezone(timedelta(hours=1)))


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def by_itself(service: str) -> ActorRef:
    return ActorRef(actor_id=f"/chairside/{service}", role="system")


COVERAGE = clinical.Coverage(
    payer_id="aok",
    payer_name="AOK",
    plan="standard",
    member_id="X123",
    relationship="self",
    group_number="G-100",
    assignment_of_benefits=True,
)
CARIES = clinical.Diagnosis(
    diagnosis_id="d-1",
    code="K02.1",
    system="http://fhir.de/CodeSystem/bfarm/icd-10-gm",
    description="Caries of dentine",
)
HOME = Address(lines=("Hauptstr. 1",), postal_code="10115", city="Berlin", country="DE")
WHO = clinical.Patient(
    patient_id=PATIENT,
    name="Łucja Øster",
    email="lucja@example.org",
    locale="de-DE",
    birth_date=date(1984, 2, 29),
    address=HOME,
    coverage=COVERAGE,
)
DENTIST = clinical.Provider(provider_id="doc-4", name="Dr. Ada Weiß", npi="1234567893")
FILLING = clinical.Procedure(
    procedure_id="p-1",
    code="D2391",
    description="Composite, one surface, posterior",
    tooth="14",
    surfaces=("O",),
    performed_on=DAY,
    provider_id="doc-4",
    diagnosis_ids=(CARIES.diagnosis_id,),
)
XRAY = clinical.Procedure(
    procedure_id="p-2",
    code="D0220",
    description="Intraoral X-ray, first image",
    tooth="14",
    performed_on=DAY,
    provider_id="doc-4",
)
COMPOSITE = clinical.Material(
    material_id="m-1", sku="COMP-A2", description="Composite A2", quantity="0.5", unit="g", procedure_id="p-1"
)
