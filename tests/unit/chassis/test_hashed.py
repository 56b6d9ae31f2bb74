"""What is read off the bytes of a row is what the driver reads, and a hash covers every byte before it."""

from dataclasses import replace
from datetime import UTC, datetime

import bson
from hypothesis import given
from hypothesis import strategies as st

from chassis.journal import hashed
from chassis.journal.revisions import Revision, row_id

FIRST = Revision("inv-1", 1, "drafted", "c-1", datetime(2026, 11, 20, tzinfo=UTC), "usr", None, "role", None, b"{}", "")
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))


@st.composite
def revisions(draw: st.DrawFn) -> Revision:
    at = draw(TIMES)
    return Revision(
        subject=draw(TEXTS),
        version=draw(st.integers(1, 2**31)),
        type=draw(TEXTS),
        clinic_id=draw(TEXTS),
        at=at.replace(microsecond=at.microsecond // 1000 * 1000),
        actor_id=draw(TEXTS),
        actor_name=draw(st.none() | TEXTS),
        actor_role=draw(TEXTS),
        reason=draw(st.none() | TEXTS),
        snapshot=draw(st.binary(max_size=40)),
        previous=draw(st.just("") | HASHES),
        cause=draw(st.none() | TEXTS),
        document=draw(st.just("") | HASHES),
    )


@given(revisions())
def test_a_row_is_read_as_the_driver_reads_it(revision: Revision) -> None:
    filed = revision.filed()
    raw = bytes(filed.document.raw)
    row = hashed.decoded(raw)
    assert hashed.id_in(raw) == row["_id"] == row_id(revision.subject, revision.version)
    assert hashed.millis_in(raw) == round(row["at"].timestamp() * 1000)
    assert hashed.hash_in(raw) == row["hash"] == filed.hash == revision.hash
    assert hashed.document_in(raw, row["previous"]) == row["document"]
    assert hashed.is_whole_after(raw, row["previous"])
    assert not hashed.is_whole_after(raw, "g" * 64)


@given(revisions(), st.data())
def test_a_row_of_which_a_byte_was_changed_is_not_whole(revision: Revision, data: st.DataObject) -> None:
    raw = bytes(revision.filed().document.raw)
    assert hashed.is_whole(raw)
    at = data.draw(st.integers(4, len(raw) - 1))
    changed = raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :]
    assert not hashed.is_whole(changed)
    assert not hashed.is_whole_after(changed, revision.previous)


def test_a_document_ends_with_its_head() -> None:
    content = hashed.content_of({"_id": "inv-1", "version": 2})
    head, digest = "0" * 64, hashed.hash_of(content)
    raw = bytes(hashed.document_of(content, head).document.raw)
    assert raw == bson.encode({"_id": "inv-1", "version": 2, "head": head})
    assert hashed.is_written_with(raw, head, digest)
    assert not hashed.is_written_with(raw, "1" * 64, digest)
    row = bytes(replace(FIRST, document=digest).filed().document.raw)
    head = hashed.hash_in(row)
    raw = bytes(hashed.document_of(content, head).document.raw)
    assert hashed.is_written_once_with(raw, row)
    assert not hashed.is_written_once_with(raw.replace(b"inv-1", b"inv-2"), row)
    assert not hashed.is_written_once_with(raw, bytes(replace(FIRST, document="").filed().document.raw))
    for forged in ({"version": 3, "head": head}, {"version": 2, "head": head, "paid": True}, {"version": 2}):
        assert not hashed.is_written_with(bson.encode({"_id": "inv-1", **forged}), head, digest)
