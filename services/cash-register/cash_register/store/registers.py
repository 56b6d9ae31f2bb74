"""Registers, by the key that clinic and name give them."""

from collections import Counter
from collections.abc import Collection, Sequence

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from cash_register.domain.registers.register import Register, register_key
from cash_register.journal import JOURNAL
from chassis.database.mongo import Mongo, Session, find_in
from chassis.database.paging import Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.change import Change

COLLECTION = "registers"
INDEXES = [IndexModel([("clinic_id", ASCENDING), ("register_id", ASCENDING)])]
CHANGED = "cash-register.register-changed"
BY_NAME = Order((("register_id", 1),))
_REGISTER = TypeAdapter(Register)


class Registers:
    """A register begins to exist when it is configured, opened, or waited for: whichever comes first."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    async def get(self, session: Session | None, clinic_id: str, register_id: str) -> Register:
        found = await self.of(session, [(clinic_id, register_id)])
        return found[register_key(clinic_id, register_id)]

    async def of(self, session: Session | None, where: Collection[tuple[str, str]]) -> dict[str, Register]:
        """By key, for each (clinic, register)."""
        if not where:
            return {}
        asked = {register_key(clinic, register): Register(register, clinic) for clinic, register in where}
        rows = await self._rows.find({"_id": {"$in": list(asked)}}, session=session).to_list(None)
        return asked | {row["_id"]: _REGISTER.validate_python(row) for row in rows}

    async def only_of(self, session: Session | None, clinic_ids: Collection[str]) -> dict[str, str]:
        """The register of each clinic that has no more than one."""
        rows = await find_in(self._rows, "clinic_id", clinic_ids, session, shown=("clinic_id", "register_id"))
        count = Counter(row["clinic_id"] for row in rows)
        return {row["clinic_id"]: row["register_id"] for row in rows if count[row["clinic_id"]] == 1}

    async def page(self, clinic_id: str, request: PageRequest) -> Page[Register]:
        """Of a clinic, by their ids."""
        where = BY_NAME.where({"clinic_id": clinic_id}, request)
        rows = await self._rows.find(where, sort=BY_NAME.sort, limit=request.limit + 1).to_list(None)
        return BY_NAME.page(rows, request, _REGISTER.validate_python)

    async def save(self, unit: Unit, changed: Sequence[Register], change: Change) -> None:
        """Each one version further, with its revision.

        Raises Conflict when somebody else was faster, and DriverError (duplicate) when they were the first.
        """
        await self._documents.save(
            unit, [DocumentChange.of(r.key, _REGISTER.dump_python(r), _version(r, change)) for r in changed]
        )


def _version(register: Register, change: Change) -> Version:
    return Version(register.version, CHANGED, change, _REGISTER.dump_json(register))
