"""Clinics as their invoices have them, and since when."""

from collections import defaultdict
from collections.abc import Sequence

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from cash_register.domain.exports.heard import BusinessSince, news
from chassis.database.mongo import Mongo, Session, find_in
from chassis.messaging.outbox import Unit

COLLECTION = "businesses"
INDEXES = [IndexModel([("clinic_id", ASCENDING)])]
_BUSINESS = TypeAdapter(BusinessSince)


class Businesses:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def keep(self, unit: Unit, entries: Sequence[BusinessSince]) -> None:
        """What is not known yet."""
        rows = await find_in(self._rows, "clinic_id", {one.clinic_id for one in entries}, unit.session)
        known: defaultdict[str, list[BusinessSince]] = defaultdict(list)
        for found in map(_BUSINESS.validate_python, rows):
            known[found.clinic_id].append(found)
        fresh: dict[str, BusinessSince] = {}
        for one in sorted(entries, key=lambda one: one.since):
            if news(known[one.clinic_id], one):
                known[one.clinic_id].append(one)
                fresh[one.key] = one
        if fresh:
            rows = [{"_id": key, **_BUSINESS.dump_python(one)} for key, one in fresh.items()]
            await self._rows.insert_many(rows, session=unit.session)

    async def of(self, session: Session | None, clinic_id: str) -> list[BusinessSince]:
        rows = await self._rows.find({"clinic_id": clinic_id}, session=session).to_list(None)
        return [_BUSINESS.validate_python(row) for row in rows]
