"""What of a closed day its report shows."""

from contracts.cash_register import DayClosed
from documents.domain.documents.document import Source
from documents.domain.documents.register_day import FORMER, PRINTED, content_of
from documents.facts import RegisterDayFacts
from documents.store import Store
from documents.usecases.documents.sources import Snapshot


def source_of_day(day: DayClosed) -> Source:
    """The content is hashed without defaults, so that a new optional field of the contract renders nothing anew."""
    return Source(
        kind="register_day",
        source_id=day.day_id,
        source_version=day.version,
        clinic_id=day.clinic_id,
        patient_id=None,
        content=_content(day, PRINTED),
        formerly=_content(day, FORMER),
    )


def is_whole(day: DayClosed) -> bool:
    """Whether its Z report tells all that it will: the VAT of a day of many receipts is told a moment later."""
    report = day.z_report
    return report is None or report.totals.by_method is None or report.totals.taken_under_vat is not None


def _content(day: DayClosed, printed: frozenset[str]) -> str:
    return content_of(day.model_dump_json(include=set(printed), exclude_defaults=True))


async def day_snapshot(store: Store, day: DayClosed) -> Snapshot:
    clinic = await store.clinics.find(day.clinic_id)
    facts = RegisterDayFacts(
        day=day,
        clinic=clinic.name if clinic else day.clinic_id,
        time_zone=clinic.time_zone if clinic else None,
        country=clinic.country if clinic else None,
    )
    return Snapshot(source_of_day(day), facts.model_dump_json().encode(), f"{day.register_id}-{day.date.isoformat()}")
