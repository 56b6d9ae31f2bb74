"""The sessions of a morning, as the clinical system says them. The same seed and run make the same sessions."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from contracts.clinical import (
    Material,
    Patient,
    Procedure,
    SessionBody,
    SessionCompleted,
    SessionCorrected,
    SessionVoided,
)
from dev.demo.people import CLINIC, CLINIC_PROFILE, PATIENTS, PROVIDERS
from dev.demo.treatments import CDT, SUPPLIES, TREATMENTS, UNPRICED, VISITS, Visit

FEWEST = 8
"""With fewer there is not one of each kind."""
# Which sessions of the morning are special, counted from 0.
LACKS_A_PRICE, VOIDED, CORRECTED = 3, 5, (1, 8, 17)
TIME_ZONE = ZoneInfo(str(CLINIC_PROFILE["time_zone"]))
OPENS = time(8, 0)
BETWEEN_SESSIONS = timedelta(minutes=25)
LASTS = timedelta(minutes=20)
_TEETH = tuple(f"{quadrant}{tooth}" for quadrant in (1, 2, 3, 4) for tooth in range(4, 8))


@dataclass(frozen=True)
class Morning:
    """`run` is in every session's id, so that the next run brings new ones."""

    run: str
    on: date
    completed: tuple[SessionCompleted, ...]
    corrected: tuple[SessionCorrected, ...]
    voided: tuple[SessionVoided, ...]

    @property
    def last_versions(self) -> dict[str, int]:
        """What the clinical system said last, by session id."""
        return {event.session_id: event.version for event in (*self.completed, *self.corrected, *self.voided)}


def session_prefix(run: str) -> str:
    return f"ses-{run}-"


def morning_of(run: str, on: date, seed: int, sessions: int) -> Morning:
    """Some patients come more than once. Raises ValueError for fewer than FEWEST sessions."""
    if sessions < FEWEST:
        raise ValueError(f"a morning has at least {FEWEST} sessions")
    random = Random(f"{seed}/{run}")
    patients = random.sample(PATIENTS, k=min(len(PATIENTS), sessions * 3 // 4))
    completed = tuple(_session(random, run, on, number, patients[number % len(patients)]) for number in range(sessions))
    corrected = tuple(_correct(completed[number]) for number in CORRECTED if number < sessions)
    return Morning(run, on, completed, corrected, (_void(completed[VOIDED]),))


def corrected_late(morning: Morning, session_id: str) -> SessionCorrected:
    """What the clinical system says of one of them after its invoice was handed out."""
    published = (*morning.completed, *morning.corrected)
    return _correct(max((s for s in published if s.session_id == session_id), key=lambda s: s.version), "p-later")


def _session(random: Random, run: str, on: date, number: int, patient: Patient) -> SessionCompleted:
    chair, turn = number % len(PROVIDERS), number // len(PROVIDERS)
    starts = datetime.combine(on, OPENS, TIME_ZONE) + turn * BETWEEN_SESSIONS
    visit = random.choice(VISITS)
    codes = (*visit.codes, UNPRICED) if number == LACKS_A_PRICE else visit.codes
    return SessionCompleted(
        session_id=f"{session_prefix(run)}{number + 1:02d}",
        clinic_id=CLINIC,
        version=1,
        started_at=starts,
        completed_at=starts + LASTS,
        patient=patient,
        provider=PROVIDERS[chair],
        procedures=tuple(_procedure(random, nth, code, on) for nth, code in enumerate(codes, 1)),
        materials=_materials(visit),
    )


def _procedure(random: Random, nth: int, code: str, on: date) -> Procedure:
    treatment = TREATMENTS.get(code)
    surfaces = random.sample("MODBL", k=treatment.surfaces) if treatment else []
    return Procedure(
        procedure_id=f"p-{nth}",
        code=code,
        system=CDT,
        description=treatment.description if treatment else "Unspecified adjunctive procedure, by report",
        tooth=random.choice(_TEETH) if treatment and treatment.on_a_tooth else None,
        surfaces=tuple(surfaces),
        performed_on=on,
    )


def _materials(visit: Visit) -> tuple[Material, ...]:
    return tuple(
        Material(
            material_id=f"m-{nth}",
            sku=sku,
            description=SUPPLIES[sku].description,
            quantity=quantity,
            unit=SUPPLIES[sku].unit,
            procedure_id="p-1",
        )
        for nth, (sku, quantity) in enumerate(visit.supplies, 1)
    )


def _correct(session: SessionBody, procedure_id: str = "p-late") -> SessionCorrected:
    """An image was taken that nobody had noted."""
    forgotten = TREATMENTS["D0220"]
    image = Procedure(
        procedure_id=procedure_id, code=forgotten.code, system=CDT, description=forgotten.description, tooth="16"
    )
    corrected = {**dict(session), "version": session.version + 1, "procedures": (*session.procedures, image)}
    return SessionCorrected(**corrected)


def _void(session: SessionBody) -> SessionVoided:
    return SessionVoided(
        session_id=session.session_id,
        clinic_id=session.clinic_id,
        version=session.version + 1,
        patient_id=session.patient.patient_id,
        reason="noted for the wrong patient",
    )
