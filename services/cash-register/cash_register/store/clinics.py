"""Copies of clinics' profiles, as far as a register goes: their time zones."""

from collections.abc import Sequence

from cash_register.replicas import ClinicReplica
from chassis.database.mongo import Mongo, Session
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit

COLLECTION = "clinics"


class Clinics:
    """Version-guarded: an old or repeated profile changes nothing."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def keep(self, unit: Unit, replicas: Sequence[ClinicReplica]) -> None:
        """Stores those that are newer than what is stored."""
        await keep_newer(unit, self._rows, replicas)

    async def zone_of(self, session: Session | None, clinic_id: str) -> str | None:
        """The clinic's time zone (IANA); None before its profile is heard."""
        row = await self._rows.find_one({"_id": clinic_id}, {"time_zone": 1}, session=session)
        return None if row is None else str(row["time_zone"])
