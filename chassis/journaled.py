"""Documents that are put whole, again and again: each time with a revision in the same transaction."""

from datetime import datetime
from typing import Protocol

from chassis.mongo import Document, Mongo
from chassis.outbox import Unit
from chassis.revisions import GENESIS, Revision, Revisions


class Who(Protocol):
    """A person, or the source of a consequence."""

    @property
    def actor_id(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def role(self) -> str: ...


class ChangeMade(Protocol):
    """Who changes what when, and why."""

    @property
    def at(self) -> datetime: ...
    @property
    def by(self) -> Who: ...
    @property
    def reason(self) -> str | None: ...


class Journaled:
    """One collection of such documents. The subject of their revisions is `<collection>/<_id>`."""

    def __init__(self, mongo: Mongo, collection: str, type_: str) -> None:
        self._rows = mongo.collection(collection)
        self._journal = Revisions(mongo)
        self._collection = collection
        self._type = type_

    def subject(self, id_: str) -> str:
        """What the document is called in the journal."""
        return f"{self._collection}/{id_}"

    async def put(self, unit: Unit, id_: str, document: Document, snapshot: bytes, change: ChangeMade) -> None:
        """Replaces the document, or inserts it, and writes the revision.

        `document` has `clinic_id` and its new `version`; `snapshot` is the same as JSON.
        """
        before = await self._rows.find_one({"_id": id_}, {"head": 1}, session=unit.session)
        revision = Revision(
            self.subject(id_), document["version"], self._type, document["clinic_id"], change.at,
            change.by.actor_id, change.by.name, change.by.role, change.reason, snapshot,
            (before or {}).get("head", GENESIS),
        )  # fmt: skip
        hash_ = revision.hash
        after = {"_id": id_, **document, "head": hash_}
        await self._rows.replace_one({"_id": id_}, after, upsert=True, session=unit.session)
        await self._journal.write(unit, [(revision, hash_)])
