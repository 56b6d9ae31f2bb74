"""The session is done, corrected, and a second one that was noted by mistake is voided."""

from datetime import datetime

from contracts import clinical
from contracts.envelope import Event
from contracts.samples.story import (
    CARIES,
    CLINIC,
    COMPOSITE,
    DENTIST,
    FILLING,
    PATIENT,
    SESSION,
    WHO,
    XRAY,
    Sample,
    berlin,
)


def samples() -> list[Sample]:
    completed = clinical.SessionCompleted(
        session_id=SESSION,
        clinic_id=CLINIC,
        version=1,
        started_at=berlin("09:00"),
        completed_at=berlin("09:45"),
        patient=WHO,
        provider=DENTIST,
        procedures=(FILLING,),
        materials=(COMPOSITE,),
        diagnoses=(CARIES,),
    )
    corrected = clinical.SessionCorrected(
        session_id=SESSION,
        clinic_id=CLINIC,
        version=2,
        started_at=berlin("09:00"),
        completed_at=berlin("09:45"),
        patient=WHO,
        provider=DENTIST,
        procedures=(FILLING, XRAY),
        materials=(COMPOSITE,),
        diagnoses=(CARIES,),
    )
    voided = clinical.SessionVoided(
        session_id="ses-2026-000124", clinic_id=CLINIC, version=2, patient_id=PATIENT, reason="noted twice"
    )
    events: list[tuple[Event, datetime]] = [
        (completed, berlin("09:45")),
        (corrected, berlin("09:58")),
        (voided, berlin("10:02")),
    ]
    return [Sample(event, moment, "/clinical/clinic-berlin") for event, moment in events]
