"""The journal: nothing in it can be changed without its hash showing it, and differences lead from one to the next."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.journal.differences import FieldChange, differences
from chassis.journal.revisions import GENESIS, Revision

FIRST = Revision(
    "inv-1",
    1,
    "invoicing.invoice-drafted.v1",
    "clinic-berlin",
    datetime(2026, 11, 20, 9, tzinfo=UTC),
    "usr-3",
    "Jonas Abel",
    "billing_manager",
    None,
    b'{"version":1}',
    GENESIS,
)
CHANGES: dict[str, Any] = {
    "subject": "inv-2",
    "version": 2,
    "type": "invoicing.invoice-voided.v1",
    "clinic_id": "clinic-hamburg",
    "at": FIRST.at + timedelta(milliseconds=1),
    "actor_id": "usr-4",
    "actor_name": "Jonas",
    "actor_role": "auditor",
    "reason": "because",
    "cause": "ses-1:1",
    "snapshot": b'{"version":2}',
    "previous": "0" * 64,
    "document": "0" * 64,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Revision)])
def test_a_change_of_any_field_changes_the_hash(name: str) -> None:
    assert replace(FIRST, **{name: CHANGES[name]}).hash != FIRST.hash


def test_a_name_that_is_missing_is_not_an_empty_one() -> None:
    assert replace(FIRST, actor_name=None).hash != replace(FIRST, actor_name="").hash
    assert replace(FIRST, reason=None).hash != replace(FIRST, reason="").hash


TEXT = st.text(st.sampled_from('a\x1f:1"\\,'), max_size=6)


@given(st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT))
def test_text_cannot_move_from_one_field_into_the_next(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    def told(texts: tuple[str, ...]) -> str:
        actor_id, name, role, reason, snapshot = texts
        return replace(
            FIRST, actor_id=actor_id, actor_name=name, actor_role=role, reason=reason, snapshot=snapshot.encode()
        ).hash

    assert (told(one) == told(other)) == (one == other)


def test_text_does_not_move_across_the_separator_itself() -> None:
    assert (
        replace(FIRST, actor_id="a\x1fb", actor_name="c").hash != replace(FIRST, actor_id="a", actor_name="b\x1fc").hash
    )


def chain(*snapshots: bytes) -> list[Revision]:
    revisions, previous = [], GENESIS
    for version, snapshot in enumerate(snapshots, 1):
        revisions.append(replace(FIRST, version=version, snapshot=snapshot, previous=previous))
        previous = revisions[-1].hash
    return revisions


def test_who_changes_an_old_revision_changes_every_hash_after_it() -> None:
    true = [revision.hash for revision in chain(b"1", b"2", b"3")]
    forged = [revision.hash for revision in chain(b"1", b"X", b"3")]
    assert [a == b for a, b in zip(true, forged, strict=True)] == [True, False, False]
    assert len(set(true)) == 3


LEAF = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2)
VALUE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({"x": inner, "y": inner}))
SNAPSHOT = st.fixed_dictionaries({"version": st.integers(1, 9), "note": VALUE, "lines": VALUE})


def applied(before: Any, changes: list[FieldChange]) -> Any:
    result = json.loads(json.dumps(before))
    for change in changes:
        *way, last = change.field.split("/")[1:]
        place = result
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        name = int(last) if isinstance(place, list) else last
        assert place[name] == change.before
        place[name] = change.after
    return result


@given(SNAPSHOT, SNAPSHOT)
def test_the_differences_lead_from_one_snapshot_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    changes = differences(json.dumps(before).encode(), json.dumps(after).encode())
    assert applied(before, changes) == after
    assert (changes == []) == (before == after)
    assert len({change.field for change in changes}) == len(changes)


def test_only_what_changed_is_told_down_to_the_field() -> None:
    before = {"status": "draft", "lines": [{"net": 1, "code": "D1"}, {"net": 2, "code": "D2"}], "note": None}
    after = {"status": "final", "lines": [{"net": 1, "code": "D1"}, {"net": 3, "code": "D2"}], "note": None}
    assert differences(json.dumps(before).encode(), json.dumps(after).encode()) == [
        FieldChange("/status", "draft", "final"),
        FieldChange("/lines/D2/net", 2, 3),
    ]


ITEMS = st.dictionaries(st.sampled_from("abc~/"), st.integers(0, 3), max_size=5).flatmap(
    lambda found: st.permutations([{"line_id": id_, "provider_id": "doc-4", "net": net} for id_, net in found.items()])
)


@given(ITEMS, ITEMS)
def test_lines_are_told_by_their_ids_wherever_they_stand(before: list[Any], after: list[Any]) -> None:
    changes = differences(json.dumps({"lines": before}).encode(), json.dumps({"lines": after}).encode())
    was, is_ = ({line["line_id"]: line for line in lines} for lines in (before, after))
    expected = {}
    for id_ in was.keys() | is_.keys():
        place = f"/lines/{id_.replace('~', '~0').replace('/', '~1')}"
        if (id_ in was) != (id_ in is_):
            expected[place] = (was.get(id_), is_.get(id_))
        elif was[id_] != is_[id_]:
            expected[f"{place}/net"] = (was[id_]["net"], is_[id_]["net"])
    told = {change.field: (change.before, change.after) for change in changes}
    stayed = [id_ for id_ in was if id_ in is_], [id_ for id_ in is_ if id_ in was]
    if before and after and stayed[0] != stayed[1]:
        expected["/lines"] = stayed
    assert told == expected


def test_when_the_first_of_three_lines_goes_one_line_went() -> None:
    lines = [{"line_id": f"procedure:p-{n}", "net": n} for n in (1, 2, 3)]
    assert differences(json.dumps({"lines": lines}).encode(), json.dumps({"lines": lines[1:]}).encode()) == [
        FieldChange("/lines/procedure:p-1", lines[0], None)
    ]


def test_what_has_no_id_is_told_by_number_or_place() -> None:
    def told(before: Any, after: Any) -> list[str]:
        changes = differences(json.dumps({"all": before}).encode(), json.dumps({"all": after}).encode())
        return [change.field for change in changes]

    assert told([{"number": 1, "net": 1}, {"number": 2, "net": 1}], [{"number": 2, "net": 1}]) == ["/all/1"]
    assert told(
        [{"rate": "7", "net": 1}, {"rate": "19", "net": 1}], [{"rate": "7", "net": 1}, {"rate": "19", "net": 2}]
    ) == ["/all/1/net"]
    twice = [{"code": "D1", "net": 1}, {"code": "D1", "net": 2}]
    assert told(twice, [{"code": "D1", "net": 1}, {"code": "D1", "net": 3}]) == ["/all/1/net"]


def test_a_list_that_grew_is_told_whole() -> None:
    assert differences(b'{"a": [1]}', b'{"a": [1, 2]}') == [FieldChange("/a", [1], [1, 2])]


def test_the_first_revision_tells_all_that_is_there() -> None:
    assert differences(None, b'{"version": 1, "note": null, "status": "draft"}') == [
        FieldChange("/version", None, 1),
        FieldChange("/status", None, "draft"),
    ]
