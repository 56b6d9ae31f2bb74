"""What clinics decided about their registers, by the key of the register."""

from collections.abc import Collection

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from cash_register.domain.registers.register import register_key
from cash_register.domain.registers.settings import RegisterSettings
from cash_register.journal import JOURNAL
from chassis.database.mongo import Mongo, Session, find_in
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.change import Change

COLLECTION = "register_settings"
INDEXES = [IndexModel([("clinic_id", ASCENDING)])]
CONFIGURED = "cash-register.register-configured"
_SETTINGS = TypeAdapter(RegisterSettings)


class RegisterSettingsStore:
    """One document a register that somebody configured."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    def subject(self, clinic_id: str, register_id: str) -> str:
        """What the register's settings are called in the journal."""
        return self._documents.subject(register_key(clinic_id, register_id))

    async def of(self, session: Session | None, clinic_id: str, register_id: str) -> RegisterSettings:
        """Those of version 0 where nobody configured it."""
        [found] = await self.of_each(session, clinic_id, [register_id])
        return found

    async def of_each(
        self, session: Session | None, clinic_id: str, register_ids: Collection[str]
    ) -> list[RegisterSettings]:
        """In the order asked for."""
        keys = {register_key(clinic_id, register_id): register_id for register_id in register_ids}
        rows = await find_in(self._rows, "_id", keys, session)
        found = {row["_id"]: _SETTINGS.validate_python(row) for row in rows}
        return [
            found.get(key) or RegisterSettings(clinic_id=clinic_id, register_id=register_id)
            for key, register_id in keys.items()
        ]

    async def save(self, unit: Unit, settings: RegisterSettings, change: Change) -> None:
        """One version further. Raises Conflict, or DriverError (duplicate), when somebody else was faster."""
        version = Version(settings.version, CONFIGURED, change, _SETTINGS.dump_json(settings))
        row = _SETTINGS.dump_python(settings)
        await self._documents.save(unit, [DocumentChange.of(settings.key, row, version)])
