"""Verifies a clinic's history against itself, its seals and its documents, a piece at a time: memory is bounded."""

from collections import ChainMap
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any

from chassis.database.mongo import Document, Mongo
from chassis.journal import revisions
from chassis.journal.checks import Finding, Link, State, Stored, chain_faults, head_faults, seal_faults, state_faults
from chassis.journal.journal import Journal
from chassis.journal.revisions import GENESIS, row_id
from chassis.journal.seals import Digest, Head, Seal, Seals, begin_of, seal_of

ROWS_AT_ONCE = 100
MOST_SEEN = 20_000
BYTES_AT_ONCE = 8 * 1024 * 1024
MOST_FINDINGS = 1_000
EVER = date(1970, 1, 1), date(9998, 12, 31)


@dataclass
class Report:
    """What was verified, and what is broken; at most MOST_FINDINGS of it, then `more` is true.

    `sealed_until` is the last day with a seal; `unsealed` revisions are younger: of these, a seal cannot yet show that
    the last ones were removed.
    """

    clinic_id: str
    revisions: int = 0
    documents: int = 0
    seals: int = 0
    sealed_until: date | None = None
    unsealed: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: bool = False

    def add(self, found: Iterable[Finding]) -> None:
        """One finding a place: the first one."""
        for one in found:
            if any((one.subject, one.version) == (f.subject, f.version) for f in self.findings):
                continue
            if len(self.findings) == MOST_FINDINGS:
                self.more = True
                return
            self.findings.append(one)


