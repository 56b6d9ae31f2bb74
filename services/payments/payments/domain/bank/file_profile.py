"""What a file that nobody described seems to be, and what of it would be read, before it is sent as a statement."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from payments.domain.bank.statement import (
    CheckedStatement,
    Entry,
    StatementFormat,
    StatementInvalid,
    StatementItem,
    check,
)

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class FileProfile:
    """A proposal. `columns` is the map of a CSV, by the names of its fields; `missing` is what a person has to add."""

    format: StatementFormat
    encoding: str
    columns: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The statements that a file would bring, its first entries, and why it would be refused, if it would be."""

    statements: tuple[CheckedStatement, ...]
    entries: tuple[Entry, ...]
    refusal: StatementInvalid | None = None


def preview(items: Iterable[StatementItem]) -> Preview:
    """Reads a file to its end, as it would be to be taken over."""
    first: list[Entry] = []
    try:
        return Preview(check(_noting(items, first)), tuple(first))
    except StatementInvalid as refused:
        return Preview((), tuple(first), StatementInvalid(refused.code, refused.message))


def _noting(items: Iterable[StatementItem], first: list[Entry]) -> Iterator[StatementItem]:
    for item in items:
        if isinstance(item, Entry) and len(first) < MOST_SHOWN:
            first.append(item)
        yield item
