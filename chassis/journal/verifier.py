"""Verifies a clinic's history against itself, its seals and its documents, a piece at a time: memory is bounded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chassis.database.mongo import UTC_UNSAID, Document, Mongo, batches, chunks
from chassis.journal import revisions
from chassis.journal.checks import Finding, State, Stored, chain_faults, head_faults, seal_faults, state_faults
from chassis.journal.journal import Journal
from chassis.journal.lookups import Lookups
from chassis.journal.remembered import Links, NewestHeads, Window, id_before
from chassis.journal.revisions import GENESIS, row_id
from chassis.journal.seals import Digest, Head, Seal, Seals, begin_of

ROWS_AT_ONCE = 200
LOOKED_UP_AT_ONCE = 100
MOST_FINDINGS = 1_000
EVER = date(1970, 1, 1), date(9998, 12, 31)
AFTER_ALL, NEVER = datetime(9999, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


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

    async def verify(self, clinic_id: str, first: date = EVER[0], last: date = EVER[1]) -> Report:
        """Revisions and seals of these days (of UTC), and every document of the clinic as it is now."""
        sealed = await Seals(self._mongo).last(clinic_id)
        report = Report(clinic_id, sealed_until=sealed.day if sealed else None)
        verification = _Verification(self._mongo, self._journal, report, first, last)
        await verification.rows()
        await verification.documents()
        return report


class _Verification:
    """One that is under way: what it finds goes into the report.

    Revisions are read once, in the order of their times. Seals are verified as their days end, and documents that are
    written once as their revision is read: these need not be read again for it.
    """

    def __init__(self, mongo: Mongo, journal: Journal, report: Report, first: date, last: date) -> None:
        clinic = {"clinic_id": report.clinic_id}
        days = {"$gte": begin_of(first), "$lt": begin_of(last) + timedelta(days=1)}
        self._mongo = mongo
        self._journal = journal
        self._report = report
        rows = mongo.collection(revisions.COLLECTION).with_options(codec_options=UTC_UNSAID)
        self._revisions = batches(rows, {**clinic, "at": days}, most=ROWS_AT_ONCE)
        self._documents = {
            name: batches(mongo.collection(name), clinic, most=ROWS_AT_ONCE) for name in journal.collections
        }
        self._once = {name: Window(self._documents[name]) for name in journal.once}
        self._written_once = journal.written_once
        self._lookups = Lookups(mongo)
        self._seals = Seals(mongo)
        self._days = first, last
        self._before: Seal | None = None
        self._seal: Seal | None = None
        self._seal_due = begin_of(EVER[0])
        self._links = Links()
        self._heads = NewestHeads()

    async def rows(self) -> None:
        """All revisions, each beside the one before it, and the seals."""
        until = self._report.sealed_until
        open_from = begin_of(EVER[0] if until is None else until + timedelta(days=1))
        async for chunk in self._revisions:
            rows = [Stored.of(row) for row in chunk]
            self._links.add(row for row in rows if not row.revision.subject.startswith(self._written_once))
            await self._look_up(self._links.without(rows))
            for row in rows:
                if row.revision.at >= self._seal_due:
                    await self._verify_seals(row.revision.at)
                self._heads.add(row)
                self._report.add(await self._chain_faults(row))
            self._links.forget()
            self._report.revisions += len(rows)
            self._report.unsealed += sum(row.revision.at >= open_from for row in rows)
        await self._verify_seals(AFTER_ALL)

    async def documents(self) -> None:
        """All but those that were verified with their revision. A service goes on meanwhile: they come after those."""
        for collection, all_ in self._documents.items():
            window = self._once.get(collection)
            async for chunk in all_ if window is None else window.rest():
                await self._verify_documents(collection, chunk)

    async def _chain_faults(self, row: Stored) -> Iterable[Finding]:
        if row.fault is not None:
            return (row.fault,)  # what it says of the row before it need not be true
        one = row.revision
        before = self._links.take(row) if one.version > 1 else None
        below = await self._lookups.below(one.subject, one.version - 1) if before is None and one.version > 1 else 0
        return chain_faults(row, before, below)

    async def _look_up(self, rows: Iterable[Stored]) -> None:
        """What rows lean on that is not remembered: the one before, and whether what they are of is there."""
        found = await self._lookups.stored([before for row in rows if (before := id_before(row))])
        self._links.add(found.values())
        places: dict[str, dict[str, Stored]] = {}
        for row in rows:
            if (place := self._journal.place(row.revision.subject)) is not None:
                newest = places.setdefault(place[0], {}).setdefault(place[1], row)
                if newest.revision.version < row.revision.version:
                    places[place[0]][place[1]] = row
        for collection, by_id in places.items():
            window = self._once.get(collection)
            there = await (self._there(collection, by_id) if window is None else self._taken(collection, window, by_id))
            gone = [row for id_, row in by_id.items() if id_ not in there]
            self._report.add(Finding(row.revision.subject, 0, "state-removed") for row in gone)

    async def _there(self, collection: str, ids: Iterable[str]) -> set[str]:
        rows = self._mongo.collection(collection).find({"_id": {"$in": list(ids)}}, {"_id": 1})
        return {row["_id"] for row in await rows.to_list(None)}

    async def _taken(self, collection: str, window: Window, rows: Mapping[str, Stored]) -> set[str]:
        """As `_there`, of documents that are written once; those that are at hand are verified."""
        taken = await window.take(rows.keys())
        states = {id_: self._state(collection, document) for id_, document in taken.items()}
        suspects = [
            id_
            for id_, row in rows.items()
            if row.revision.version > 1 or (id_ in states and any(state_faults(states[id_], row, 0, beyond=False)))
        ]
        self._report.documents += len(taken)
        self._report.add(await self._faults_now(collection, suspects))
        await self._verify_documents(collection, window.passed())
        missing = rows.keys() - taken.keys()
        return taken.keys() | (await self._there(collection, missing) if missing else set())

    async def _verify_documents(self, collection: str, documents: Sequence[Document]) -> None:
        for some in chunks(documents, LOOKED_UP_AT_ONCE):
            states = [self._state(collection, row) for row in some]
            self._report.documents += len(states)
            suspects = {found.subject for found in await self._state_faults(states)}
            # What changed since it was read was no fault; it is looked at as it is now.
            ids = [row["_id"] for row, one in zip(some, states, strict=True) if one.subject in suspects]
            self._report.add(await self._faults_now(collection, ids))

    async def _faults_now(self, collection: str, ids: Sequence[Any]) -> list[Finding]:
        """Of documents as they are now."""
        if not ids:
            return []
        rows = await self._mongo.collection(collection).find({"_id": {"$in": list(ids)}}).to_list(None)
        return await self._state_faults([self._state(collection, row) for row in rows])

    def _state(self, collection: str, row: Document) -> State:
        subject = self._journal.subject(collection, row["_id"])
        return State(subject, self._journal.version(collection, row), row.get("head", GENESIS), row)

    async def _state_faults(self, states: Sequence[State]) -> list[Finding]:
        rows = await self._lookups.stored([row_id(s.subject, s.version) for s in states])
        later = await self._lookups.there([row_id(s.subject, s.version + 1) for s in states])
        faults: list[Finding] = []
        for state in states:
            row = rows.get(row_id(state.subject, state.version))
            below = 0 if row else await self._lookups.below(state.subject, state.version)
            faults += state_faults(state, row, below, row_id(state.subject, state.version + 1) in later)
        return faults

    async def _verify_seals(self, now: datetime) -> None:
        """Those of days that ended by now; the next one is due when its day ends."""
        while self._seal_due <= now:
            if self._seal is not None:
                await self._verify_seal(self._seal)
            last, self._before = self._seal, self._seal
            self._seal = await self._seals.after(self._report.clinic_id, last.number if last else 0, self._days)
            self._seal_due = NEVER if self._seal is None else begin_of(self._seal.day + timedelta(days=1))

    async def _verify_seal(self, seal: Seal) -> None:
        before = self._before
        if before is None or before.number != seal.number - 1:
            before = await self._seals.numbered(seal.clinic_id, seal.number - 1)
        digest = Digest()
        for page in range(seal.pages):
            heads = await self._seals.heads(seal, page)
            digest.add(heads)
            for some in chunks(self._heads.without(heads), LOOKED_UP_AT_ONCE):
                await self._verify_heads(some)
        self._heads.forget()
        self._report.add(seal_faults(seal, before, digest.hex))
        self._report.seals += 1

    async def _verify_heads(self, heads: Sequence[Head]) -> None:
        rows = await self._lookups.stored([row_id(h.subject, h.version) for h in heads])
        for head in heads:
            row = rows.get(row_id(head.subject, head.version))
            below = 0 if row else await self._lookups.below(head.subject, head.version)
            above = row is None and await self._lookups.is_any_above(head.subject, head.version)
            self._report.add(head_faults(head, row, below, above))
