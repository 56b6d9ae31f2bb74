"""A patient as the last of their sessions names them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from invoicing.domain.receivables.account import AccountKey
from kernel.value import value

_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@value
class Patient:
    """Who they are, and which session called them so: `source` sorts by time."""

    clinic_id: str
    patient_id: str
    name: str
    birth_date: date | None
    source: str


def source_of(completed_at: datetime, version: int, session_id: str) -> str:
    """Sorts what sessions say of one patient: of two, the one that was completed later counts, whichever came first.

    Of one session its later version does.
    """
    return f"{(completed_at - _FIRST) // _MS:015d}/{version:016d}/{session_id}"


def is_of_a_later_session(source: str, known: str) -> bool:
    """Whether it was completed later, and not only another version of it."""
    return source.partition("/")[0] > known.partition("/")[0]


def latest(patients: Iterable[Patient]) -> dict[AccountKey, Patient]:
    """Each as named last."""
    last: dict[AccountKey, Patient] = {}
    for patient in patients:
        account = patient.clinic_id, patient.patient_id
        known = last.get(account)
        if known is None or known.source < patient.source:
            last[account] = patient
    return last
