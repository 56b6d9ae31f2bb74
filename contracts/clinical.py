"""What the clinical system says: `clinical.sessions`."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.envelope import Event, account_key
from contracts.values import MAX_INTEGER, Address, Id, Quantity, Text, Time, Value

MAX_LINES = 5000


class Coverage(Value):
    """The patient's insurance, as the clinic knows it."""

    payer_id: Id
    payer_name: Text | None = None
    plan: Text | None = None
    member_id: Text | None = None
    relationship: Text | None = None


class Patient(Value):
    """Who was treated, as of the session."""

    patient_id: Id
    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    email: Text | None = None
    locale: Text | None = None
    birth_date: date | None = None
    address: Address | None = None
    coverage: Coverage | None = None


class Provider(Value):
    """Who treated; `npi` is the US National Provider Identifier."""

    provider_id: Id
    name: Text | None = None
    npi: Text | None = None


class Procedure(Value):
    """One thing done. Tooth numbers and surfaces are passed on as the clinical system writes them."""

    procedure_id: Id
    code: Id
    system: Text = "http://www.ada.org/cdt"
    description: Text = ""
    tooth: Text | None = None
    surfaces: tuple[Text, ...] = ()
    area: Text | None = None
    quantity: Quantity = "1"
    performed_on: date | None = None
    provider_id: Id | None = None


class Material(Value):
    """One thing used up, in `unit`s, maybe for one of the session's procedures."""

    material_id: Id
    sku: Id
    description: Text = ""
    quantity: Quantity = "1"
    unit: Text = "each"
    procedure_id: Id | None = None


def _once(what: str, ids: Sequence[str]) -> None:
    if len(set(ids)) < len(ids):
        twice = next(id_ for id_ in ids if ids.count(id_) > 1)
        raise ValueError(f"{what} {twice} is in the session twice")


class _Session(Event):
    session_id: Id
    clinic_id: Id
    version: Annotated[int, Field(ge=1, le=MAX_INTEGER, strict=True)]

    @property
    def subject(self) -> str:
        return self.session_id


class SessionBody(_Session):
    """All of a session that ended. At least one procedure or material; no id twice."""

    started_at: Time | None = None
    completed_at: Time
    patient: Patient
    provider: Provider | None = None
    price_list_id: Id | None = None
    procedures: Annotated[tuple[Procedure, ...], Field(max_length=MAX_LINES)] = ()
    materials: Annotated[tuple[Material, ...], Field(max_length=MAX_LINES)] = ()

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
    patient_id: Id | None = None
    reason: Text = ""

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id or self.session_id)
