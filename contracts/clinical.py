"""What the clinical system says: `clinical.sessions`."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from contracts.envelope import Event, account_key
from contracts.money import Money
from contracts.values import MAX_INTEGER, Address, Area, Factor, Id, Quantity, Text, Time, Value

MAX_LINES = 5000
MAX_DIAGNOSES = 50


class Subscriber(Value):
    """Who holds the insurance, where it is not the patient: a parent, a spouse."""

    name: Text = Field(description="as the insurer knows them")
    subscriber_id: Id | None = Field(default=None, description="their number at the insurer")
    birth_date: date | None = Field(default=None, description="date of birth")


class Coverage(Value):
    """The patient's insurance, as the clinic knows it."""

    payer_id: Id = Field(description="the insurer")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    payer_email: Text | None = Field(default=None, description="where the insurer takes submissions by e-mail")
    plan: Text | None = Field(default=None, description="the plan of the insurer, as the clinic names it")
    member_id: Text | None = Field(default=None, description="the patient's number at the insurer")
    relationship: Text | None = Field(default=None, description="of the patient to the member: self, child, spouse …")
    group_number: Text | None = Field(default=None, description="the group or employer contract of the insurance")
    subscriber: Subscriber | None = Field(
        default=None, description="who holds the insurance; null: the patient, or somebody who is not told"
    )
    assignment_of_benefits: bool | None = Field(
        default=None, description="whether the insurer is to pay the clinic; null: nobody said, and a form is to sign"
    )


class Guardian(Value):
    """Who answers for the patient: a parent, a guardian, a guarantor."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(description="how they are greeted")
    email: Text | None = Field(default=None, description="where documents for them are mailed to")
    locale: Text | None = Field(default=None, description="BCP 47 tag of their language; null: the patient's")


class Patient(Value):
    """Who was treated, as of the session."""

    patient_id: Id = Field(description="the clinical system's id of the patient")
    name: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(
        description="as it stands on the invoice (BT-44)"
    )
    email: Text | None = Field(default=None, description="where invoices are mailed to (BT-58)")
    locale: Text | None = Field(
        default=None, description="BCP 47 tag: the language and formats of the documents, as `de-DE`"
    )
    birth_date: date | None = Field(default=None, description="date of birth")
    address: Address | None = Field(default=None, description="postal address (BG-8)")
    coverage: Coverage | None = Field(default=None, description="the insurance; null without one")
    secondary_coverage: Coverage | None = Field(
        default=None, description="a second insurance, which pays some of what the first leaves; null without one"
    )
    guardian: Guardian | None = Field(default=None, description="who answers for the patient; null: they do")


class Provider(Value):
    """Who treated; `npi` is the US National Provider Identifier."""

    provider_id: Id = Field(description="the clinical system's id of who treated")
    name: Text | None = Field(default=None, description="name of who treated")
    npi: Text | None = Field(default=None, description="US National Provider Identifier")


class Diagnosis(Value):
    """Why something was done. Procedures point to it by its id."""

    diagnosis_id: Id = Field(description="unique within the session")
    code: Id = Field(description="as `K02.1`")
    system: Text = Field(
        default="http://hl7.org/fhir/sid/icd-10-cm",
        description="the code system as a URI; ICD-10-CM unless it is said, ICD-10-GM is "
        "`http://fhir.de/CodeSystem/bfarm/icd-10-gm`",
    )
    description: Text = Field(default="", description="in words")


def _no_refund(amount: Money) -> Money:
    if amount.amount_minor < 0:
        raise ValueError("must not be negative")
    return amount


class LabInvoice(Value):
    """What a dental laboratory asked for its work, which is passed on at cost (section 9 GOZ)."""

    number: Text | None = Field(default=None, description="the laboratory's invoice number")
    laboratory: Text | None = Field(default=None, description="the name of the laboratory")
    issued_on: date | None = Field(default=None, description="the date of its invoice")
    amount: Annotated[Money, AfterValidator(_no_refund)] = Field(
        description="what it asked for one unit, on the basis of the price list"
    )
    document: Text | None = Field(default=None, description="where the clinical system keeps the invoice: an id or URI")


class Procedure(Value):
    """One thing done. Tooth numbers and surfaces are passed on as the clinical system writes them."""

    procedure_id: Id = Field(description="unique within the session")
    code: Id = Field(description="the code of what was done, as `D2391` (BT-155)")
    system: Text = Field(
        default="http://www.ada.org/cdt", description="the code system as a URI; CDT unless it is said"
    )
    description: Text = Field(default="", description="in words (BT-153); empty: those of the price list count")
    tooth: Text | None = Field(default=None, description="tooth number, as the clinical system writes it")
    surfaces: tuple[Text, ...] = Field(default=(), description="tooth surfaces, as `M`, `O`, `D`")
    area: Area = None
    quantity: Quantity = Field(default="1", description="how many (BT-129): a decimal above zero")
    performed_on: date | None = Field(
        default=None, description="local date of the treatment; the session's when it is null (BT-134)"
    )
    provider_id: Id | None = Field(default=None, description="who did it, if not the session's provider")
    diagnosis_ids: tuple[Id, ...] = Field(default=(), description="the session's diagnoses that it was done for")
    factor: Factor | None = Field(
        default=None, description="what the single fee of the price list is multiplied by (section 5 GOZ); null: 1"
    )
    factor_reason: Text | None = Field(
        default=None, description="why the factor is above what is usual (section 10 GOZ: above 2.3)"
    )
    fee_agreed_on: date | None = Field(
        default=None, description="when patient and clinic agreed to another fee in writing (section 2 GOZ: above 3.5)"
    )


class Material(Value):
    """One thing used up, in `unit`s, maybe for one of the session's procedures."""

    material_id: Id = Field(description="unique within the session")
    sku: Id = Field(description="article number, which the price list knows (BT-155)")
    description: Text = Field(default="", description="in words (BT-153)")
    quantity: Quantity = Field(default="1", description="how many units (BT-129): a decimal above zero")
    unit: Text = Field(default="each", description="unit of measure: each, g, ml … (BT-130)")
    procedure_id: Id | None = Field(default=None, description="the procedure that it was used for")
    lab_invoice: LabInvoice | None = Field(
        default=None, description="it is the work of a laboratory: its price is what that asked, the tax is the list's"
    )


