"""Seals: per clinic and day, one hash over the heads of all subjects that changed, and over the seal before.

A chain of revisions cannot show that its end was cut off; the seal of that day still names the head that was there.
Days are those of UTC. A day is sealed `grace` after its end, so that none of its transactions is under way.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, DriverError, Mongo, is_duplicate
from chassis.journal import revisions
from chassis.journal.revisions import GENESIS, framed, place_of, row_id
from chassis.logger import Logger
from kernel.clock import Clock, utc_now

log = Logger(__name__)
SEALS, HEADS = "seals", "sealed_heads"
HEADS_AT_ONCE = 1_000
INDEXES: dict[str, Sequence[IndexModel]] = {
    revisions.COLLECTION: [IndexModel([("clinic_id", ASCENDING), ("at", ASCENDING)])],
    SEALS: [IndexModel([("clinic_id", ASCENDING), ("number", ASCENDING)], unique=True)],
    HEADS: [],
}


@dataclass(frozen=True, slots=True)
class Head:
    """The last revision of a subject on a day."""

    subject: str
    version: int
    hash: str

    @property
    def line(self) -> str:
        """As it is written in a page of heads. No id has a space in it, or ends a line."""
        return head_line(row_id(self.subject, self.version), self.hash)

    @classmethod
    def read(cls, line: str) -> "Head":
        """Of version 0 where a forger left something else."""
        id_, _, hash_ = line.partition(" ")
        subject, version = place_of(id_)
        return cls(subject, version, hash_)


def head_line(id_: str, hash_: str) -> str:
    """The revision with this id."""
    return f"{id_} {hash_}"


@dataclass(frozen=True, slots=True)
class Seal:
    """One clinic's day. `number` counts the clinic's seals from 1; `subjects` and `pages` say how many heads it has."""

    clinic_id: str
    number: int
    day: date
    subjects: int
    pages: int
    digest: str
    previous: str
    stored_hash: str = ""

    @property
    def hash(self) -> str:
        """SHA-256 over all of it; `digest` covers the heads."""
        texts = (self.previous, self.clinic_id, str(self.number), self.day.isoformat(), str(self.subjects), self.digest)
        return hashlib.sha256(framed(texts)).hexdigest()

    @property
    def id(self) -> str:
        """One a clinic and day."""
        return f"{self.clinic_id}/{self.day.isoformat()}"


class Digest:
    """SHA-256 over heads, a line each, in the order of their subjects."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, heads: Iterable[Head]) -> "Digest":
        return self.add_page(page_of(heads))

    def add_page(self, lines: str) -> "Digest":
        self._sha256.update(lines.encode())
        return self

    @property
    def hex(self) -> str:
        return self._sha256.hexdigest()


def page_of(heads: Iterable[Head]) -> str:
    """Heads as they are written."""
    return "".join(f"{head.line}\n" for head in heads)


