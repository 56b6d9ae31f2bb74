"""A letter is never too large for its topic, and a piece of a record leads back to all of it."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.messaging.dead_letters import CUT, SHA256, reference_only, restored, to_dead_letter, to_replay
from chassis.messaging.reading import PARKED_AT, Rejected, aggregate_of, parked_at, subject_of
from contracts.topics import MAX_SAID_BYTES, MAX_VALUE_BYTES, SESSIONS
from tests.parts.records import ARecord, record_of

Headers = list[tuple[str, bytes | None]]
SIZES = st.sampled_from([0, 1, 200, 5_000, MAX_VALUE_BYTES, MAX_VALUE_BYTES + 1, 3_000_000])


def poison(key: int = 3, value: int = 3, headers: Headers | None = None) -> ARecord:
    return ARecord(SESSIONS.name, b"v" * value, headers or [("ce_subject", b"ses-1")], b"k" * key, 2, 17)


def rejected(record: ARecord) -> Rejected:
    return Rejected(record, "value-too-large", "too large", "ses-1")


@given(SIZES, SIZES, st.integers(0, 2_000), SIZES, st.sampled_from(["x", "ce_subject", "ź" * 400]))
def test_no_letter_is_larger_than_what_its_topic_takes(key: int, value: int, count: int, size: int, name: str) -> None:
    headers: Headers = [(name, b"h" * min(size, 4_000_000 // max(count, 1)))] * count
    letter = to_dead_letter("invoicing", rejected(poison(key, value, headers)))
    around = sum(len(name.encode()) + len(content or b"") + 20 for name, content in letter.headers)
    assert len(letter.key or b"") + len(letter.value or b"") + around + 200 <= MAX_SAID_BYTES


def test_what_anybody_reads_is_kept_whole() -> None:
    record = poison(100, MAX_VALUE_BYTES)
    letter = to_dead_letter("invoicing", rejected(record))
    assert (letter.key, letter.value, CUT in dict(letter.headers)) == (record.key, record.value, False)


@pytest.mark.parametrize(
    ("record", "parts"),
    [
        (poison(5_000), b"key"),
        (poison(3, MAX_VALUE_BYTES + 1), b"value"),
        (poison(3, 3, [("ce_subject", b"ses-1"), ("x", b"h" * 100_000)]), b"headers"),
        (poison(5_000, 2_000_000, [("x", b"h")] * 50_000), b"key,value,headers"),
    ],
)
def test_a_piece_says_what_is_missing_and_is_made_whole_by_the_record(record: ARecord, parts: bytes) -> None:
    letter = to_dead_letter("invoicing", rejected(record))
    said = dict(letter.headers)
    assert said[CUT] == parts
    assert said[SHA256] == sha256(record.value or b"").hexdigest().encode()
    back = to_replay(restored(letter, record))
    assert (back.topic, back.key, back.value) == (SESSIONS.name, record.key, record.value)
    assert list(back.headers[: len(record.headers)]) == list(record.headers)
    assert dict(back.headers)[PARKED_AT] == b"2:17"


def test_another_record_at_its_place_is_not_taken_for_it() -> None:
    letter = to_dead_letter("invoicing", rejected(poison(value=2_000_000)))
    with pytest.raises(ValueError, match="another record"):
        restored(letter, poison(value=2_000_001))


def test_the_last_resort_is_only_where_it_lies_and_leads_back_to_it() -> None:
    record = poison()
    letter = reference_only("invoicing", record, "handler-failed", "ValueError")
    assert (letter.key, letter.value) == (None, None)
    back = to_replay(restored(letter, record))
    assert (back.topic, back.key, back.value) == (SESSIONS.name, record.key, record.value)


def test_headers_that_only_we_write_mean_nothing_on_a_record_of_others() -> None:
    forged: Headers = [("ce_subject", b"ses-1"), ("error-topic", b"elsewhere"), ("chairside-letter", b"0:0")]
    letter = to_dead_letter("invoicing", rejected(poison(headers=forged)))
    assert [value for name, value in letter.headers if name == "error-topic"] == [SESSIONS.name.encode()]
    assert "chairside-letter" not in dict(letter.headers)


@given(st.binary(max_size=400), st.text(max_size=400))
def test_a_piece_is_parked_under_what_its_record_was_parked_by(key: bytes, subject: str) -> None:
    headers: Headers = [("x", b"h" * 100_000), ("ce_subject", subject.encode(errors="replace") * 5)]
    record = ARecord(SESSIONS.name, b"v", headers, key, 2, 17)
    piece = record_of(to_replay(to_dead_letter("invoicing", rejected(record)), discard=True))
    assert aggregate_of(piece, subject_of(piece) or "") == aggregate_of(record, subject_of(record) or "")


@given(st.none() | st.binary(max_size=30) | st.from_regex(rb"\A-?[0-9]{1,30}:-?[0-9]{1,30}\Z"))
def test_whatever_says_where_a_record_was_parked_is_a_place_or_nothing(said: bytes | None) -> None:
    found = parked_at(ARecord(SESSIONS.name, b"", [(PARKED_AT, said)]))
    assert found is None or all(0 <= number < 10**19 for number in found)


def test_a_number_of_many_digits_is_no_place() -> None:
    assert parked_at(ARecord(SESSIONS.name, b"", [(PARKED_AT, b"9" * 5_000 + b":1")])) is None
