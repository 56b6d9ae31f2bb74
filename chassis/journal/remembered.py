"""What is remembered of a history while it is read: so much, and no more, whatever its length.

What is forgotten is looked up: each of these only saves that. Rows and documents are bytes (`chassis.journal.hashed`).
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from itertools import islice
from typing import Any, TypeAlias

from chassis.journal.hashed import document_in, id_in, is_written_with
from chassis.journal.revisions import GENESIS
from chassis.journal.seals import Head

MOST_SUBJECTS = 10_000
MOST_HEADS = 5_000
MOST_DOCUMENTS = 1_500


Newest: TypeAlias = tuple[int, str, str]
"""The version of a row, its hash, and the digest of the document that was written with it."""
NONE: Newest = (0, GENESIS, "")


class NewestRows:
    """Of each subject, for the row that comes after it, and for its document."""

    def __init__(self) -> None:
        self._newest: dict[str, Newest] = {}

    def replace(self, subject: str, version: int, hash_: str, row: bytes) -> Newest:
        """What was remembered before this row."""
        before = self._newest.pop(subject, NONE)
        self._newest[subject] = version, hash_, document_in(row, before[1])
        return before

    def take(self, subject: str, document: bytes) -> bool:
        """Whether a document is, to the last byte, what was written with the newest row; it is forgotten then."""
        newest = self._newest.pop(subject, None)
        return newest is not None and is_written_with(document, *newest[1:])

    def forget(self) -> list[str]:
        """Those that changed longest ago, if there are too many."""
        return _shorten(self._newest, MOST_SUBJECTS)

    def rest(self) -> list[str]:
        """Those whose document nobody asked for."""
        return _shorten(self._newest, 0)


class NewestHeads:
    """The last row of each subject, as the seal of its day names it."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}

    def add(self, lines: Mapping[str, str]) -> None:
        """By subject."""
        self._lines.update(lines)
        _shorten(self._lines, MOST_HEADS)

    def without(self, lines: Iterable[str]) -> list[Head]:
        """Heads that are not remembered so."""
        known = set(self._lines.values())
        return [Head.read(line) for line in lines if line not in known]

    def forget(self) -> None:
        """All of them."""
        self._lines.clear()


class Window:
    """Documents of a collection, for the rows that are read beside them in about the same order.

    All by their subjects, which begin with `prefix` where that is not the id itself.
    """

    def __init__(self, documents: AsyncIterator[list[bytes]], prefix: str = "") -> None:
        self._documents = documents
        self._prefix = prefix
        self._waiting: dict[str, bytes] = {}
        self._passed: list[bytes] = []

    async def take(self, subjects: Collection[str]) -> dict[str, bytes]:
        """Those of the subjects that come soon enough, by subject."""
        wanted = set(subjects)
        while not self._waiting.keys() >= wanted and len(self._waiting) < MOST_DOCUMENTS and await self._read_on():
            pass
        found = {one: self._waiting.pop(one) for one in subjects if one in self._waiting}
        if len(self._waiting) >= MOST_DOCUMENTS:
            passed = list(islice(self._waiting, len(self._waiting) - MOST_DOCUMENTS // 2))
            self._passed += [self._waiting.pop(one) for one in passed]
        return found

    async def rest(self) -> AsyncIterator[list[bytes]]:
        """Those that nobody took, when nobody takes any more."""
        yield self.passed()
        yield list(self._waiting.values())
        async for batch in self._documents:
            yield batch

    def passed(self) -> list[bytes]:
        """Those that nobody took as long as they were remembered; each is given out once."""
        passed, self._passed = self._passed, []
        return passed

    async def _read_on(self) -> bool:
        batch = await anext(self._documents, None)
        self._waiting.update((self._prefix + id_in(document), document) for document in batch or ())
        return batch is not None


def _shorten(remembered: dict[str, Any], most: int) -> list[str]:
    """The keys of what was too much: the oldest."""
    oldest = list(islice(remembered, max(len(remembered) - most, 0)))
    for key in oldest:
        del remembered[key]
    return oldest
