"""What is remembered of a long history is little, and what is forgotten is said to be."""

from collections.abc import AsyncIterator

from chassis.database.mongo import Document
from chassis.journal.checks import Link
from chassis.journal.remembered import MOST_DOCUMENTS, MOST_HEADS, MOST_LINKS, Links, NewestHeads, Window
from chassis.journal.seals import Head
from tests.parts.histories import history

WHOLE = history({"inv-1": 3, "inv-2": 1}, 0)
FIRST, SECOND, THIRD = (WHOLE.rows["inv-1", version] for version in (1, 2, 3))
OTHER = WHOLE.rows["inv-2", 1]


async def numbered(*batches: range) -> AsyncIterator[list[Document]]:
    for batch in batches:
        yield [{"_id": number} for number in batch]


def ids(documents: list[Document]) -> list[int]:
    return [document["_id"] for document in documents]


def test_a_row_is_linked_to_the_one_before_it_once() -> None:
    links = Links()
    links.add([FIRST])
    assert links.without([SECOND, THIRD, OTHER]) == [THIRD, OTHER]
    assert links.take(SECOND) == Link.of(FIRST)
    assert links.take(SECOND) is None


def test_the_oldest_links_are_forgotten() -> None:
    links = Links()
    long = history({"inv-9": MOST_LINKS + 1}, 0)
    links.add(long.rows.values())
    links.forget()
    assert links.without([long.rows["inv-9", 2], long.rows["inv-9", 3]]) == [long.rows["inv-9", 2]]


def test_a_head_is_known_by_the_hash_of_the_newest_row() -> None:
    heads = NewestHeads()
    for row in (FIRST, SECOND):
        heads.add(row)
    stale, right = Head("inv-1", 1, FIRST.hash), Head("inv-1", 2, SECOND.hash)
    assert heads.without([stale, right, Head("inv-2", 1, OTHER.hash)]) == [stale, Head("inv-2", 1, OTHER.hash)]
    heads.forget()
    assert heads.without([right]) == [right]


def test_heads_beyond_what_there_is_room_for_are_not_known() -> None:
    heads, day = NewestHeads(), history({f"inv-{n}": 1 for n in range(MOST_HEADS + 1)}, 0)
    for row in day.rows.values():
        heads.add(row)
    asked = [Head(row.revision.subject, 1, row.hash) for row in day.rows.values()]
    assert heads.without(asked) == asked[MOST_HEADS:]


async def test_documents_are_taken_in_about_the_order_in_which_they_come() -> None:
    window = Window(numbered(range(3), range(3, 6)))
    assert (await window.take({1, 4})).keys() == {1, 4}
    assert (await window.take({0, 9})).keys() == {0}
    assert sorted([id_ async for rest in window.rest() for id_ in ids(rest)]) == [2, 3, 5]


async def test_what_nobody_takes_is_passed_and_never_held_for_long() -> None:
    window = Window(numbered(*(range(first, first + 100) for first in range(0, 10 * MOST_DOCUMENTS, 100))))
    seen: set[int] = set()
    passed: list[int] = []
    missing = 10 * MOST_DOCUMENTS
    for wanted in range(50, 8 * MOST_DOCUMENTS, 100):
        seen |= (await window.take({wanted, missing})).keys()
        passed += ids(window.passed())
    left = [id_ async for rest in window.rest() for id_ in ids(rest)]
    assert len(seen) > 0
    assert sorted([*seen, *passed, *left]) == list(range(10 * MOST_DOCUMENTS))
