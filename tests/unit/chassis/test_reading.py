"""Reading never raises: a record is an event, or a rejection that says why without saying what was in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.messaging.dead_letters import to_dead_letter, to_replay
from chassis.messaging.reading import (
    REPLAY,
    Discarded,
    Heard,
    Reader,
    Reading,
    Rejected,
)
from contracts.clinical import SessionCompleted, SessionCorrected, SessionVoided
from contracts.envelope import Message
from contracts.topics import MAX_VALUE_BYTES, SESSIONS, dead_letter
from tests.parts import sessions
from tests.parts.records import ARecord, record_of
from tests.parts.wire import sealed

READER = Reader(SESSIONS, (SessionCompleted, SessionCorrected))
Headers = list[tuple[str, bytes | None]]
GOOD = sealed(
    SessionCompleted.model_validate(sessions.session()), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)


def record(value: bytes | None = GOOD.value, **headers: bytes | None) -> ARecord:
    """A good record with another value or other headers; `_` stands for a hyphen, `ce_` for itself."""
    changed = dict(GOOD.headers) | {n if n.startswith("ce_") else n.replace("_", "-"): v for n, v in headers.items()}
    return ARecord(SESSIONS.name, value, list(changed.items()))


def rejected(reading: Reading) -> Rejected:
    assert isinstance(reading, Rejected)
    return reading


def body(**changes: Any) -> bytes:
    return json.dumps(sessions.session(**changes)).encode()


def test_a_good_record_is_its_event_with_the_trace_of_its_cause() -> None:
    heard = READER.read(record())
    assert isinstance(heard, Heard)
    assert heard.event == SessionCompleted.model_validate(sessions.session())
    assert heard.traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert not heard.replayed


POISON: dict[str, tuple[ARecord, str]] = {
    "not JSON": (record(b"{"), "not-json"),
    "not UTF-8": (record(b'{"session_id": "\xff"}'), "not-json"),
    "a lone surrogate": (record(rb'{"session_id": "\ud800"}'), "not-json"),
    "nested without end": (record(b"[" * 100_000), "not-json"),
    "another type": (record(b"[]"), "event-invalid"),
    "no id": (record(body(session_id=None)), "event-invalid"),
    "a negative quantity": (record(body(materials=[sessions.material(quantity="-1")])), "event-invalid"),
    "a quantity of zero": (record(body(materials=[sessions.material(quantity="0.00")])), "event-invalid"),
    "a number for a quantity": (record(body(materials=[sessions.material(quantity=1)])), "event-invalid"),
    "a procedure twice": (record(body(procedures=[sessions.procedure()] * 2)), "event-invalid"),
    "nothing done": (record(body(procedures=[], materials=[])), "event-invalid"),
    "a time without offset": (record(body(completed_at="2026-11-20T09:45:00")), "event-invalid"),
    "no value": (record(None), "value-missing"),
    "an empty value": (record(b""), "not-json"),
    "two megabytes": (record(b" " * 2_000_000 + (GOOD.value or b"")), "value-too-large"),
    "a null header": (record(ce_type=None), "header-null"),
    "a null header that nobody needs": (record(ce_time=None), "header-null"),
    "a header that is not UTF-8": (record(ce_subject=b"\xff"), "header-not-utf-8"),
    "a type of another topic": (record(ce_type=b"payments.payment-received.v1"), "type-unknown"),
    "a type of the next version": (record(ce_type=b"clinical.session-completed.v2"), "type-unknown"),
}


@pytest.mark.parametrize("kind", POISON)
def test_poison_is_rejected_with_the_code_of_its_kind(kind: str) -> None:
    poison, code = POISON[kind]
    found = rejected(READER.read(poison))
    assert (found.record, found.code, found.replayed) == (poison, code, False)
    assert found.message


def test_a_record_without_a_type_is_rejected() -> None:
    nameless = ARecord(SESSIONS.name, GOOD.value, [(n, v) for n, v in GOOD.headers if n != "ce_type"])
    assert rejected(READER.read(nameless)).code == "type-missing"
    assert rejected(READER.read(ARecord(SESSIONS.name, GOOD.value, []))).code == "type-missing"


def test_what_is_rejected_names_its_subject_so_that_later_records_can_wait_behind_it() -> None:
    assert rejected(READER.read(record(b"{"))).subject == "ses-1"
    assert rejected(READER.read(record(b"{", ce_subject=b"\xff"))).subject is None


def test_headers_of_others_may_be_what_they_like() -> None:
    odd = record(x_ray=b"\xff\xfe", x_null=None, traceparent=b"\xff")
    assert isinstance(READER.read(odd), Heard)


def test_a_type_that_the_consumer_has_no_use_for_is_passed_over_unread() -> None:
    assert READER.read(record(b"not even JSON", ce_type=SessionVoided.TYPE.encode())) is None


def test_a_record_of_just_the_largest_size_is_read() -> None:
    value = GOOD.value or b""
    assert isinstance(READER.read(record(value + b" " * (MAX_VALUE_BYTES - len(value)))), Heard)
    found = rejected(READER.read(record(value + b" " * (MAX_VALUE_BYTES - len(value) + 1))))
    assert found.message == f"{MAX_VALUE_BYTES + 1} bytes; at most {MAX_VALUE_BYTES} are read"


def test_a_record_that_comes_back_says_so_whether_it_can_be_read_now_or_not() -> None:
    again = READER.read(record(chairside_replay=b"again"))
    assert isinstance(again, Heard)
    assert again.replayed
    assert rejected(READER.read(record(b"{", chairside_replay=b"again"))).replayed
    discarded = record(b"{", chairside_replay=b"discard")
    found = READER.read(discarded)
    assert isinstance(found, Discarded)
    assert (found.record, found.subject) == (discarded, "ses-1")


MARK = "Wyrzykowska"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(MARK) | st.just(MARK * 200),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just(MARK), inner, max_size=1),
    max_leaves=4,
)
NAMED = {
    **sessions.session(
        patient={
            "name": MARK,
            "email": f"{MARK}@example.org",
            "address": {"lines": [MARK], "city": MARK, "country": "DE"},
        },
        procedures=[sessions.procedure(description=MARK)],
    ),
    "provider": {"provider_id": "doc-4", "name": MARK},
}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, item in inner for place in _places(item, (*path, name)))]


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:], new)
    return copy


@given(st.sampled_from(_places(NAMED)), JSON)
def test_the_words_of_a_rejection_never_repeat_the_input(path: tuple[Any, ...], new: Any) -> None:
    reading = READER.read(record(json.dumps(_with(NAMED, path, new)).encode()))
    if isinstance(reading, Rejected):
        assert MARK not in reading.message
        assert MARK.encode() not in b"".join(
            v or b"" for n, v in to_dead_letter("x", reading).headers if n[:6] == "error-"
        )


@given(
    st.binary(max_size=40) | st.none(),
    st.lists(
        st.tuples(
            st.sampled_from(["ce_type", "ce_subject", "ce_id", REPLAY, "traceparent", "x"]),
            st.none() | st.binary(max_size=12) | st.just(SessionCompleted.TYPE.encode()),
        )
    ),
)
def test_reading_never_raises(value: bytes | None, headers: Headers) -> None:
    reading = READER.read(ARecord(SESSIONS.name, value, headers))
    assert reading is None or isinstance(reading, (Heard, Rejected, Discarded))


@given(
    value=st.none() | st.binary(max_size=60),
    key=st.none() | st.binary(max_size=20),
    headers=st.lists(st.tuples(st.text(max_size=8).filter(lambda n: n != REPLAY), st.none() | st.binary(max_size=9))),
    message=st.text(max_size=2_000),
)
def test_a_dead_letter_is_the_record_untouched_and_says_why_and_where(
    value: bytes | None, key: bytes | None, headers: Headers, message: str
) -> None:
    given_headers = [(name, v) for name, v in headers if not name.startswith(("error-", "chairside-"))]
    poison = ARecord(SESSIONS.name, value, given_headers, key, partition=2, offset=17)
    letter = to_dead_letter(
        "invoicing", Rejected(poison, "not-json", message.encode(errors="replace").decode(), "ses-1")
    )
    assert (letter.topic, letter.key, letter.value) == (dead_letter("invoicing"), key, value)
    assert list(letter.headers[: len(given_headers)]) == given_headers
    why = dict(letter.headers[len(given_headers) :])
    assert (why["error-code"], why["error-topic"]) == (b"not-json", b"clinical.sessions")
    assert (why["error-partition"], why["error-offset"]) == (b"2", b"17")
    assert len(why["error-message"] or b"") <= 4_000

    back = to_replay(letter)
    assert (back.topic, back.key, back.value) == (SESSIONS.name, key, value)
    assert list(back.headers[: len(given_headers)]) == given_headers
    assert dict(back.headers)[REPLAY] == b"again"
    assert not any(name.startswith("error-") for name, _ in back.headers)


def test_a_letter_that_is_rejected_again_is_the_same_letter_from_another_place() -> None:
    first = to_dead_letter("invoicing", rejected(READER.read(record(b"{"))))
    back = record_of(to_replay(first), partition=3, offset=99)
    again = to_dead_letter("invoicing", rejected(READER.read(back)))
    assert (again.key, again.value) == (first.key, first.value)
    differing = {n for n, v in again.headers if dict(first.headers).get(n) != v}
    assert differing == {"error-offset"}
    assert {n for n, _ in again.headers} == {n for n, _ in first.headers}


def test_a_letter_can_be_marked_to_be_discarded() -> None:
    letter = to_dead_letter("invoicing", rejected(READER.read(record(b"{"))))
    assert isinstance(READER.read(record_of(to_replay(letter, discard=True))), Discarded)


def test_a_letter_that_does_not_say_where_it_came_from_cannot_go_back() -> None:
    with pytest.raises(KeyError):
        to_replay(Message("invoicing.dead-letter", None, b"", []))
