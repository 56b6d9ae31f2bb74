"""What each clinic decided about its payments, each change under revision."""

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.change import Change
from payments.domain.intake.payment_policy import PaymentSettings
from payments.journal import JOURNAL
from payments.store.replicas import CLINICS

SETTINGS = "payment_settings"
CHANGED = "payments.settings-changed"
INDEXES = {SETTINGS: [IndexModel([("clinic_id", ASCENDING)])]}
_settings = TypeAdapter(PaymentSettings)


class SettingsStore:
    """The collection. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(SETTINGS)
        self._clinics = mongo.collection(CLINICS)
        self._documents = VersionedDocuments(mongo, SETTINGS, JOURNAL)

    def subject(self, clinic_id: str) -> str:
        """What the clinic's settings are called in the journal."""
        return self._documents.subject(clinic_id)

    async def of(self, clinic_id: str, unit: Unit | None = None) -> PaymentSettings:
        """The defaults where nobody set any; in the time zone of the clinic's profile, once it is heard."""
        row = await self._rows.find_one({"_id": clinic_id}, session=unit and unit.session)
        settings = PaymentSettings(clinic_id) if row is None else _settings.validate_python(row)
        zone = await self.zone_of(clinic_id, unit)
        return settings if zone is None else settings.within(zone)

    async def zone_of(self, clinic_id: str, unit: Unit | None = None) -> str | None:
        """The time zone that the clinic's profile says; None before it is heard."""
        row = await self._clinics.find_one({"_id": clinic_id}, {"time_zone": 1}, session=unit and unit.session)
        return None if row is None else str(row["time_zone"])

    async def put(self, unit: Unit, settings: PaymentSettings, change: Change) -> None:
        """Stores them under their version, with the revision."""
        version = Version(settings.version, CHANGED, change, _settings.dump_json(settings))
        document = _settings.dump_python(settings)
        await self._documents.save(unit, [DocumentChange.of(settings.clinic_id, document, version)])