def begin_of(day: date) -> datetime:
    """The first moment of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Seals:
    """The seals of one service."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._revisions = mongo.collection(revisions.COLLECTION)
        self._seals = mongo.collection(SEALS)
        self._heads = mongo.collection(HEADS)

    async def clinic_after(self, clinic_id: str) -> str | None:
        """The next clinic that has a history, in the order of their ids; None at the end."""
        later = {"clinic_id": {"$gt": clinic_id}}
        row = await self._revisions.find_one(later, {"clinic_id": 1}, sort=[("clinic_id", 1)])
        return None if row is None else str(row["clinic_id"])

    async def last(self, clinic_id: str) -> Seal | None:
        """The newest seal of a clinic."""
        row = await self._seals.find_one({"clinic_id": clinic_id}, sort=[("number", -1)])
        return None if row is None else seal_of(row)

    async def numbered(self, clinic_id: str, number: int) -> Seal | None:
        """A seal by its number."""
        row = await self._seals.find_one({"clinic_id": clinic_id, "number": number})
        return None if row is None else seal_of(row)

    async def after(self, clinic_id: str, number: int, days: tuple[date, date]) -> Seal | None:
        """The next seal of these days, the last one included."""
        first, last = (day.isoformat() for day in days)
        later = {"clinic_id": clinic_id, "number": {"$gt": number}, "day": {"$gte": first, "$lte": last}}
        row = await self._seals.find_one(later, sort=[("clinic_id", 1), ("number", 1)])
        return None if row is None else seal_of(row)

    async def heads(self, seal: Seal, page: int) -> str:
        """A page of the heads that the seal covers, a line each; nothing when it is not there."""
        row = await self._heads.find_one({"_id": f"{seal.id}/{page}"})
        return "" if row is None else str(row["heads"])

    async def seal_next(self, clinic_id: str, before: datetime) -> Seal | None:
        """Seals the clinic's oldest day with changes that has no seal, if it ended before then. Raises DriverError."""
        last = await self.last(clinic_id)
        since = {} if last is None else {"at": {"$gte": begin_of(last.day) + timedelta(days=1)}}
        oldest = await self._revisions.find_one({"clinic_id": clinic_id, **since}, {"at": 1}, sort=[("at", 1)])
        if oldest is None:
            return None
        day = oldest["at"].date()
        if begin_of(day) + timedelta(days=1) > before:
            return None
        heads = await self._heads_of(clinic_id, day)
        seal = Seal(
            clinic_id,
            last.number + 1 if last else 1,
            day,
            len(heads),
            -(-len(heads) // HEADS_AT_ONCE),
            Digest().add(heads).hex,
            last.stored_hash if last else GENESIS,
        )
        await self._write(seal, heads)
        return seal

    async def _heads_of(self, clinic_id: str, day: date) -> list[Head]:
        begin = begin_of(day)
        within = {"clinic_id": clinic_id, "at": {"$gte": begin, "$lt": begin + timedelta(days=1)}}
        newest: dict[str, Head] = {}
        async for row in self._revisions.find(within, {"subject": 1, "version": 1, "hash": 1}):
            known = newest.get(row["subject"])
            if known is None or known.version < row["version"]:
                newest[row["subject"]] = Head(row["subject"], row["version"], row["hash"])
        return sorted(newest.values(), key=lambda h: h.subject)

    async def _write(self, seal: Seal, heads: Sequence[Head]) -> None:
        pages = [
            {"_id": f"{seal.id}/{n}", "heads": page_of(heads[at : at + HEADS_AT_ONCE])}
            for n, at in enumerate(range(0, len(heads), HEADS_AT_ONCE))
        ]

        async def write(session: Any) -> None:
            await self._seals.insert_one(_row(seal), session=session)
            await self._heads.insert_many(pages, session=session)

        await self._mongo.transaction(write)


class Sealer:
    """Works off what is to be sealed, a day of a clinic at a time; see `chassis.workers`."""

    def __init__(self, seals: Seals, *, grace: timedelta = timedelta(hours=1), clock: Clock = utc_now) -> None:
        self._seals = seals
        self._grace = grace
        self._clock = clock
        self._clinic = ""

    async def __call__(self) -> bool:
        """Whether there may be more. Raises DriverError."""
        clinic_id = await self._seals.clinic_after(self._clinic)
        if clinic_id is None:
            self._clinic = ""
            return False
        try:
            seal = await self._seals.seal_next(clinic_id, self._clock() - self._grace)
        except DriverError as error:
            if not is_duplicate(error):
                raise
            return True  # another process was quicker: what is left is seen when this is called again
        if seal is None:
            self._clinic = clinic_id
        else:
            # Also told here, out of reach of who can write to the database.
            log.info("sealed", clinic=clinic_id, day=seal.day.isoformat(), number=seal.number, hash=seal.hash)
        return True


def _row(seal: Seal) -> Document:
    return {
        "_id": seal.id,
        "clinic_id": seal.clinic_id,
        "number": seal.number,
        "day": seal.day.isoformat(),
        "subjects": seal.subjects,
        "pages": seal.pages,
        "digest": seal.digest,
        "previous": seal.previous,
        "hash": seal.hash,
    }


def seal_of(row: Document) -> Seal:
    """The seal of a row, with the hash that it has there."""
    return Seal(
        row["clinic_id"],
        row["number"],
        date.fromisoformat(row["day"]),
        row["subjects"],
        row["pages"],
        row["digest"],
        row["previous"],
        row["hash"],
    )
