"""What each clinic decided about its payments, each change under revision."""

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.change import Change
from payments.domain.intake.payment_policy import PaymentSettings
from payments.journal import JOURNAL

SETTINGS = "payment_settings"
CHANGED = "payments.settings-changed"
INDEXES = {SETTINGS: [IndexModel([("clinic_id", ASCENDING)])]}
_settings = TypeAdapter(PaymentSettings)


class SettingsStore:
    """The collection. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(SETTINGS)
        self._documents = VersionedDocuments(mongo, SETTINGS, JOURNAL)

    def subject(self, clinic_id: str) -> str:
        """What the clinic's settings are called in the journal."""
        return self._documents.subject(clinic_id)

    async def of(self, clinic_id: str, unit: Unit | None = None) -> PaymentSettings:
        """The defaults where nobody set any."""
        row = await self._rows.find_one({"_id": clinic_id}, session=unit and unit.session)
        return PaymentSettings(clinic_id) if row is None else _settings.validate_python(row)

    async def put(self, unit: Unit, settings: PaymentSettings, change: Change) -> None:
        """Stores them under their version, with the revision."""
        version = Version(settings.version, CHANGED, change, _settings.dump_json(settings))
        document = _settings.dump_python(settings)
        await self._documents.save(unit, [DocumentChange.of(settings.clinic_id, document, version)])
