"""The journal: every change of an aggregate is a revision, chained to the one before by its hash.

A revision keeps the snapshot byte for byte as it was published; what changed is the difference of two of them
(`chassis.journal.differences`).
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime

from chassis.database.mongo import Document, Mongo
from chassis.journal.hashed import Hashed, content_of, hash_of, row_of
from chassis.messaging.outbox import Unit
from kernel.value import value

COLLECTION = "revisions"
GENESIS = ""
AT_ONCE = 200


@value
class Revision:
    """One change: what the subject is after it, when, by whom, why. Its hash covers all of it and `previous`.

    `cause` is the id of the event that a consequence comes of; None for what a person did. `document` is the digest of
    the document that was written with it; empty where that was written with a later one.
    """

    subject: str
    version: int
    type: str
    clinic_id: str
    at: datetime
    actor_id: str
    actor_name: str | None
    actor_role: str
    reason: str | None
    snapshot: bytes
    previous: str
    cause: str | None = None
    document: str = ""

    @property
    def hash(self) -> str:
        """SHA-256 over its row without the hash."""
        return hash_of(self._content())

    def filed(self) -> Hashed:
        """As its row."""
        return row_of(self._content())

    def _content(self) -> bytes:
        """In the order that `chassis.journal.hashed` reads it in."""
        return content_of(
            {
                "_id": row_id(self.subject, self.version),
                "at": self.at,
                "subject": self.subject,
                "version": self.version,
                "type": self.type,
                "clinic_id": self.clinic_id,
                "actor_id": self.actor_id,
                "actor_name": self.actor_name,
                "actor_role": self.actor_role,
                "reason": self.reason,
                "cause": self.cause,
                "snapshot": self.snapshot,
                "document": self.document,
                "previous": self.previous,
            }
        )


def framed(texts: Iterable[str | None]) -> bytes:
    """Texts one after the other, each with its length before it, so that two lists of texts never look alike."""
    return "".join(["-" if text is None else f"{len(text)}:{text}" for text in texts]).encode()


def row_id(subject: str, version: int) -> str:
    """The `_id` of a revision: whoever knows a subject and a version finds it without an index of its own."""
    return f"{subject}:{version:08d}"


def place_of(id_: str) -> tuple[str, int]:
    """Subject and version of a row by its id; version 0 where a forger left another one."""
    subject, _, version = id_.rpartition(":")
    try:
        return subject, int(version)
    except ValueError:
        return subject, 0


def id_before(one: Revision) -> str:
    """The id of the row before it; empty for the first."""
    return row_id(one.subject, one.version - 1) if one.version > 1 else ""


def revision_of(row: Document) -> Revision:
    """The revision of a row, whether that says that its time is in UTC or not; its stored hash is beside it."""
    return Revision(
        row["subject"],
        row["version"],
        row["type"],
        row["clinic_id"],
        row["at"].replace(tzinfo=UTC),
        row["actor_id"],
        row["actor_name"],
        row["actor_role"],
        row["reason"],
        row["snapshot"],
        row["previous"],
        row["cause"],
        row["document"],
    )


class Revisions:
    """The journal of one service."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def write(self, unit: Unit, revisions: Sequence[Hashed]) -> None:
        """Writes revisions in the transaction of the change. A version that exists is a duplicate key."""
        if revisions:
            await self._rows.insert_many([revision.document for revision in revisions], session=unit.session)

    async def of(self, subject: str, versions: range) -> list[tuple[Revision, str]]:
        """These revisions of one subject, oldest first, each with its stored hash; what is missing is left out."""
        rows = await self._rows.find({"_id": {"$in": [row_id(subject, n) for n in versions]}}).to_list(None)
        return [(revision_of(row), row["hash"]) for row in sorted(rows, key=_version)]

    async def changes(
        self, clinic_id: str, begin: datetime, end: datetime, subjects: str
    ) -> AsyncIterator[tuple[Revision, Revision | None]]:
        """Each change of the clinic from `begin` until before `end`, with the revision before it; None for a first one.

        Of subjects that begin with these letters, in no certain order.
        """
        within = {"clinic_id": clinic_id, "at": {"$gte": begin, "$lt": end}}
        rows = self._rows.find(within)
        while chunk := await rows.to_list(AT_ONCE):
            after = [revision_of(row) for row in chunk if row["subject"].startswith(subjects)]
            ids = [row_id(one.subject, one.version - 1) for one in after if one.version > 1]
            found = await self._rows.find({"_id": {"$in": ids}}).to_list(None) if ids else []
            before = {(row["subject"], row["version"] + 1): revision_of(row) for row in found}
            for one in after:
                yield one, before.get((one.subject, one.version))

    async def as_of(self, subject: str, last: int, moment: datetime) -> Revision | None:
        """What the subject was at the moment, looking back from its version `last`; None before its first revision."""
        for newest in range(last, 0, -AT_ONCE):
            ids = [row_id(subject, n) for n in range(max(newest - AT_ONCE + 1, 1), newest + 1)]
            rows = await self._rows.find({"_id": {"$in": ids}, "at": {"$lte": moment}}, {"version": 1}).to_list(None)
            if rows:
                [(found, _)] = await self.of(subject, range(most := max(map(_version, rows)), most + 1))
                return found
        return None


def _version(row: Document) -> int:
    return int(row["version"])
