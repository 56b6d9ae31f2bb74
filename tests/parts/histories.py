"""Histories as they lie in a database, to be tampered with: rows, seals and documents of one clinic, in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import bson

from chassis.database.mongo import CODEC
from chassis.journal.checks import Finding, State, Stored, chain_faults, head_faults, seal_faults, state_faults
from chassis.journal.hashed import content_of, decoded, hash_of
from chassis.journal.revisions import GENESIS, Revision, row_id
from chassis.journal.seals import Digest, Head, Seal

BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
Place = tuple[str, int]


@dataclass
class History:
    """`rows` by place; each subject changes once a day, and each day has a seal."""

    rows: dict[Place, Stored] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    seals: list[tuple[Seal, list[Head]]] = field(default_factory=list)

    def faults(self) -> Iterator[Finding]:
        """All that the checks find, one after the other, each with what it leans on."""
        for (subject, version), row in self.rows.items():
            before_ = self.rows.get((subject, version - 1))
            yield from chain_faults(row, before_, self.below(subject, version - 1))
        for subject, state in self.states.items():
            row_ = self.rows.get((subject, state.version))
            beyond = (subject, state.version + 1) in self.rows
            yield from state_faults(state, row_, self.below(subject, state.version), beyond)
        before: Seal | None = None
        for seal, heads in self.seals:
            yield from seal_faults(seal, before, Digest().add(heads).hex)
            for head in heads:
                row_ = self.rows.get((head.subject, head.version))
                above = any(s == head.subject and n > head.version for s, n in self.rows)
                yield from head_faults(head, row_, self.below(head.subject, head.version), above)
            before = seal

    def below(self, subject: str, version: int) -> int:
        return max((n for s, n in self.rows if s == subject and n < version), default=0)

    def put(self, place: Place, revision: Revision, hash_: str | None = None) -> None:
        """Files a revision at a place, with this hash or its own."""
        row = decoded(bytes(revision.filed().document.raw)) | {"_id": row_id(*place)}
        whole = content_of({name: value for name, value in row.items() if name != "hash"})
        row["hash"] = hash_of(whole) if hash_ is None else hash_
        self.rows[place] = Stored.of(bson.encode(row, codec_options=CODEC))

    def rewind(self, subject: str, version: int) -> None:
        """Puts the document back to an earlier revision, as somebody does who wants no trace."""
        row = self.rows[subject, version]
        fields = json.loads(row.revision.snapshot)
        self.states[subject] = State(subject, version, row.hash, {**fields, "snapshot": row.revision.snapshot})


def history(lengths: dict[str, int], sealed_days: int) -> History:
    """Subjects with so many revisions each."""
    whole = History()
    for subject, length in lengths.items():
        previous = GENESIS
        for version in range(1, length + 1):
            snapshot = json.dumps({"version": version, "note": f"{subject} {version}"}).encode()
            revision = Revision(
                subject,
                version,
                "changed",
                "clinic-berlin",
                BEGIN + timedelta(days=version - 1),
                "usr-3",
                None,
                "billing_manager",
                None,
                snapshot,
                previous,
            )
            whole.put((subject, version), revision)
            previous = revision.hash
        whole.rewind(subject, length)
    previous = GENESIS
    for day in range(1, sealed_days + 1):
        heads = [Head(s, day, whole.rows[s, day].hash) for s in sorted(lengths) if lengths[s] >= day]
        on = BEGIN.date() + timedelta(days=day - 1)
        seal = Seal("clinic-berlin", day, on, len(heads), 1, Digest().add(heads).hex, previous)
        previous = seal.hash
        whole.seals.append((replace(seal, stored_hash=previous), heads))
    return whole
