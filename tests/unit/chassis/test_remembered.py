"""What is remembered of a long history is little, and what is forgotten is said to be."""

from collections.abc import AsyncIterator
from dataclasses import replace

import bson

from chassis.journal.hashed import Hashed, content_of, document_of, hash_of
from chassis.journal.remembered import (
    MOST_DOCUMENTS,
    MOST_HEADS,
    MOST_SUBJECTS,
    NONE,
    Newest,
    NewestHeads,
    NewestRows,
    Window,
)
from chassis.journal.revisions import Revision, row_id
from chassis.journal.seals import Head
from tests.parts.histories import history

WHOLE = history({"inv-1": 3, "inv-2": 1}, 0)
FIRST, SECOND, THIRD = (WHOLE.rows["inv-1", version] for version in (1, 2, 3))
OTHER = WHOLE.rows["inv-2", 1]


async def numbered(*batches: range) -> AsyncIterator[list[bytes]]:
    for batch in batches:
        yield [bson.encode({"_id": str(number)}) for number in batch]


def ids(documents: list[bytes]) -> list[int]:
    return [int(bson.decode(document)["_id"]) for document in documents]


def add(rows: NewestRows, revision: Revision) -> Newest:
    filed = revision.filed()
    return rows.replace(revision.subject, revision.version, filed.hash, bytes(filed.document.raw))


def written(revision: Revision) -> tuple[Revision, Hashed]:
    """A revision with its document."""
    content = content_of({"_id": revision.subject, "version": revision.version})
    last = replace(revision, document=hash_of(content))
    return last, document_of(content, last.hash)


def test_what_is_remembered_of_a_subject_is_its_newest_row() -> None:
    rows = NewestRows()
    assert add(rows, FIRST.revision) == NONE
    assert add(rows, SECOND.revision) == (1, FIRST.hash, "")
    assert add(rows, OTHER.revision) == NONE
    assert add(rows, THIRD.revision) == (2, SECOND.hash, "")


def test_the_document_is_known_that_was_written_with_the_newest_row_and_no_other() -> None:
    rows = NewestRows()
    last, document = written(OTHER.revision)
    raw = bytes(document.document.raw)
    for other in (raw.replace(b"version", b"Version"), raw.replace(last.hash[:8].encode(), b"00000000"), raw[:-1]):
        add(rows, last)
        assert not rows.take("inv-2", other)
    add(rows, last)
    assert rows.take("inv-2", raw)
    assert not rows.take("inv-2", raw), "it is asked for once"


def test_a_document_that_was_written_with_a_later_row_is_not_known() -> None:
    rows = NewestRows()
    _, document = written(OTHER.revision)
    add(rows, OTHER.revision)
    assert not rows.take("inv-2", bytes(document.document.raw))


def test_the_subjects_are_forgotten_that_changed_longest_ago() -> None:
    rows = NewestRows()
    for number in range(MOST_SUBJECTS):
        rows.replace(f"inv-{number}", 1, "0", b"")
    assert rows.forget() == []
    rows.replace("inv-0", 2, "0", b"")
    rows.replace("inv-new", 1, "0", b"")
    assert rows.forget() == ["inv-1"]
    assert len(rows.rest()) == MOST_SUBJECTS


def test_a_head_is_known_by_the_newest_row() -> None:
    heads = NewestHeads()
    stale, right = Head("inv-1", 1, FIRST.hash), Head("inv-1", 2, SECOND.hash)
    for head in (stale, right):
        heads.add({"inv-1": head.line})
    other = Head("inv-2", 1, OTHER.hash)
    assert heads.without([head.line for head in (stale, right, other)]) == [stale, other]
    heads.forget()
    assert heads.without([right.line]) == [right]


def test_the_heads_are_forgotten_that_there_is_no_room_for() -> None:
    heads, asked = NewestHeads(), [Head(f"inv-{n}", 1, "0") for n in range(MOST_HEADS + 1)]
    heads.add({head.subject: head.line for head in asked})
    assert heads.without([head.line for head in asked]) == asked[:1]


def test_a_line_that_a_forger_left_is_of_no_revision() -> None:
    assert Head.read("nothing of the kind") == Head("", 0, "of the kind")
    assert Head.read(f"{row_id('inv-1', 12)} 0") == Head("inv-1", 12, "0")


async def test_documents_are_taken_in_about_the_order_in_which_they_come() -> None:
    window = Window(numbered(range(3), range(3, 6)))
    assert (await window.take({"1", "4"})).keys() == {"1", "4"}
    assert (await window.take({"0", "9"})).keys() == {"0"}
    assert sorted([id_ async for rest in window.rest() for id_ in ids(rest)]) == [2, 3, 5]


async def test_what_nobody_takes_is_passed_and_never_held_for_long() -> None:
    window = Window(numbered(*(range(first, first + 100) for first in range(0, 10 * MOST_DOCUMENTS, 100))))
    seen: set[int] = set()
    passed: list[int] = []
    missing = str(10 * MOST_DOCUMENTS)
    for wanted in range(50, 8 * MOST_DOCUMENTS, 100):
        seen.update(ids(list((await window.take({str(wanted), missing})).values())))
        passed += ids(window.passed())
    left = [id_ async for rest in window.rest() for id_ in ids(rest)]
    assert len(seen) > 0
    assert sorted([*seen, *passed, *left]) == list(range(10 * MOST_DOCUMENTS))
