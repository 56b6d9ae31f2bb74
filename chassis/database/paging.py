"""Cursor paging: `?limit=&cursor=` answers `{"items": [...], "next_cursor": null}`.

A page starts after the sort keys of the last item of the one before, so that items that come or go in between neither
repeat nor hide others, and a compound index finds the place.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from kernel.errors import BusinessError

MAX_LIMIT = 200
DEFAULT_LIMIT = 50

T = TypeVar("T")
Key = str | int | datetime
Filter = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = range(-(2**63), 2**63)
_LAST_MS = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_FIRST_MS = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


class Page(BaseModel, Generic[T]):
    """A page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the caller asked for."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=2048, description="`next_cursor` of the page before")] = None,
) -> PageRequest:
    """Dependency: the paging parameters."""
    return PageRequest(limit, cursor or None)


Paging = Annotated[PageRequest, Depends(page_request)]


@dataclass(frozen=True)
class Order:
    """The sort keys of a list, 1 ascending and -1 descending; the last one is unique, and none of them is ever null.

    A key may be dotted (`totals.due`). Values are strings, integers or times (to the millisecond).
    """

    keys: tuple[tuple[str, Literal[1, -1]], ...]

    @property
    def sort(self) -> list[tuple[str, int]]:
        """For `find(..., sort=order.sort)`."""
        return list(self.keys)

    def where(self, condition: Mapping[str, Any], request: PageRequest) -> Filter:
        """The filter of one page. Raises BusinessError (status 400) for a cursor that is none of ours.

        Ask the store for `limit + 1` documents: the one too many tells `page` that there is a next page.
        """
        if request.cursor is None:
            return dict(condition)
        return {"$and": [dict(condition), self._after(self._decode(request.cursor))]}

    def start(self, request: PageRequest) -> list[Key] | None:
        """The sort keys behind which the page begins; None for the first. Raises as `where`."""
        return None if request.cursor is None else self._decode(request.cursor)

    def page(
        self, documents: Sequence[Mapping[str, Any]], request: PageRequest, item: Callable[[Mapping[str, Any]], T]
    ) -> Page[T]:
        """The page made of up to `limit + 1` documents that `where` found."""
        shown = documents[: request.limit]
        more = len(documents) > request.limit
        return Page(items=[item(document) for document in shown], next_cursor=self.cursor(shown[-1]) if more else None)

    def cursor(self, document: Mapping[str, Any]) -> str:
        """Names the place behind the document."""
        values = [_packed(_at(document, name)) for name, _ in self.keys]
        text = json.dumps([self._signature(), *values], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    def _after(self, values: Sequence[Key]) -> Filter:
        """`(a, b) > (x, y)` as `a >= x and (a > x or b > y)`: the first half is what bounds the index scan."""
        (name, direction), *rest = self.keys
        operator = "$gt" if direction == 1 else "$lt"
        beyond = {name: {operator: values[0]}}
        if not rest:
            return beyond
        return {name: {f"{operator}e": values[0]}, "$or": [beyond, Order(tuple(rest))._after(values[1:])]}

    def _decode(self, cursor: str) -> list[Key]:
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            signature, *values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if signature != self._signature() or len(values) != len(self.keys):
                raise ValueError
            return [_unpacked(value) for value in values]
        except (ValueError, TypeError, RecursionError, binascii.Error):
            raise cursor_invalid() from None

    def _signature(self) -> str:
        """A cursor of one list means nothing to another."""
        return hashlib.sha256(repr(self.keys).encode()).hexdigest()[:8]


def cursor_invalid() -> BusinessError:
    """What a cursor is refused with that is none of the list's."""
    return BusinessError("cursor-invalid", "this is no cursor of this list", status=400, field="cursor")


def _at(document: Mapping[str, Any], name: str) -> Any:
    value: Any = document
    for step in name.split("."):
        value = value[step]
    return value


def _packed(value: Any) -> str | int | dict[str, int]:
    match value:
        case str():
            return value
        case int() if not isinstance(value, bool):
            return value
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return {"ms": (aware - _EPOCH) // timedelta(milliseconds=1)}
    raise TypeError(f"cannot page by a {type(value).__name__}")


def _unpacked(value: Any) -> Key:
    """Only plain values come out, so that no cursor can smuggle an operator into a filter, nor one BSON cannot hold."""
    match value:
        case str():
            value.encode()
            return value
        case int() if not isinstance(value, bool) and value in _INT64:
            return value
        case {"ms": int(ms)} if len(value) == 1 and not isinstance(ms, bool) and _FIRST_MS <= ms <= _LAST_MS:
            return _EPOCH + timedelta(milliseconds=ms)
    raise ValueError
