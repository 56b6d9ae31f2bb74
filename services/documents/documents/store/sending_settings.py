"""What each clinic decided about its mail, each change under revision."""

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo, Session
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from documents.domain.deliveries.sending_policy import SendingSettings
from documents.journal import JOURNAL
from kernel.change import Change

COLLECTION = "sending_settings"
CHANGED = "documents.sending-settings-changed"
INDEXES = [IndexModel([("clinic_id", ASCENDING)]), IndexModel([("reminder_days", ASCENDING)])]
_settings = TypeAdapter(SendingSettings)


class SendingSettingsStore:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    def subject(self, clinic_id: str) -> str:
        """What the clinic's settings are called in the journal."""
        return self._documents.subject(clinic_id)

    async def of(self, clinic_id: str, session: Session | None = None) -> SendingSettings:
        """The defaults where nobody set any."""
        row = await self._rows.find_one({"_id": clinic_id}, session=session)
        return SendingSettings(clinic_id) if row is None else _settings.validate_python(row)

    async def of_clinics_that_remind(self) -> list[SendingSettings]:
        rows = await self._rows.find({"reminder_days": {"$gt": 0}}).to_list(None)
        return [_settings.validate_python(row) for row in rows]

    async def put(self, unit: Unit, settings: SendingSettings, change: Change) -> None:
        """Stores them under their version, with the revision. Raises Conflict when somebody else was faster."""
        version = Version(settings.version, CHANGED, change, _settings.dump_json(settings))
        document = _settings.dump_python(settings)
        await self._documents.save(unit, [DocumentChange.of(settings.clinic_id, document, version)])
