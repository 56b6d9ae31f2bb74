"""Is a history whole? Pure checks of revisions, seals and documents, each beside what it leans on.

None of them needs more than a row, the row before it, and what a seal or a document says: so a history of any length
is checked a piece at a time, in any order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic_core import from_json, to_jsonable_python

from chassis.journal.hashed import decoded, is_whole
from chassis.journal.revisions import GENESIS, Revision, revision_of, row_id
from chassis.journal.seals import Head, Seal
from kernel.value import value

Kind = Literal[
    "changed", "removed", "reordered", "truncated", "state-changed", "state-removed", "seal-changed", "seal-removed"
]
MOST_OF_A_GAP = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """What is broken, and where: a revision of a subject (`truncated`: from there on), its document, or a seal.

    `version` is 0 where a document is gone. A seal is named by its number, as a revision of `seals/<clinic>`.
    """

    subject: str
    version: int
    kind: Kind


@value
class Stored:
    """A revision as it lies in the database, with the hash that it has there.

    `fault` is what it shows by itself. One that was filed under another number still tells its own in its snapshot.
    """

    revision: Revision
    hash: str
    fault: Finding | None

    @classmethod
    def of(cls, raw: bytes) -> "Stored":
        """From its row."""
        row = decoded(raw)
        revision = revision_of(row)
        return cls(revision, row["hash"], _own_fault(raw, row["_id"], revision))


@dataclass(frozen=True, slots=True)
class State:
    """A document under revision, as it lies in the database."""

    subject: str
    version: int
    head: str
    fields: Mapping[str, Any]


def _own_fault(raw: bytes, id_: str, one: Revision) -> Finding | None:
    at_home = id_ == row_id(one.subject, one.version)
    if at_home and is_whole(raw):
        return None
    moved = not at_home or _told_version(one.snapshot) not in (None, one.version)
    return Finding(one.subject, one.version, "reordered" if moved else "changed")


def _told_version(snapshot: bytes) -> int | None:
    version = _fields_of(snapshot).get("version")
    return version if type(version) is int else None


def _fields_of(snapshot: bytes) -> dict[str, Any]:
    """Nothing where a forger left no JSON object."""
    try:
        parsed = from_json(snapshot)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def chain_faults(row: Stored, before: Stored | None, last_below: int) -> Iterator[Finding]:
    """What a row and the one before it show together.

    `last_below` is the last version below it that exists, where the one before it does not.
    """
    one = row.revision
    if row.fault is not None:
        yield row.fault
    elif one.version == 1:
        if one.previous != GENESIS:
            yield Finding(one.subject, 1, "changed")
    elif before is None and one.previous == GENESIS and not last_below:
        return  # its document is older than the journal of its collection
    elif before is None:
        for version in range(max(last_below + 1, one.version - MOST_OF_A_GAP), one.version):
            yield Finding(one.subject, version, "removed")
    elif (before.hash, before.revision.clinic_id) != (one.previous, one.clinic_id):
        yield before.fault or Finding(one.subject, one.version - 1, "changed")


def head_faults(head: Head, row: Stored | None, last_below: int, above: bool) -> Iterator[Finding]:
    """What a sealed head shows, beside the row that it seals.

    Where that is missing, `last_below` is the last version below it, and `above` says whether any later one is left.
    """
    if row is None:
        gap = range(max(last_below + 1, head.version - MOST_OF_A_GAP), head.version + 1)
        kind: Kind = "removed" if above else "truncated"
        yield from (Finding(head.subject, n, kind) for n in (gap if above else gap[:1]))
    elif row.fault is not None:
        yield row.fault
    elif row.hash != head.hash:
        yield Finding(head.subject, head.version, "changed")


def state_faults(state: State, row: Stored | None, last_below: int, beyond: bool) -> Iterator[Finding]:
    """What a document shows, beside the revision that it should be; `beyond` says whether there is a later one."""
    if row is None:
        if state.head != GENESIS or last_below or beyond:  # else it is older than the journal of its collection
            yield Finding(state.subject, last_below + 1, "truncated")
    elif row.fault is not None:
        yield row.fault
    elif beyond or state.head != row.hash or not _is(state.fields, row.revision.snapshot):
        yield Finding(state.subject, state.version, "state-changed")


def _is(fields: Mapping[str, Any], snapshot: bytes) -> bool:
    """A document has its snapshot in a field of that name, or is it; what it tells besides must be as the snapshot.

    Times are left to the snapshot: the database writes them in another way.
    """
    if fields.get("snapshot", snapshot) != snapshot:
        return False
    expected = _fields_of(snapshot)
    whole = "snapshot" in fields or expected.keys() <= fields.keys()
    return bool(expected) and whole and all(_is_value(*both) for both in _differing(fields, expected))


def _differing(fields: Mapping[str, Any], expected: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """What is in both, and not the same at first sight."""
    return [(fields[name], told) for name, told in expected.items() if fields.get(name, told) != told]


def _is_value(stored: Any, told: Any) -> bool:
    return isinstance(stored, datetime) or to_jsonable_python(stored) == told


def seal_faults(seal: Seal, before: Seal | None, digest: str) -> Iterator[Finding]:
    """What a seal shows, beside the one before it and the digest of the heads that it covers."""
    subject = f"seals/{seal.clinic_id}"
    if digest != seal.digest or seal.stored_hash != seal.hash:
        yield Finding(subject, seal.number, "seal-changed")
    elif seal.number > 1 and before is None:
        yield Finding(subject, seal.number - 1, "seal-removed")
    elif seal.previous != (GENESIS if before is None else before.stored_hash):
        yield Finding(subject, max(seal.number - 1, 1), "seal-changed")
