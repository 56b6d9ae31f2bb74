"""Copies of what invoicing tells of clinics: name, country, time zone, look."""

from collections.abc import Sequence

from chassis.database.mongo import Mongo
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from contracts.invoicing import ClinicConfigured

COLLECTION = "clinics"


class Clinics:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, clinic_id: str) -> ClinicConfigured | None:
        row = await self._rows.find_one({"_id": clinic_id})
        return ClinicConfigured.model_validate(row) if row else None

    async def keep_newer(self, unit: Unit, heard: Sequence[ClinicConfigured]) -> None:
        await keep_newer(unit, self._rows, heard)
