"""Registers, by the key that clinic and name give them."""

from collections.abc import Collection, Sequence

from pydantic import TypeAdapter

from cash_register.domain.registers.register import Register, register_key
from chassis.database.mongo import Mongo, Session
from chassis.journal.documents import DocumentChange, VersionedDocuments
from chassis.messaging.outbox import Unit

COLLECTION = "registers"
_REGISTER = TypeAdapter(Register)


class Registers:
    """A register begins to exist when it is first written."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION)

    async def get(self, session: Session, clinic_id: str, register_id: str) -> Register:
        found = await self.of(session, [(clinic_id, register_id)])
        return found[register_key(clinic_id, register_id)]

    async def of(self, session: Session, where: Collection[tuple[str, str]]) -> dict[str, Register]:
        """By key, for each (clinic, register)."""
        if not where:
            return {}
        asked = {register_key(clinic, register): Register(register, clinic) for clinic, register in where}
        rows = await self._rows.find({"_id": {"$in": list(asked)}}, session=session).to_list(None)
        return asked | {row["_id"]: _REGISTER.validate_python(row) for row in rows}

    async def save(self, unit: Unit, changed: Sequence[Register]) -> None:
        """Each one version further.

        Raises Conflict when somebody else was faster, and DriverError (duplicate) when they were the first.
        """
        await self._documents.save(
            unit, [DocumentChange(r.key, r.version - 1, _REGISTER.dump_python(r)) for r in changed]
        )
