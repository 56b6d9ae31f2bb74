"""Clinics' profiles."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.journal.revisions import Revisions
from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import Clinic, day_at
from invoicing.domain.clinics.configuration import ClinicConfigured
from invoicing.journal import JOURNAL
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import NotFound

COLLECTION = "clinics"
CONFIGURED = "invoicing.clinic-configured"
INDEXES: Sequence[IndexModel] = [IndexModel([("clinic_id", ASCENDING)])]
CLINIC = TypeAdapter(Clinic)


class Clinics:
    """Loads and saves; each save writes its revision in the same transaction."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._revisions = Revisions(mongo)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    def subject(self, clinic_id: str) -> str:
        """What the profile is called in the journal."""
        return self._documents.subject(clinic_id)

    async def of(self, unit: Unit | None, clinic_ids: Iterable[str]) -> dict[str, Clinic]:
        """The configured ones among the clinics."""
        where = {"_id": {"$in": list(clinic_ids)}}
        rows = await self._rows.find(where, session=unit and unit.session).to_list(None)
        return {row["_id"]: CLINIC.validate_python(row) for row in rows}

    async def find(self, unit: Unit, clinic_id: str) -> Clinic | None:
        """The clinic, if anybody configured it."""
        return (await self.of(unit, [clinic_id])).get(clinic_id)

    async def get(self, clinic_id: str) -> Clinic:
        """Raises NotFound."""
        row = await self._rows.find_one({"_id": clinic_id})
        if row is None:
            raise NotFound("clinic-unknown", f"nobody configured the clinic {clinic_id}")
        return CLINIC.validate_python(row)

    async def day(self, clinic_id: str, moment: datetime) -> date:
        """The date at the clinic; that of UTC where nobody configured it."""
        row = await self._rows.find_one({"_id": clinic_id})
        return day_at(None if row is None else CLINIC.validate_python(row), moment)

    async def history(self, clinic: Clinic) -> list[Clinic]:
        """All versions of the profile until this one."""
        revisions = await self._revisions.of(self.subject(clinic.clinic_id), range(1, clinic.version + 1))
        return [CLINIC.validate_json(revision.snapshot) for revision, _ in revisions]

    async def after(self, unit: Unit, clinic_id: str, limit: int) -> list[Clinic]:
        """The first profiles behind this one, by id."""
        found = self._rows.find({"_id": {"$gt": clinic_id}}, session=unit.session)
        rows = await found.sort("_id", 1).limit(limit).to_list(None)
        return [CLINIC.validate_python(row) for row in rows]

    async def last_change(self, clinic: Clinic) -> Change:
        """Who put this version of the profile, and when."""
        [(put, _)] = await self._revisions.of(self.subject(clinic.clinic_id), range(clinic.version, clinic.version + 1))
        return Change(put.at, Actor(put.actor_id, put.actor_name, put.actor_role), put.reason)

    async def save(self, unit: Unit, events: Iterable[ClinicConfigured], change: Change) -> None:
        """Stores each profile in place of the version before, with its revision."""
        await self._documents.save(unit, [_change(event.clinic, change) for event in events])


def _change(clinic: Clinic, change: Change) -> DocumentChange:
    version = Version(clinic.version, CONFIGURED, change, CLINIC.dump_json(clinic))
    return DocumentChange.of(clinic.clinic_id, CLINIC.dump_python(clinic), version)
