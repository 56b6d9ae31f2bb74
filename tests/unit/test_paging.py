"""Pages of a list: none skipped, none twice, and no cursor but ours."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chassis.database.paging import Order, PageRequest
from kernel.errors import BusinessError

BY_DAY = Order((("day", -1), ("_id", 1)))
BY_TIME = Order((("at", 1), ("total.amount_minor", -1), ("_id", 1)))

texts = st.text(st.characters(exclude_categories=["Cs"]))
int64 = st.integers(-(2**63), 2**63 - 1)
milliseconds = st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
)


def forged(*values: Any) -> str:
    """A cursor of BY_DAY with values of the caller's own."""
    signature = json.loads(base64.urlsafe_b64decode(_padded(BY_DAY.cursor({"day": "d", "_id": "i"}))))[0]
    return base64.urlsafe_b64encode(json.dumps([signature, *values]).encode()).decode().rstrip("=")


def _padded(cursor: str) -> str:
    return cursor + "=" * (-len(cursor) % 4)


def matches(document: dict[str, Any], condition: dict[str, Any]) -> bool:
    """The little of MongoDB's query language that paging speaks."""
    for name, wanted in condition.items():
        match name, wanted:
            case "$and", parts if not all(matches(document, part) for part in parts):
                return False
            case "$or", parts if not any(matches(document, part) for part in parts):
                return False
            case str(), {"$gt": bound} if not document[name] > bound:
                return False
            case str(), {"$lt": bound} if not document[name] < bound:
                return False
            case str(), {"$gte": bound} if not document[name] >= bound:
                return False
            case str(), {"$lte": bound} if not document[name] <= bound:
                return False
    return True


@given(at=milliseconds, amount=int64, id_=texts)
def test_a_cursor_brings_back_the_keys_of_its_document(at: datetime, amount: int, id_: str) -> None:
    cursor = BY_TIME.cursor({"at": at, "total": {"amount_minor": amount}, "_id": id_})
    assert cursor.isascii()
    page = BY_TIME.where({}, PageRequest(cursor=cursor))["$and"][1]
    assert page["at"] == {"$gte": at}
    after_at, within_at = page["$or"]
    assert after_at == {"at": {"$gt": at}}
    assert within_at["total.amount_minor"] == {"$lte": amount}
    assert within_at["$or"] == [{"total.amount_minor": {"$lt": amount}}, {"_id": {"$gt": id_}}]


@given(days=st.lists(st.integers(0, 3), max_size=30), limit=st.integers(1, 7))
def test_the_pages_together_are_the_list(days: list[int], limit: int) -> None:
    documents = [{"day": day, "_id": f"{number:02}"} for number, day in enumerate(days)]
    ordered = sorted(documents, key=lambda d: (-d["day"], d["_id"]))  # type: ignore[operator]
    seen: list[Any] = []
    cursor = None
    while True:
        request = PageRequest(limit, cursor)
        found = [d for d in ordered if matches(d, BY_DAY.where({}, request))][: limit + 1]
        page = BY_DAY.page(found, request, dict)
        seen += page.items
        assert len(page.items) <= limit
        if (cursor := page.next_cursor) is None:
            break
    assert seen == ordered


def test_the_first_page_is_asked_for_by_the_condition_alone() -> None:
    assert BY_DAY.where({"clinic_id": "c"}, PageRequest()) == {"clinic_id": "c"}


def test_a_condition_on_a_sort_key_stays_beside_the_cursor() -> None:
    cursor = BY_DAY.cursor({"day": "2026-11-20", "_id": "i"})
    condition = {"day": {"$gte": "2026-11-01"}, "$or": [{"a": 1}, {"b": 2}]}
    assert BY_DAY.where(condition, PageRequest(cursor=cursor))["$and"][0] == condition


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["d"],
        ["d", "i", "j"],
        [{"$gt": ""}, "i"],
        [{"ms": 10**18}, "i"],
        [{"ms": 1, "$gt": 2}, "i"],
        [{"ms": True}, "i"],
        [None, "i"],
        [True, "i"],
        [1.5, "i"],
        [2**63, "i"],
        ["\ud800", "i"],
        [["d"], "i"],
    ],
)
def test_a_forged_cursor_smuggles_nothing_into_a_filter(values: list[Any]) -> None:
    with pytest.raises(BusinessError) as refused:
        BY_DAY.where({}, PageRequest(cursor=forged(*values)))
    assert (refused.value.status, refused.value.code, refused.value.field) == (400, "cursor-invalid", "cursor")


@given(noise=st.text() | st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_noise_is_no_cursor(noise: str) -> None:
    with pytest.raises(BusinessError, match="no cursor of this list"):
        BY_DAY.where({}, PageRequest(cursor=noise))


@given(data=st.data())
def test_a_damaged_cursor_is_refused_or_names_a_place(data: st.DataObject) -> None:
    cursor = BY_DAY.cursor({"day": "2026-11-20", "_id": "inv-1"})
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.characters(codec="ascii"))
    assume(letter != cursor[place])
    with suppress(BusinessError):
        where = BY_DAY.where({}, PageRequest(cursor=cursor[:place] + letter + cursor[place + 1 :]))
        assert isinstance(where["$and"][1]["day"]["$lte"], str)


def test_a_cursor_of_another_list_is_refused() -> None:
    other = Order((("day", 1), ("_id", 1))).cursor({"day": "d", "_id": "i"})
    with pytest.raises(BusinessError, match="no cursor of this list"):
        BY_DAY.where({}, PageRequest(cursor=other))


def test_a_list_cannot_be_paged_by_a_null() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        BY_DAY.cursor({"day": None, "_id": "i"})
