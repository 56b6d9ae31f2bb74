"""Documents that change a version at a time: the versioned save, with or without revisions.

A document is inserted as its first version and replaced ever after; who read an older version than the stored one gets
a Conflict. In a collection that the service's journal names, each version is also a revision, chained to the one
before, written in the same transaction:

    payments = VersionedDocuments(mongo, "payments", JOURNAL, keeps_snapshot=True)
    drafted = Version(1, "payments.payment-received.v1", Change(at, by), snapshot=b'{"version":1,"clinic_id":"c-1"}')
    fields = {"status": "received", "clinic_id": "c-1", "version": 1}
    await payments.save(unit, [DocumentChange.of("pay_1", fields, drafted)])
    days = VersionedDocuments(mongo, "days")  # no revisions
    await days.save(unit, [DocumentChange("c-1/2026-11-20", replaces=3, fields={"version": 5, "total_minor": 900})])
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ReplaceOne

from chassis.database.mongo import Document, DriverError, Mongo, find_in, is_duplicate
from chassis.journal.hashed import Hashed, content_of, document_of, hash_of
from chassis.journal.journal import Journal
from chassis.journal.revisions import GENESIS, Revision, Revisions
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import Conflict
from kernel.value import value


@value
class Version:
    """One version of a document: what it is after a change, as JSON, and what is kept of the change.

    `cause` is the id of the event that the change is a consequence of; None for what a person did.
    """

    number: int
    type: str
    change: Change
    snapshot: bytes
    cause: str | None = None


@value
class DocumentChange:
    """A document as it is to be stored after one or more versions, and the version that it replaces, 0 for none.

    `fields` are all but `_id`, `head` and `snapshot`; under revision, `clinic_id` and `version` are among them.
    `head` is the hash of the revision of the replaced version, where the caller has it: it need not be looked up then.
    """

    id: str
    replaces: int
    fields: Mapping[str, Any]
    versions: Sequence[Version] = ()
    head: str | None = None

    @classmethod
    def of(cls, id_: str, fields: Mapping[str, Any], version: Version) -> "DocumentChange":
        """One version further."""
        return cls(id_, version.number - 1, fields, (version,))

    def revisions(self, subject: str, head: str, document: str) -> list[Hashed]:
        """A revision for each version, chained to the head; the last one with the digest of the document."""
        chained: list[Hashed] = []
        for version in self.versions:
            change, by = version.change, version.change.by
            revision = Revision(
                subject=subject,
                version=version.number,
                type=version.type,
                clinic_id=self.fields["clinic_id"],
                at=change.at,
                actor_id=by.actor_id,
                actor_name=by.name,
                actor_role=by.role,
                reason=change.reason,
                snapshot=version.snapshot,
                previous=head,
                cause=version.cause,
                document=document if version is self.versions[-1] else "",
            ).filed()
            head = revision.hash
            chained.append(revision)
        return chained


class VersionedDocuments:
    """One collection. With a journal, every version is a revision; without, a version is only counted.

    `keeps_snapshot`: documents have the JSON of their last version beside their fields, byte for byte.
    """

    def __init__(
        self, mongo: Mongo, collection: str, journal: Journal | None = None, *, keeps_snapshot: bool = False
    ) -> None:
        self._rows = mongo.collection(collection)
        self._revisions = Revisions(mongo)
        self._journal = journal
        self._prefix = "" if journal is None else journal.subject(collection, "")
        self._keeps_snapshot = keeps_snapshot

    def subject(self, id_: str) -> str:
        """What the document is called in the journal."""
        return f"{self._prefix}{id_}"

    async def save(self, unit: Unit, changes: Sequence[DocumentChange]) -> None:
        """Writes each document and its revisions; a document may be among the changes once.

        A new one that exists is a duplicate key. Raises Conflict when somebody else was faster.
        """
        if self._journal is None:
            await self._write(unit, [(change, {"_id": change.id, **change.fields}) for change in changes])
            return
        heads = await self._heads(unit, changes)
        documents: list[tuple[DocumentChange, Any]] = []
        revisions: list[Hashed] = []
        for change in changes:
            content = content_of(self._fields(change))
            chained = change.revisions(f"{self._prefix}{change.id}", heads[change.id], hash_of(content))
            documents.append((change, document_of(content, chained[-1].hash).document))
            revisions += chained
        await self._write(unit, documents)
        try:
            await self._revisions.write(unit, revisions)
        except DriverError as error:
            if is_duplicate(error) and any(change.replaces for change in changes):
                raise _changed_meanwhile() from error
            raise

    async def _heads(self, unit: Unit, changes: Sequence[DocumentChange]) -> dict[str, str]:
        """By id: the hash that the first revision of each change follows."""
        heads = {change.id: GENESIS if change.head is None else change.head for change in changes}
        unknown = {change.id: change.replaces for change in changes if change.replaces and change.head is None}
        if unknown:
            rows = await find_in(self._rows, "_id", unknown, unit.session, shown=("version", "head"))
            if {row["_id"]: row["version"] for row in rows} != unknown:
                raise _changed_meanwhile()
            # What is older than the journal of its collection has no head: its history begins now.
            heads |= {row["_id"]: row.get("head", GENESIS) for row in rows}
        return heads

    def _fields(self, change: DocumentChange) -> Document:
        """All but the head, which is the last one."""
        fields = {"_id": change.id, **change.fields}
        if self._keeps_snapshot:
            fields["snapshot"] = change.versions[-1].snapshot
        return fields

    async def _write(self, unit: Unit, changes: Sequence[tuple[DocumentChange, Any]]) -> None:
        fresh = [document for change, document in changes if not change.replaces]
        if fresh:
            await self._rows.insert_many(fresh, session=unit.session)
        replaced: list[Any] = [ReplaceOne(self._stored(c), document) for c, document in changes if c.replaces]
        if replaced:
            done = await self._rows.bulk_write(replaced, session=unit.session)
            if done.matched_count != len(replaced):
                raise _changed_meanwhile()

    def _stored(self, change: DocumentChange) -> Document:
        """What the replaced document is found by.

        Under revision by its id alone: the embedded database takes twice as long to find a document by its version as
        well, and who read an older version writes a revision that is there already.
        """
        return {"_id": change.id} if self._journal is not None else {"_id": change.id, "version": change.replaces}


def _changed_meanwhile() -> Conflict:
    return Conflict("changed-meanwhile", "it was changed by somebody else meanwhile: try again")
