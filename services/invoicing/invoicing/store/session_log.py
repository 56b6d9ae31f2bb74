"""The log of sessions: a copy of each of their versions, beside the invoices and written in the same transaction.

A row a version. The first one of a session has the invoice's id, so that a batch of new sessions is one insert without
a look; later ones name it in `later_of`, and only they are in that index. Sessions that were voided before anything
else was known of them are kept apart: a late first version has to find that.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from pymongo import ASCENDING, IndexModel, ReplaceOne

from chassis.database.mongo import Document, Mongo, find_in
from chassis.database.paging import Order, PageRequest
from chassis.messaging.outbox import Unit
from contracts.clinical import SessionCompleted, SessionCorrected, SessionVoided
from invoicing.domain.completeness.fates import LoggedItem, LoggedSession, SessionVersion

COLLECTION = "heard_sessions"
VOIDED = "voided_sessions"
SessionEvent = SessionCompleted | SessionCorrected | SessionVoided
SessionEntry = tuple[str, SessionEvent, date | None]
"""The id of its invoice, an event, the clinic's date on which the session was completed; None for one that is void."""
BY_DAY = Order((("day", 1), ("_id", 1)))
INDEXES: Sequence[IndexModel] = [
    IndexModel([("clinic_id", ASCENDING), *BY_DAY.keys]),
    IndexModel([("later_of", ASCENDING)], sparse=True),
]
TEXTS_AN_ITEM = 5
"""The items of a row are one flat list of texts: each level of BSON costs."""


class SessionLog:
    """What came from the clinical system, whatever became of it."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._voided = mongo.collection(VOIDED)

    async def append(self, unit: Unit, entries: Sequence[SessionEntry], look: bool) -> None:
        """Keeps what did not come before; without `look` all is taken for new, and else is a duplicate key."""
        taken = await self._taken(unit, entries) if look else {}
        fresh = []
        for invoice_id, event, day in entries:
            later = f"{invoice_id}:{event.version}"
            if taken.get(invoice_id) == event.version or later in taken:
                continue
            row = _row(invoice_id, event, day)
            if invoice_id in taken or not isinstance(event, SessionCompleted):
                row |= {"_id": later, "later_of": invoice_id}
            taken[row["_id"]] = event.version
            fresh.append(row)
        if fresh:
            await self._rows.insert_many(fresh, session=unit.session)

    async def _taken(self, unit: Unit, entries: Sequence[SessionEntry]) -> dict[str, int]:
        ids = [id_ for invoice_id, event, _ in entries for id_ in (invoice_id, f"{invoice_id}:{event.version}")]
        rows = await self._rows.find({"_id": {"$in": ids}}, {"version": 1}, session=unit.session).to_list(None)
        return {row["_id"]: row["version"] for row in rows}

    async def voided(self, unit: Unit, invoice_ids: Iterable[str]) -> dict[str, int]:
        """Of those sessions that were voided first the voiding version, by the id of the invoice they would have."""
        if await self._voided.find_one({}, {"_id": 1}, session=unit.session) is None:
            return {}
        rows = await self._voided.find({"_id": {"$in": list(invoice_ids)}}, session=unit.session).to_list(None)
        return {row["_id"]: row["version"] for row in rows}

    async def remember_voided(self, unit: Unit, versions: Mapping[str, int]) -> None:
        """Keeps the highest voiding version of sessions that have no invoice."""
        writes: list[ReplaceOne[Document]] = [
            ReplaceOne({"_id": id_}, {"_id": id_, "version": version}, upsert=True) for id_, version in versions.items()
        ]
        await self._voided.bulk_write(writes, session=unit.session)

    async def completed(self, unit: Unit, versions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], datetime]:
        """When these versions of sessions say that they were completed; a session by the id of its first invoice."""
        ids = {id_ for invoice_id, version in versions for id_ in (invoice_id, f"{invoice_id}:{version}")}
        shown = ("version", "later_of", "completed_at")
        rows = await find_in(self._rows, "_id", ids, unit.session, shown=shown)
        return {(_invoice_id(row), row["version"]): row["completed_at"] for row in rows if "completed_at" in row}

    async def clinic_after(self, clinic_id: str) -> str | None:
        """The next clinic that has sessions, in the order of their ids; None at the end."""
        later = {"clinic_id": {"$gt": clinic_id}}
        row = await self._rows.find_one(later, {"clinic_id": 1}, sort=[("clinic_id", 1)])
        return None if row is None else str(row["clinic_id"])

    async def page(
        self, unit: Unit, clinic_id: str, first: str, last: str, request: PageRequest
    ) -> tuple[list[LoggedSession], str | None]:
        """Sessions of these days, and the cursor of the next page; a session is where its first version is.

        A page may hold fewer than was asked for, since each version takes a place.
        """
        # Not `$lte`, for which the embedded database leaves out what is equal: "~" is after every digit.
        where = {"clinic_id": clinic_id, "day": {"$gte": first, "$lt": f"{last}~"}}
        found = self._rows.find(BY_DAY.where(where, request), session=unit.session)
        rows = await found.sort(BY_DAY.sort).limit(request.limit + 1).to_list(None)
        shown = rows[: request.limit]
        next_cursor = BY_DAY.cursor(shown[-1]) if len(rows) > len(shown) else None
        return await self._whole(unit, shown), next_cursor

    async def _whole(self, unit: Unit, shown: Sequence[Document]) -> list[LoggedSession]:
        """The sessions whose first version is shown, with all their versions."""
        versions: dict[str, list[Document]] = defaultdict(list)
        ids = {"$in": list({_invoice_id(row) for row in shown})}
        for where in ({"_id": ids}, {"later_of": ids}):
            for row in await self._rows.find(where, session=unit.session).to_list(None):
                versions[_invoice_id(row)].append(row)
        sessions = []
        for row in shown:
            own = versions[_invoice_id(row)]
            whole = [version for version in own if version["day"] is not None]
            first = min(whole, key=lambda version: (version["version"], version["_id"]))
            if first["_id"] == row["_id"]:
                sessions.append(_session(row, own))
        return sessions


def _row(invoice_id: str, event: SessionEvent, day: date | None) -> Document:
    row = {
        "_id": invoice_id,
        "clinic_id": event.clinic_id,
        "session_id": event.session_id,
        "version": event.version,
        "day": None if day is None else day.isoformat(),
    }
    if isinstance(event, SessionVoided):
        return row
    items: list[str] = []
    for p in event.procedures:
        items += ("procedure", p.procedure_id, p.code, p.system, p.quantity)
    for m in event.materials:
        items += ("material", m.material_id, m.sku, m.unit, m.quantity)
    return row | {"patient_id": event.patient.patient_id, "completed_at": event.completed_at, "items": items}


def _invoice_id(row: Document) -> str:
    return str(row.get("later_of") or row["_id"])


def _session(first: Document, versions: Sequence[Document]) -> LoggedSession:
    return LoggedSession(
        _invoice_id(first),
        first["clinic_id"],
        first["patient_id"],
        first["session_id"],
        first["day"],
        first["completed_at"],
        tuple(map(_version, versions)),
    )


def _version(row: Document) -> SessionVersion:
    flat = row.get("items") or []
    items = [LoggedItem(*flat[at : at + TEXTS_AN_ITEM]) for at in range(0, len(flat), TEXTS_AN_ITEM)]
    return SessionVersion(row["version"], row["day"] is None, tuple(items))
