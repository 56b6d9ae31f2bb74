"""What the clinical system says: `clinical.sessions`."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.envelope import Event, account_key
from contracts.values import MAX_INTEGER, Address, Area, Id, Quantity, Text, Time, Value

MAX_LINES = 5000


class Coverage(Value):
    """The patient's insurance, as the clinic knows it."""

    payer_id: Id = Field(description="the insurer")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    payer_email: Text | None = Field(default=None, description="where the insurer takes submissions by e-mail")
    plan: Text | None = Field(default=None, description="the plan of the insurer, as the clinic names it")
    member_id: Text | None = Field(default=None, description="the patient's number at the insurer")
    relationship: Text | None = Field(default=None, description="of the patient to the member: self, child, spouse …")


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


class Material(Value):
    """One thing used up, in `unit`s, maybe for one of the session's procedures."""

    material_id: Id = Field(description="unique within the session")
    sku: Id = Field(description="article number, which the price list knows (BT-155)")
    description: Text = Field(default="", description="in words (BT-153)")
    quantity: Quantity = Field(default="1", description="how many units (BT-129): a decimal above zero")
    unit: Text = Field(default="each", description="unit of measure: each, g, ml … (BT-130)")
    procedure_id: Id | None = Field(default=None, description="the procedure that it was used for")


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

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.procedures and not self.materials:
            raise ValueError("a session has at least one procedure or material")
        _once("procedure", [p.procedure_id for p in self.procedures])
        _once("material", [m.material_id for m in self.materials])
        return self

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
