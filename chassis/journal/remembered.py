"""What is remembered of a history while it is read: so much, and no more, whatever its length.

What is forgotten is looked up: each of these only saves that.
"""

from collections.abc import AsyncIterator, Iterable, Set
from itertools import islice
from typing import Any

from chassis.database.mongo import Document
from chassis.journal.checks import Link, Stored
from chassis.journal.revisions import row_id
from chassis.journal.seals import Head

MOST_LINKS = 5_000
MOST_HEADS = 5_000
MOST_DOCUMENTS = 1_500


class Links:
    """The newest rows, each for the one that comes after it."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}

    def without(self, rows: Iterable[Stored]) -> list[Stored]:
        """Those whose row before is not remembered, and the first ones of a subject."""
        return [row for row in rows if id_before(row) not in self._links]

    def add(self, rows: Iterable[Stored]) -> None:
        self._links.update((row.id, Link.of(row)) for row in rows)

    def take(self, row: Stored) -> Link | None:
        """What is remembered of the row before it, which nobody else asks for."""
        return self._links.pop(id_before(row), None)

    def forget(self) -> None:
        """The oldest."""
        _shorten(self._links, MOST_LINKS)


class NewestHeads:
    """The hash of the last row of each subject, for the seal of its day."""

    def __init__(self) -> None:
        self._hashes: dict[str, str] = {}

    def add(self, row: Stored) -> None:
        if len(self._hashes) < MOST_HEADS or row.revision.subject in self._hashes:
            self._hashes[row.revision.subject] = row.hash

    def without(self, heads: Iterable[Head]) -> list[Head]:
        """Those of other subjects, or with another hash."""
        return [head for head in heads if self._hashes.get(head.subject) != head.hash]

    def forget(self) -> None:
        """All of them."""
        self._hashes.clear()


class Window:
    """Documents of a collection, for the rows that are read beside them in about the same order."""

    def __init__(self, documents: AsyncIterator[list[Document]]) -> None:
        self._documents = documents
        self._waiting: dict[Any, Document] = {}
        self._passed: list[Document] = []

    async def take(self, ids: Set[Any]) -> dict[Any, Document]:
        """Those of the ids that come soon enough, by id."""
        while not self._waiting.keys() >= ids and len(self._waiting) < MOST_DOCUMENTS and await self._read_on():
            pass
        found = {id_: self._waiting.pop(id_) for id_ in ids if id_ in self._waiting}
        if len(self._waiting) >= MOST_DOCUMENTS:
            self._passed += _shorten(self._waiting, MOST_DOCUMENTS // 2)
        return found

    async def rest(self) -> AsyncIterator[list[Document]]:
        """Those that nobody took, when nobody takes any more."""
        yield self.passed()
        yield list(self._waiting.values())
        async for batch in self._documents:
            yield batch

    def passed(self) -> list[Document]:
        """Those that nobody took as long as they were remembered; each is given out once."""
        passed, self._passed = self._passed, []
        return passed

    async def _read_on(self) -> bool:
        batch = await anext(self._documents, None)
        self._waiting.update((document["_id"], document) for document in batch or ())
        return batch is not None


def id_before(row: Stored) -> str:
    """The id of the row before it; empty for the first."""
    one = row.revision
    return row_id(one.subject, one.version - 1) if one.version > 1 else ""


def _shorten(remembered: dict[Any, Any], most: int) -> list[Any]:
    """What was too much: the oldest."""
    return [remembered.pop(key) for key in list(islice(remembered, max(len(remembered) - most, 0)))]
