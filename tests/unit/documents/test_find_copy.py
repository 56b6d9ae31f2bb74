"""What was published is waited for before it is told, and no longer than was agreed."""

import asyncio
from collections.abc import Iterator

from documents.usecases.documents.find_copy import FindCopy


def asked_of(answers: Iterator[bool], wait_s: float = 60.0) -> list[str]:
    """The topics that were asked about."""
    asked: list[str] = []

    async def heard_all(topic: str) -> bool:
        asked.append(topic)
        return next(answers)

    asyncio.run(FindCopy(heard_all, wait_s).catch_up("a", "b"))
    return asked


def test_it_goes_on_when_all_is_heard_and_asks_no_more_about_what_is() -> None:
    assert asked_of(iter([False, True, True])) == ["a", "b", "a"]


def test_it_goes_on_without_what_is_not_heard_in_time() -> None:
    assert asked_of(iter([]), wait_s=0.0) == []
