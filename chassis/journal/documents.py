"""Documents under revision: each change is written with its revision, in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne

from chassis.database.mongo import Document, DriverError, Mongo, among, is_duplicate
from chassis.journal.revisions import GENESIS, Revision, Revisions
from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class Step:
    """One version of a document: what it was after a change, and when, by whom and why that was made."""

    version: int
    type: str
    at: datetime
    by: Actor
    snapshot: bytes
    reason: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """A document after one or more steps. `fields` are what is asked for, beside the snapshot."""

    id: str
    clinic_id: str
    fields: Mapping[str, Any]
    steps: Sequence[Step]

    def revisions(self, head: str) -> Sequence[tuple[Revision, str]]:
        """A revision for each step, chained to the head, each with its hash."""
        chained = []
        for step in self.steps:
            revision = Revision(
                self.id, step.version, step.type, self.clinic_id, step.at, step.by.actor_id, step.by.name,
                step.by.role, step.reason, step.snapshot, head, step.cause,
            )  # fmt: skip
            head = revision.hash
            chained.append((revision, head))
        return chained

    def document(self, head: str) -> Document:
        """As it is stored: the last step's snapshot byte for byte, and the hash of its revision."""
        last = self.steps[-1]
        own = {"_id": self.id, "clinic_id": self.clinic_id, "version": last.version}
        return {**self.fields, **own, "head": head, "snapshot": last.snapshot}


class Versioned:
    """One collection of documents that change a version at a time. The subject of their revisions is the `_id`."""

    def __init__(self, mongo: Mongo, collection: str) -> None:
        self._rows = mongo.collection(collection)
        self._journal = Revisions(mongo)

    async def add(self, unit: Unit, editions: Sequence[Edition]) -> None:
        """Inserts documents with their first revisions; one that exists is a duplicate key."""
        if editions:
            chains = [edition.revisions(GENESIS) for edition in editions]
            documents = [e.document(chain[-1][1]) for e, chain in zip(editions, chains, strict=True)]
            await self._rows.insert_many(documents, session=unit.session)
            await self._journal.write(unit, [one for chain in chains for one in chain])

    async def replace(self, unit: Unit, editions: Sequence[Edition]) -> None:
        """Replaces documents by what became of them. Raises Conflict when somebody else was faster."""
        if not editions:
            return
        ids = [edition.id for edition in editions]
        rows = await among(self._rows, "_id", ids, unit.session, shown=("version", "head"))
        stored = {row["_id"]: (row["version"], row["head"]) for row in rows}
        known = [stored.get(edition.id, (0, GENESIS)) for edition in editions]
        if any(version != e.steps[0].version - 1 for (version, _), e in zip(known, editions, strict=True)):
            raise _changed_meanwhile()
        chains = [edition.revisions(head) for (_, head), edition in zip(known, editions, strict=True)]
        # By id alone: the embedded database takes twice as long to find a document by its version as well, and who
        # read an older one writes a revision that is there already.
        writes: list[Any] = [
            ReplaceOne({"_id": e.id}, e.document(chain[-1][1])) for e, chain in zip(editions, chains, strict=True)
        ]
        done = await self._rows.bulk_write(writes, session=unit.session)
        if done.matched_count != len(writes):
            raise _changed_meanwhile()
        try:
            await self._journal.write(unit, [one for chain in chains for one in chain])
        except DriverError as error:
            if is_duplicate(error):
                raise _changed_meanwhile() from error
            raise


def _changed_meanwhile() -> Conflict:
    return Conflict("changed-meanwhile", "it was changed by somebody else meanwhile: try again")


class Journaled:
    """One collection of documents that are put whole, again and again.

    The subject of their revisions is `<collection>/<_id>`."""

    def __init__(self, mongo: Mongo, collection: str, type_: str) -> None:
        self._rows = mongo.collection(collection)
        self._journal = Revisions(mongo)
        self._collection = collection
        self._type = type_

    def subject(self, id_: str) -> str:
        """What the document is called in the journal."""
        return f"{self._collection}/{id_}"

    async def put(self, unit: Unit, id_: str, document: Document, snapshot: bytes, change: Change) -> None:
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
