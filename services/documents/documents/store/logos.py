"""Logos of clinics, as they are printed."""

from pydantic import TypeAdapter

from chassis.database.mongo import Mongo
from chassis.messaging.outbox import Unit
from documents.domain.looks.logo import Logo

COLLECTION = "logos"
_LOGO = TypeAdapter(Logo)


class Logos:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, clinic_id: str) -> Logo | None:
        row = await self._rows.find_one({"_id": clinic_id})
        return _LOGO.validate_python(row) if row else None

    async def keep(self, unit: Unit, logo: Logo) -> None:
        key = {"_id": logo.clinic_id}
        await self._rows.replace_one(key, _LOGO.dump_python(logo), upsert=True, session=unit.session)

    async def remove(self, unit: Unit, clinic_id: str) -> bool:
        """Was there one?"""
        gone = await self._rows.delete_one({"_id": clinic_id}, session=unit.session)
        return bool(gone.deleted_count)