class Verifier:
    """Reads the history of one service."""

    def __init__(self, mongo: Mongo, journal: Journal) -> None:
        self._mongo = mongo
        self._journal = journal
        self._rows = mongo.collection(revisions.COLLECTION)
        self._seals = Seals(mongo)

    async def verify(self, clinic_id: str, first: date = EVER[0], last: date = EVER[1]) -> Report:
        """Revisions and seals of these days (of UTC), and every document of the clinic as it is now."""
        sealed = await self._seals.last(clinic_id)
        report = Report(clinic_id, sealed_until=sealed.day if sealed else None)
        await self._verify_rows(report, first, last)
        for collection in self._journal.collections:
            await self._verify_documents(report, collection)
        await self._verify_seals(report, first, last)
        return report

    async def _verify_rows(self, report: Report, first: date, last: date) -> None:
        days = {"$gte": begin_of(first), "$lt": begin_of(last) + timedelta(days=1)}
        open_from = begin_of(report.sealed_until) + timedelta(days=1) if report.sealed_until else begin_of(EVER[0])
        seen = _Seen()
        async for chunk in _chunks(self._rows.find({"clinic_id": report.clinic_id, "at": days})):
            rows = [Stored.of(row) for row in chunk]
            report.add(await self._orphans(seen.new_subjects(rows)))
            seen.add(rows)
            stored = await self._stored([id_ for row in rows if (id_ := _before(row)) and id_ not in seen.links])
            links = ChainMap({id_: Link.of(row) for id_, row in stored.items()}, seen.links)
            for row in rows:
                one = row.revision
                before = links.get(_before(row))
                below = await self._below(one.subject, one.version - 1) if before is None else 0
                report.add(chain_faults(row, before, below))
            seen.forget()
            report.revisions += len(rows)
            report.unsealed += sum(row.revision.at >= open_from for row in rows)

    async def _orphans(self, subjects: Iterable[str]) -> list[Finding]:
        """Revisions of a document that is not there."""
        places: dict[str, dict[str, str]] = {}
        for subject in subjects:
            if (place := self._journal.place(subject)) is not None:
                places.setdefault(place[0], {})[place[1]] = subject
        gone = []
        for collection, ids in places.items():
            found = self._mongo.collection(collection).find({"_id": {"$in": list(ids)}}, {"_id": 1})
            there = {row["_id"] for row in await found.to_list(None)}
            gone += [Finding(subject, 0, "state-removed") for id_, subject in ids.items() if id_ not in there]
        return gone

    async def _verify_documents(self, report: Report, collection: str) -> None:
        documents = self._mongo.collection(collection)
        async for chunk in _chunks(documents.find({"clinic_id": report.clinic_id})):
            states = [self._state(collection, row) for row in chunk]
            report.documents += len(states)
            if suspects := {found.subject for found in await self._state_faults(states)}:
                # What changed since it was read was no fault; it is looked at as it is now.
                ids = [row["_id"] for row, one in zip(chunk, states, strict=True) if one.subject in suspects]
                again = await documents.find({"_id": {"$in": ids}}).to_list(None)
                report.add(await self._state_faults([self._state(collection, row) for row in again]))

    def _state(self, collection: str, row: Document) -> State:
        subject = self._journal.subject(collection, row["_id"])
        return State(subject, self._journal.version(collection, row), row.get("head", GENESIS), row)

    async def _state_faults(self, states: Sequence[State]) -> list[Finding]:
        rows = await self._stored([row_id(s.subject, s.version) for s in states])
        later = await self._there([row_id(s.subject, s.version + 1) for s in states])
        faults: list[Finding] = []
        for state in states:
            row = rows.get(row_id(state.subject, state.version))
            below = 0 if row else await self._below(state.subject, state.version)
            faults += state_faults(state, row, below, row_id(state.subject, state.version + 1) in later)
        return faults

    async def _verify_seals(self, report: Report, first: date, last: date) -> None:
        before: Seal | None = None
        async for row in self._seals.between(report.clinic_id, first, last):
            seal = seal_of(row)
            if before is None or before.number != seal.number - 1:
                before = await self._seals.numbered(seal.clinic_id, seal.number - 1)
            digest = Digest()
            for page in range(seal.pages):
                heads = await self._seals.heads(seal, page)
                digest.add(heads)
                for at in range(0, len(heads), ROWS_AT_ONCE):
                    await self._verify_heads(report, heads[at : at + ROWS_AT_ONCE])
            report.add(seal_faults(seal, before, digest.hex))
            report.seals += 1
            before = seal

    async def _verify_heads(self, report: Report, heads: Sequence[Head]) -> None:
        rows = await self._stored([row_id(h.subject, h.version) for h in heads])
        for head in heads:
            row = rows.get(row_id(head.subject, head.version))
            below = 0 if row else await self._below(head.subject, head.version)
            above = row is None and await self._is_any_above(head.subject, head.version)
            report.add(head_faults(head, row, below, above))

    async def _stored(self, ids: Sequence[str]) -> dict[str, Stored]:
        if not ids:
            return {}
        rows = await self._rows.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {row["_id"]: Stored.of(row) for row in rows}

    async def _there(self, ids: Sequence[str]) -> set[str]:
        rows = await self._rows.find({"_id": {"$in": list(ids)}}, {"_id": 1}).to_list(None)
        return {row["_id"] for row in rows}

    async def _below(self, subject: str, version: int) -> int:
        """The last version below this one that exists, 0 for none. A gap is rare, and looked through piece by piece."""
        for top in range(version - 1, 0, -ROWS_AT_ONCE):
            ids = {row_id(subject, n): n for n in range(max(top - ROWS_AT_ONCE + 1, 1), top + 1)}
            if there := await self._there(list(ids)):
                return max(ids[id_] for id_ in there)
        return 0

    async def _is_any_above(self, subject: str, version: int) -> bool:
        return bool(await self._there([row_id(subject, n) for n in range(version + 1, version + 1 + ROWS_AT_ONCE)]))


class _Seen:
    """The newest rows, for those that come after them: most need not be read again. The oldest are forgotten."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}

    def new_subjects(self, rows: Iterable[Stored]) -> set[str]:
        """Whose documents were not looked for yet, as far as is remembered."""
        return {row.revision.subject for row in rows if _before(row) not in self.links}

    def add(self, rows: Iterable[Stored]) -> None:
        self.links.update((row.id, Link.of(row)) for row in rows)

    def forget(self) -> None:
        for id_ in list(islice(self.links, max(len(self.links) - MOST_SEEN, 0))):
            del self.links[id_]


def _before(row: Stored) -> str:
    """The id of the row before it; empty for the first."""
    one = row.revision
    return row_id(one.subject, one.version - 1) if one.version > 1 else ""


async def _chunks(cursor: Any) -> AsyncIterator[list[Document]]:
    """Up to so many rows, and so many bytes of snapshots."""
    chunk: list[Document] = []
    size = 0
    async for row in cursor:
        chunk.append(row)
        size += len(row.get("snapshot", b""))
        if len(chunk) == ROWS_AT_ONCE or size > BYTES_AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
