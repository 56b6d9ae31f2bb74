"""Identifiers sort by age or follow from what they stand for."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import derived_id, new_id

# What an id on the wire may be made of.
PART = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=128)
PARTS = st.lists(PART, min_size=1, max_size=4)


def test_a_new_id_says_what_it_is_of_and_is_never_given_twice() -> None:
    ids = [new_id("pay") for _ in range(1_000)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"pay_[0-9a-f]{32}", id_) for id_ in ids)


def test_new_ids_sort_by_their_age(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [1_000_000 * ms for ms in (1, 2, 17, 1_700_000_000_000, 1_700_000_000_001)]
    ids = []
    for moment in moments:
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment)
        ids.append(new_id("inv"))
    assert ids == sorted(ids)


@given(PARTS)
def test_the_same_parts_always_give_the_same_id(parts: list[str]) -> None:
    assert derived_id("inv", *parts) == derived_id("inv", *parts)
    assert re.fullmatch(r"inv_[0-9a-f]{32}", derived_id("inv", *parts))


@given(PARTS, PARTS)
def test_other_parts_give_another_id(one: list[str], other: list[str]) -> None:
    assert (derived_id("inv", *one) == derived_id("inv", *other)) == (one == other)


def test_parts_do_not_run_into_each_other() -> None:
    assert derived_id("inv", "clinic-a", "bses") != derived_id("inv", "clinic-ab", "ses")
    assert derived_id("inv", "a", "b") != derived_id("inv", "b", "a")
