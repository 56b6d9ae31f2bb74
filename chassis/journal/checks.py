"""Is a history whole? Pure checks of revisions, seals and documents, each beside what it leans on.

None of them needs more than a row, the row before it, and what a seal or a document says: so a history of any length
is checked a piece at a time, in any order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import from_json, to_jsonable_python

from chassis.database.mongo import Document
from chassis.journal.revisions import GENESIS, Revision, revision_of, row_id
from chassis.journal.seals import Head, Seal

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


@dataclass(frozen=True, slots=True)
class Stored:
    """A revision as it lies in the database, with the id and the hash that it has there."""

    id: str
    revision: Revision
    hash: str

    @classmethod
    def of(cls, row: Document) -> "Stored":
        """From its row."""
        return cls(row["_id"], revision_of(row), row["hash"])


@dataclass(frozen=True, slots=True)
class Link:
    """What is remembered of a row for the one after it. `fault` is what to say when that does not follow from it."""

    hash: str
    clinic_id: str
    fault: Finding

    @classmethod
    def of(cls, row: Stored) -> "Link":
        """Of a row."""
        one = row.revision
        return cls(row.hash, one.clinic_id, own_fault(row) or Finding(one.subject, one.version, "changed"))


@dataclass(frozen=True, slots=True)
class State:
    """A document under revision, as it lies in the database."""

    subject: str
    version: int
    head: str
    fields: Mapping[str, Any]


def own_fault(row: Stored) -> Finding | None:
    """What a row shows by itself. One that was filed under another number still tells its own in its snapshot."""
    one = row.revision
    at_home = row.id == row_id(one.subject, one.version)
    if at_home and one.hash == row.hash:
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


def chain_faults(row: Stored, before: Link | None, last_below: int) -> Iterator[Finding]:
    """What a row and the one before it show together.

    `last_below` is the last version below it that exists, where the one before it does not.
    """
    one = row.revision
    if (found := own_fault(row)) is not None:
        yield found
    elif one.version == 1:
        if one.previous != GENESIS:
            yield Finding(one.subject, 1, "changed")
    elif before is None and one.previous == GENESIS and not last_below:
        return  # its document is older than the journal of its collection
    elif before is None:
        for version in range(max(last_below + 1, one.version - MOST_OF_A_GAP), one.version):
            yield Finding(one.subject, version, "removed")
    elif (before.hash, before.clinic_id) != (one.previous, one.clinic_id):
        yield before.fault


def head_faults(head: Head, row: Stored | None, last_below: int, above: bool) -> Iterator[Finding]:
    """What a sealed head shows, beside the row that it seals.

    Where that is missing, `last_below` is the last version below it, and `above` says whether any later one is left.
    """
    if row is None:
        gap = range(max(last_below + 1, head.version - MOST_OF_A_GAP), head.version + 1)
        kind: Kind = "removed" if above else "truncated"
        yield from (Finding(head.subject, n, kind) for n in (gap if above else gap[:1]))
    elif (found := own_fault(row)) is not None:
        yield found
    elif row.hash != head.hash:
        yield Finding(head.subject, head.version, "changed")


def state_faults(state: State, row: Stored | None, last_below: int, beyond: bool) -> Iterator[Finding]:
    """What a document shows, beside the revision that it should be; `beyond` says whether there is a later one."""
    if row is None:
        if state.head != GENESIS or last_below or beyond:  # else it is older than the journal of its collection
            yield Finding(state.subject, last_below + 1, "truncated")
    elif (found := own_fault(row)) is not None:
        yield found
    elif beyond or state.head != row.hash or not _is(state.fields, row.revision.snapshot):
        yield Finding(state.subject, state.version, "state-changed")


def _is(fields: Mapping[str, Any], snapshot: bytes) -> bool:
    """A document has its snapshot in a field of that name, or is it; what it tells besides must be as the snapshot.

    Times are left to the snapshot: the database writes them in another way.
    """
    if fields.get("snapshot", snapshot) != snapshot:
        return False
    expected = _fields_of(snapshot)
    beside = {name: value for name, value in fields.items() if name in expected and not hasattr(value, "tzinfo")}
    whole = "snapshot" in fields or expected.keys() <= fields.keys()
    return (
        bool(expected) and whole and all(to_jsonable_python(value) == expected[name] for name, value in beside.items())
    )


def seal_faults(seal: Seal, before: Seal | None, digest: str) -> Iterator[Finding]:
    """What a seal shows, beside the one before it and the digest of the heads that it covers."""
    subject = f"seals/{seal.clinic_id}"
    if digest != seal.digest or seal.stored_hash != seal.hash:
        yield Finding(subject, seal.number, "seal-changed")
    elif seal.number > 1 and before is None:
        yield Finding(subject, seal.number - 1, "seal-removed")
    elif seal.previous != (GENESIS if before is None else before.stored_hash):
        yield Finding(subject, max(seal.number - 1, 1), "seal-changed")
