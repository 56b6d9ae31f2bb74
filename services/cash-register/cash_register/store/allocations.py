"""What of each payment at a register went to which invoice."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, ReplaceOne

from cash_register.domain.exports.heard import CashAllocation
from chassis.database.mongo import Mongo, Session, find_in
from chassis.messaging.outbox import Unit

COLLECTION = "allocations"
INDEXES = [IndexModel([("payment_id", ASCENDING)])]
_ALLOCATION = TypeAdapter(CashAllocation)


class Allocations:
    """The oldest version of an invoice that knows of a payment says what went to it; later ones change nothing."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def keep(self, unit: Unit, heard: Sequence[CashAllocation]) -> None:
        """Those that are the first, in whichever order they are heard."""
        oldest: dict[str, CashAllocation] = {}
        for one in sorted(heard, key=lambda one: one.invoice_version, reverse=True):
            oldest[one.key] = one
        rows = await find_in(self._rows, "_id", oldest, unit.session, shown=["invoice_version"])
        versions = {row["_id"]: row["invoice_version"] for row in rows}
        first = [one for key, one in oldest.items() if one.invoice_version < versions.get(key, one.invoice_version + 1)]
        fresh = [{"_id": one.key, **_ALLOCATION.dump_python(one)} for one in first if one.key not in versions]
        if fresh:
            await self._rows.insert_many(fresh, session=unit.session)
        older = [ReplaceOne({"_id": one.key}, _ALLOCATION.dump_python(one)) for one in first if one.key in versions]
        if older:
            await self._rows.bulk_write(older, session=unit.session)

    async def of(self, payment_ids: Collection[str], session: Session | None = None) -> dict[str, list[CashAllocation]]:
        """By payment, those of an invoice that was told of first before others."""
        found: defaultdict[str, list[CashAllocation]] = defaultdict(list)
        rows = await find_in(self._rows, "payment_id", payment_ids, session)
        for one in sorted(map(_ALLOCATION.validate_python, rows), key=lambda one: (one.at, one.invoice_id)):
            found[one.payment_id].append(one)
        return found
