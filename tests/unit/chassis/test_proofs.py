"""Whatever is done to a sealed history, it is found, and at the right place; an honest one is never accused."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.journal.checks import Finding
from chassis.journal.seals import Head
from tests.parts.histories import History, history

SUBJECTS = ("inv-1", "inv-2", "clinics/c")
LENGTHS = st.fixed_dictionaries({subject: st.integers(1, 6) for subject in SUBJECTS})


def found(whole: History) -> set[Finding]:
    return set(whole.faults())


@given(LENGTHS, st.integers(0, 6))
def test_an_honest_history_has_no_fault(lengths: dict[str, int], sealed_days: int) -> None:
    assert found(history(lengths, sealed_days)) == set()


@given(LENGTHS, st.data())
def test_a_revision_that_was_changed_is_found(lengths: dict[str, int], data: st.DataObject) -> None:
    whole = history(lengths, 6)
    place = data.draw(st.sampled_from(sorted(whole.rows)))
    change: dict[str, Any] = data.draw(
        st.sampled_from(
            [
                {"reason": "x"},
                {"actor_id": "usr-9"},
                {"snapshot": b'{"version": true}'},
                {"previous": "0"},
                {"clinic_id": "clinic-elsewhere"},
                {"cause": "e:1"},
            ]
        )
    )
    row = whole.rows[place]
    forged = replace(row.revision, **change)
    rehashed = data.draw(st.booleans())
    whole.put(place, forged, forged.hash if rehashed else row.hash)
    assert place in {(one.subject, one.version) for one in found(whole)}
    if not rehashed:
        assert Finding(*place, "changed") in found(whole)


@given(LENGTHS, st.data())
def test_a_change_whose_hashes_were_all_made_anew_is_found_by_the_seals(
    lengths: dict[str, int], data: st.DataObject
) -> None:
    whole = history(lengths, 6)
    subject, version = data.draw(st.sampled_from(sorted(whole.rows)))
    previous = whole.rows[subject, version].revision.previous
    for n in range(version, lengths[subject] + 1):
        forged = replace(whole.rows[subject, n].revision, previous=previous, actor_id="usr-9")
        whole.put((subject, n), forged)
        previous = forged.hash
    whole.rewind(subject, lengths[subject])
    assert found(whole) == {Finding(subject, n, "changed") for n in range(version, lengths[subject] + 1)}


@given(LENGTHS, st.data())
def test_revisions_that_were_removed_are_found_each(lengths: dict[str, int], data: st.DataObject) -> None:
    whole = history({**lengths, "inv-1": 6}, data.draw(st.sampled_from([0, 6])))
    gone = data.draw(st.sets(st.integers(1, 5), min_size=1))
    for version in gone:
        del whole.rows["inv-1", version]
    assert found(whole) == {Finding("inv-1", version, "removed") for version in gone}


@given(LENGTHS, st.integers(0, 5))
def test_a_history_that_was_cut_off_with_its_document_put_back_is_found_by_the_seals(
    lengths: dict[str, int], left: int
) -> None:
    whole = history({**lengths, "inv-1": 6}, 6)
    for version in range(left + 1, 7):
        del whole.rows["inv-1", version]
    if left:
        whole.rewind("inv-1", left)
    else:
        del whole.states["inv-1"]
    assert found(whole) == {Finding("inv-1", left + 1, "truncated")}


@given(st.integers(1, 5))
def test_a_history_that_was_cut_off_is_found_by_its_document_also_before_it_is_sealed(left: int) -> None:
    whole = history({"inv-1": 6}, 0)
    for version in range(left + 1, 7):
        del whole.rows["inv-1", version]
    assert found(whole) == {Finding("inv-1", left + 1, "truncated")}
    whole.rewind("inv-1", left)
    assert found(whole) == set(), "nothing can show this before the day is sealed"


@given(LENGTHS, st.data(), st.booleans())
def test_revisions_that_changed_places_are_found(
    lengths: dict[str, int], data: st.DataObject, renumbered: bool
) -> None:
    whole = history({**lengths, "inv-1": 6}, data.draw(st.sampled_from([0, 6])))
    one, other = data.draw(st.lists(st.integers(1, 6), min_size=2, max_size=2, unique=True))
    first, second = whole.rows["inv-1", one], whole.rows["inv-1", other]
    for place, row in ((one, second), (other, first)):
        moved = replace(row.revision, version=place) if renumbered else row.revision
        whole.put(("inv-1", place), moved, row.hash)
    reordered = {one.version for one in found(whole) if one.kind == "reordered"}
    assert {one, other} <= reordered


@pytest.mark.parametrize("change", [{"version": 2}, {"head": "0"}, {"note": "x"}, {"snapshot": b"{}"}])
def test_a_document_that_is_not_its_last_revision_is_found(change: dict[str, Any]) -> None:
    whole = history({"inv-1": 3}, 3)
    state = whole.states["inv-1"]
    named = {name: value for name, value in change.items() if name in ("version", "head")}
    whole.states["inv-1"] = replace(state, **named, fields={**state.fields, **change})
    version = change.get("version", 3)
    assert found(whole) == {Finding("inv-1", version, "state-changed")}


def test_a_document_without_a_snapshot_is_compared_field_by_field() -> None:
    whole = history({"clinics/c": 2}, 0)
    state = whole.states["clinics/c"]
    fields = {"_id": "c", "version": 2, "note": "clinics/c 2", "head": state.head}
    whole.states["clinics/c"] = replace(state, fields=fields)
    assert found(whole) == set()
    for wrong in ({**fields, "note": "x"}, {n: v for n, v in fields.items() if n != "note"}):
        whole.states["clinics/c"] = replace(state, fields=wrong)
        assert found(whole) == {Finding("clinics/c", 2, "state-changed")}


def test_seals_that_were_changed_or_removed_are_found() -> None:
    whole = history({"inv-1": 4}, 4)
    seal, heads = whole.seals[1]
    whole.seals[1] = seal, [Head("inv-1", 2, heads[0].hash), Head("inv-2", 1, "0")]
    assert Finding("seals/clinic-berlin", 2, "seal-changed") in found(whole)
    whole.seals[1] = replace(seal, subjects=9), heads
    assert found(whole) == {Finding("seals/clinic-berlin", 2, "seal-changed")}
    anew = replace(seal, previous="0")
    whole.seals[1] = replace(anew, stored_hash=anew.hash), heads
    assert {one.kind for one in found(whole)} == {"seal-changed"}


def test_a_seal_that_is_missing_is_found_by_the_next_one() -> None:
    whole = history({"inv-1": 4}, 4)
    del whole.seals[0]
    assert found(whole) == {Finding("seals/clinic-berlin", 1, "seal-removed")}