def _once(what: str, ids: Sequence[str]) -> None:
    if len(set(ids)) < len(ids):
        twice = next(id_ for id_ in ids if ids.count(id_) > 1)
        raise ValueError(f"{what} {twice} is in the session twice")


class _Session(Event):
    session_id: Id = Field(description="the clinical system's id of the session")
    clinic_id: Id = Field(description="the clinic where it was")
    version: Annotated[
        int, Field(description="one more with each word about the session, from 1", ge=1, le=MAX_INTEGER, strict=True)
    ]

    @property
    def subject(self) -> str:
        return self.session_id


class SessionBody(_Session):
    """All of a session that ended. At least one procedure or material; no id twice."""

    started_at: Time | None = Field(default=None, description="when the treatment began")
    completed_at: Time = Field(description="when the session ended")
    patient: Patient = Field(description="who was treated, as of the session")
    provider: Provider | None = Field(default=None, description="who treated; null when each procedure says it")
    price_list_id: Id | None = Field(
        default=None, description="prices all of it by this list alone; null: by the rules of the clinic"
    )
    procedures: Annotated[tuple[Procedure, ...], Field(description="what was done", max_length=MAX_LINES)] = ()
    materials: Annotated[tuple[Material, ...], Field(description="what was used", max_length=MAX_LINES)] = ()
    diagnoses: Annotated[
        tuple[Diagnosis, ...], Field(description="why it was done, the main one first", max_length=MAX_DIAGNOSES)
    ] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.procedures and not self.materials:
            raise ValueError("a session has at least one procedure or material")
        _once("procedure", [p.procedure_id for p in self.procedures])
        _once("material", [m.material_id for m in self.materials])
        if self.diagnoses or any(p.diagnosis_ids for p in self.procedures):
            self._diagnosed()
        return self

    def _diagnosed(self) -> None:
        """A claim that points to nothing says something else than was meant."""
        _once("diagnosis", [d.diagnosis_id for d in self.diagnoses])
        known = {d.diagnosis_id for d in self.diagnoses}
        for procedure in self.procedures:
            for id_ in procedure.diagnosis_ids:
                if id_ not in known:
                    raise ValueError(f"procedure {procedure.procedure_id} is for diagnosis {id_}, which is not told")

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient.patient_id)


class SessionCompleted(SessionBody):
    """A dental session ended; everything that was done is in it."""

    TYPE: ClassVar[str] = "clinical.session-completed.v1"


class SessionCorrected(SessionBody):
    """The same session said again, whole, with a higher version."""

    TYPE: ClassVar[str] = "clinical.session-corrected.v1"


class SessionVoided(_Session):
    """The session is to be treated as if it had not been."""

    TYPE: ClassVar[str] = "clinical.session-voided.v1"
    patient_id: Id | None = Field(default=None, description="the patient; null when the clinical system does not say")
    reason: Text = Field(default="", description="why the session is to be forgotten")

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id or self.session_id)
