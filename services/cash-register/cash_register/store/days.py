"""Cash-register's own collections. A day holds totals; its movements are beside it: there may be thousands."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne

from cash_register.domain.days.cash import Cash, Movement
from cash_register.domain.days.day import Day, day_id_of
from cash_register.domain.registers.register import Register, register_key
from chassis.database.mongo import Document, Mongo, Session
from chassis.database.paging import Filter, Order, PageRequest
from chassis.service import Indexes
from kernel.errors import Conflict, NotFound

S = TypeVar("S")

DAYS, MOVEMENTS, WAITING, REGISTERS = "days", "movements", "waiting", "registers"
NEWEST_FIRST = Order((("date", -1),))
AS_RECORDED = Order((("version", 1),))
OLDEST_FIRST = Order((("at", 1), ("_id", 1)))
_OF_REGISTER = (("clinic_id", ASCENDING), ("register_id", ASCENDING))
INDEXES: Indexes = {
    DAYS: [IndexModel([*_OF_REGISTER, ("date", DESCENDING)])],
    MOVEMENTS: [IndexModel([("day_id", ASCENDING), ("version", ASCENDING)])],
    WAITING: [IndexModel([*_OF_REGISTER, ("at", ASCENDING), ("_id", ASCENDING)])],
    REGISTERS: [],
}
_DAY = TypeAdapter(Day)
_MOVEMENT = TypeAdapter(Movement)
_CASH = TypeAdapter(Cash)
_REGISTER = TypeAdapter(Register)


class Store:
    """Reads and writes within the caller's transaction; what is replaced must have the version it was read with."""

    def __init__(self, mongo: Mongo) -> None:
        self._days = mongo.collection(DAYS)
        self._movements = mongo.collection(MOVEMENTS)
        self._waiting = mongo.collection(WAITING)
        self._registers = mongo.collection(REGISTERS)

    async def register(self, session: Session, clinic_id: str, register_id: str) -> Register:
        """A register begins to exist when it is first written."""
        found = await self.registers(session, [(clinic_id, register_id)])
        return found[register_key(clinic_id, register_id)]

    async def registers(self, session: Session, where: Collection[tuple[str, str]]) -> dict[str, Register]:
        """By register key, for each (clinic, register)."""
        asked = {register_key(clinic, register): Register(register, clinic) for clinic, register in where}
        rows = await self._registers.find({"_id": {"$in": list(asked)}}, session=session).to_list(None)
        return asked | {row["_id"]: _REGISTER.validate_python(row) for row in rows}

    async def save_registers(self, session: Session, changed: Sequence[Register]) -> None:
        """Raises Conflict when another was faster, and DriverError (duplicate) when it was the first."""
        fresh = [_document(_REGISTER, r, r.key) for r in changed if r.version == 1]
        if fresh:
            await self._registers.insert_many(fresh, session=session)
        known = [(r.key, r.version - 1, _document(_REGISTER, r, r.key)) for r in changed if r.version > 1]
        await _replace(self._registers, session, known)

    async def day(self, session: Session, clinic_id: str, register_id: str, on: date) -> Day:
        """Raises NotFound."""
        found = await self.find_day(session, day_id_of(clinic_id, register_id, on))
        if found is None:
            raise NotFound("day-not-found", "this register has no such day")
        return found

    async def find_day(self, session: Session, day_id: str) -> Day | None:
        return (await self.days(session, [day_id])).get(day_id)

    async def days(self, session: Session, day_ids: Sequence[str]) -> dict[str, Day]:
        """Those that exist, by id."""
        if not day_ids:
            return {}
        rows = await self._days.find({"_id": {"$in": list(day_ids)}}, session=session).to_list(None)
        return {row["_id"]: _DAY.validate_python(row) for row in rows}

    async def add_day(self, session: Session, day: Day) -> None:
        """Raises DriverError (duplicate) for a date that has its day."""
        await self._days.insert_one(_document(_DAY, day, day.day_id), session=session)

    async def save_days(self, session: Session, changed: Sequence[tuple[int, Day]]) -> None:
        """Each with the version that it replaces. Raises Conflict when another was faster."""
        await _replace(self._days, session, [(d.day_id, old, _document(_DAY, d, d.day_id)) for old, d in changed])

    async def known_movements(self, session: Session, ids: Collection[str]) -> set[str]:
        """Those of the ids that are on the books or waiting."""
        wanted = {"_id": {"$in": list(ids)}}
        rows = await self._movements.find(wanted, {"_id": 1}, session=session).to_list(None)
        rows += await self._waiting.find(wanted, {"_id": 1}, session=session).to_list(None)
        return {row["_id"] for row in rows}

    async def add_movements(self, session: Session, movements: Sequence[Movement]) -> None:
        """Raises DriverError (duplicate) for one that is there."""
        if movements:
            rows = [_document(_MOVEMENT, m, m.movement_id) for m in movements]
            await self._movements.insert_many(rows, session=session)

    async def begin_waiting(self, session: Session, arrivals: Sequence[Cash]) -> None:
        """Raises DriverError (duplicate) for one that is there."""
        if arrivals:
            rows = [_document(_CASH, cash, cash.movement_id) for cash in arrivals]
            await self._waiting.insert_many(rows, session=session)

    async def end_waiting(self, session: Session, ids: Sequence[str]) -> None:
        if ids:
            await self._waiting.delete_many({"_id": {"$in": list(ids)}}, session=session)

    async def waiting(self, session: Session, clinic_id: str, register_id: str, currency: str) -> list[Cash]:
        """What waits for a day of the register in this currency, oldest first."""
        wanted = {"clinic_id": clinic_id, "register_id": register_id, "amount.currency": currency}
        rows = await self._waiting.find(wanted, session=session, sort=OLDEST_FIRST.sort).to_list(None)
        return [_CASH.validate_python(row) for row in rows]

    async def days_page(self, clinic_id: str, register_id: str, page: PageRequest) -> list[Document]:
        """Up to one more than asked for, newest first."""
        return await _page(self._days, NEWEST_FIRST, {"clinic_id": clinic_id, "register_id": register_id}, page)

    async def movements_page(self, day_id: str, page: PageRequest) -> list[Document]:
        """Up to one more than asked for, in the order of the books."""
        return await _page(self._movements, AS_RECORDED, {"day_id": day_id}, page)

    async def waiting_page(self, clinic_id: str, register_id: str, page: PageRequest) -> list[Document]:
        """Up to one more than asked for, oldest first."""
        return await _page(self._waiting, OLDEST_FIRST, {"clinic_id": clinic_id, "register_id": register_id}, page)


def read_day(row: Any) -> Day:
    return _DAY.validate_python(row)


def _document(adapter: TypeAdapter[S], state: S, id_: str) -> Document:
    return {"_id": id_, **adapter.dump_python(state)}


async def _replace(collection: Any, session: Session, changed: Iterable[tuple[str, int, Document]]) -> None:
    writes = [ReplaceOne({"_id": id_, "version": old}, row) for id_, old, row in changed]
    if writes and (await collection.bulk_write(writes, session=session)).matched_count != len(writes):
        raise Conflict("changed-meanwhile", "somebody else changed this at the same moment: try again")


async def _page(collection: Any, order: Order, condition: Filter, page: PageRequest) -> list[Document]:
    found = collection.find(order.where(condition, page), sort=order.sort, limit=page.limit + 1)
    rows: list[Document] = await found.to_list(None)
    return rows
