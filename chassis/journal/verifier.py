"""Verifies a clinic's history against itself, its seals and its documents, a piece at a time: memory is bounded."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from chassis.database.mongo import Document, Mongo, chunks, raw_batches
from chassis.journal import revisions
from chassis.journal.checks import (
    Finding,
    State,
    Stored,
    chain_faults,
    head_faults,
    seal_faults,
    state_faults,
)
from chassis.journal.hashed import decoded, hash_in, id_in, is_whole_after, is_written_once_with, millis_in
from chassis.journal.journal import Journal
from chassis.journal.lookups import Lookups
from chassis.journal.remembered import NONE, NewestHeads, NewestRows, Window
from chassis.journal.revisions import GENESIS, id_before, place_of, row_id
from chassis.journal.seals import Digest, Head, Seal, Seals, begin_of, head_line

ROWS_AT_ONCE = 1_000
LOOKED_UP_AT_ONCE = 100
MOST_FINDINGS = 1_000
EVER = date(1970, 1, 1), date(9998, 12, 31)
AFTER_ALL, NEVER = 2**60, 2**61
"""Milliseconds, as all times of what is under way."""


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

    Revisions are read once, in the order of their times, as bytes, and so are documents. Nothing is decoded of what is
    whole and follows what came before. What is not, or leans on what is not remembered, is odd: it is looked at row by
    row, and what that says counts. Seals are verified as their days end.
    """

    def __init__(self, mongo: Mongo, journal: Journal, report: Report, first: date, last: date) -> None:
        clinic = {"clinic_id": report.clinic_id}
        days = {"$gte": begin_of(first), "$lt": begin_of(last) + timedelta(days=1)}
        self._mongo = mongo
        self._journal = journal
        self._report = report
        rows = mongo.collection(revisions.COLLECTION)
        self._revisions = raw_batches(rows, {**clinic, "at": days}, most=ROWS_AT_ONCE)
        self._documents = {
            name: raw_batches(mongo.collection(name), clinic, most=ROWS_AT_ONCE) for name in journal.collections
        }
        self._once = {name: Window(self._documents[name], journal.subject(name, "")) for name in journal.once}
        self._begins_once = journal.written_once()
        self._lookups = Lookups(mongo)
        self._seals = Seals(mongo)
        self._days = first, last
        self._before: Seal | None = None
        self._seal: Seal | None = None
        self._seal_due = 0
        self._newest = NewestRows()
        self._heads = NewestHeads()

    async def rows(self) -> None:
        """All revisions, each beside the one before it, and the seals."""
        until = self._report.sealed_until
        open_from = 0 if until is None else _millis(until + timedelta(days=1))
        async for rows in self._revisions:
            self._report.revisions += len(rows)
            self._report.unsealed += len(rows) - bisect_left(rows, open_from, key=millis_in)
            while rows:
                await self._verify_seals(millis_in(rows[0]))
                of_the_day = bisect_left(rows, self._seal_due, key=millis_in)
                await self._verify_rows(rows[:of_the_day])
                rows = rows[of_the_day:]
        await self._verify_seals(AFTER_ALL)

    async def documents(self) -> None:
        """All but those that were verified with their revision. A service goes on meanwhile: they come after those."""
        all_read = self._days[1] == EVER[1]
        for collection, all_ in self._documents.items():
            window = self._once.get(collection)
            async for chunk in all_ if window is None else window.rest():
                odd = [document for document in chunk if not self._is_newest(collection, document) or not all_read]
                await self._verify_documents(collection, odd)
                self._report.documents += len(chunk)
        await self._verify_presence(self._newest.rest())

    def _is_newest(self, collection: str, document: bytes) -> bool:
        return self._newest.take(self._journal.subject(collection, id_in(document)), document)

    async def _verify_rows(self, rows: Sequence[bytes]) -> None:
        """Of one day where days are sealed. Each that is not as it should be at first sight is odd."""
        odd: list[bytes] = []
        heads: dict[str, str] = {}
        written_once: dict[str, bytes | None] = {}
        begins_once = tuple(self._begins_once)
        for row in rows:
            id_, hash_, before = id_in(row), hash_in(row), NONE
            subject, version = place_of(id_)
            heads[subject] = head_line(id_, hash_)
            once = subject.startswith(begins_once)
            if not once:
                before = self._newest.replace(subject, version, hash_, row)
            regular = version == before[0] + 1 and is_whole_after(row, before[1])
            if once:
                written_once[subject] = row if regular and subject not in written_once else None
            if not regular:
                odd.append(row)
        self._heads.add(heads)
        await self._verify_beside(written_once)
        await self._verify_odd([Stored.of(row) for row in odd])
        await self._verify_presence(self._newest.forget())

    async def _verify_odd(self, rows: Sequence[Stored]) -> None:
        """Each beside the one before it, which is looked up."""
        found = await self._lookups.stored([before for row in rows if (before := id_before(row.revision))])
        for row in rows:
            self._report.add(await self._chain_faults(row, found.get(id_before(row.revision))))

    async def _chain_faults(self, row: Stored, before: Stored | None) -> Iterable[Finding]:
        if row.fault is not None:
            return (row.fault,)  # what it says of the row before it need not be true
        one = row.revision
        below = await self._lookups.below(one.subject, one.version - 1) if before is None and one.version > 1 else 0
        return chain_faults(row, before, below)

    async def _verify_presence(self, subjects: Iterable[str]) -> None:
        """Whether there are documents of them."""
        places: dict[str, dict[str, str]] = defaultdict(dict)
        for subject in subjects:
            if (place := self._journal.place(subject)) is not None:
                places[place[0]][place[1]] = subject
        for collection, by_id in places.items():
            for some in chunks(by_id, LOOKED_UP_AT_ONCE):
                there = await self._there(collection, some)
                self._report.add(Finding(by_id[id_], 0, "state-removed") for id_ in some if id_ not in there)

    async def _there(self, collection: str, ids: Sequence[str]) -> set[str]:
        rows = self._mongo.collection(collection).find({"_id": {"$in": ids}}, {"_id": 1})
        return {row["_id"] for row in await rows.to_list(None)}

    async def _verify_beside(self, rows: Mapping[str, bytes | None]) -> None:
        """Documents that are written once, each beside its row, by subject; None where that alone is not enough."""
        for prefix, collection in self._begins_once.items():
            own = {subject: row for subject, row in rows.items() if subject.startswith(prefix)}
            if own:
                await self._verify_taken(collection, own, await self._once[collection].take(own))

    async def _verify_taken(
        self, collection: str, rows: Mapping[str, bytes | None], taken: Mapping[str, bytes]
    ) -> None:
        odd = [
            subject
            for subject, row in rows.items()
            if row is None or (subject in taken and not is_written_once_with(taken[subject], row))
        ]
        self._report.add(await self._faults_now(collection, [self._id(subject) for subject in odd]))
        passed = self._once[collection].passed()
        await self._verify_documents(collection, passed)
        self._report.documents += len(taken) + len(passed)
        await self._verify_presence(rows.keys() - taken.keys())

    def _id(self, subject: str) -> str:
        return (self._journal.place(subject) or ("", ""))[1]

    async def _verify_documents(self, collection: str, documents: Sequence[bytes]) -> None:
        """Each beside its last revision, which is looked up."""
        for some in chunks(documents, LOOKED_UP_AT_ONCE):
            states = [self._state(collection, decoded(document)) for document in some]
            suspects = {found.subject for found in await self._state_faults(states)}
            # What changed since it was read was no fault; it is looked at as it is now.
            ids = [one.fields["_id"] for one in states if one.subject in suspects]
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

    async def _verify_seals(self, now_ms: int) -> None:
        """Those of days that ended by now; the next one is due when its day ends."""
        while self._seal_due <= now_ms:
            if self._seal is not None:
                await self._verify_seal(self._seal)
            last, self._before = self._seal, self._seal
            self._seal = await self._seals.after(self._report.clinic_id, last.number if last else 0, self._days)
            self._seal_due = NEVER if self._seal is None else _millis(self._seal.day + timedelta(days=1))

    async def _verify_seal(self, seal: Seal) -> None:
        before = self._before
        if seal.number > 1 and (before is None or before.number != seal.number - 1):
            before = await self._seals.numbered(seal.clinic_id, seal.number - 1)
        digest = Digest()
        for page in range(seal.pages):
            heads = await self._seals.heads(seal, page)
            digest.add_page(heads)
            for some in chunks(self._heads.without(heads.splitlines()), LOOKED_UP_AT_ONCE):
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


def _millis(day: date) -> int:
    """Of its begin."""
    return int(begin_of(day).timestamp()) * 1000
