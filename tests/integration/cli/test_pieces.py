"""Letters that hold only a piece of their record go back whole; and no record on a topic stops who reads it."""

from dataclasses import replace

from chassis.messaging.dead_letters import CUT, reference_only, to_dead_letter
from chassis.messaging.reading import REPLAY, Record, Rejected
from cli.letters import reading
from contracts.clinical import SessionCompleted
from contracts.envelope import Message
from contracts.topics import MAX_VALUE_BYTES, SESSIONS, dead_letter
from dev.audit.vitals import published_sessions
from dev.run_async import run_async
from tests.integration.cli.terminal import chairside, open_letters, published, records
from tests.parts.raw_records import raw_batch, raw_record, send_raw
from tests.parts.records import record_of
from tests.parts.sessions import session
from tests.parts.wire import sealed

GOOD = sealed(SessionCompleted.model_validate(session()))
LARGE = replace(GOOD, value=(GOOD.value or b"") + b" " * (2 * MAX_VALUE_BYTES))
BAD_NAME = [(b"x-\xff", b"1")]


def on_the_topic(kafka: str, message: Message) -> Record:
    published(kafka, [message])
    [record] = records(kafka, SESSIONS.name)
    return record


def test_a_piece_goes_back_as_the_whole_record(fresh_kafka: str) -> None:
    record = on_the_topic(fresh_kafka, LARGE)
    letter = to_dead_letter("invoicing", Rejected(record, "value-too-large", "too large", "ses-1"))
    assert CUT in dict(letter.headers)
    published(fresh_kafka, [letter])
    assert chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all").stdout == "1 replayed\n"
    [back] = [one for one in records(fresh_kafka, SESSIONS.name) if REPLAY in dict(one.headers)]
    assert (back.key, back.value) == (LARGE.key, LARGE.value)
    assert list(back.headers[: len(LARGE.headers)]) == list(LARGE.headers)


def test_the_last_resort_leads_back_to_its_record_too(fresh_kafka: str) -> None:
    record = on_the_topic(fresh_kafka, GOOD)
    published(fresh_kafka, [reference_only("invoicing", record, "handler-failed", "ValueError")])
    [listed] = open_letters(fresh_kafka)
    assert (listed["code"], listed["topic"], listed["subject"]) == ("handler-failed", SESSIONS.name, "")
    assert chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all").stdout == "1 replayed\n"
    [back] = [one for one in records(fresh_kafka, SESSIONS.name) if REPLAY in dict(one.headers)]
    assert (back.key, back.value) == (GOOD.key, GOOD.value)


def test_a_piece_whose_record_is_gone_can_only_be_discarded(fresh_kafka: str) -> None:
    record = on_the_topic(fresh_kafka, LARGE)
    elsewhere = record_of(LARGE, record.partition, record.offset + 50)
    published(fresh_kafka, [to_dead_letter("invoicing", Rejected(elsewhere, "value-too-large", "too large", "ses-1"))])
    refused = chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all")
    assert refused.exit_code == 1
    assert "cannot be read from clinical.sessions any more" in refused.stderr
    assert len(open_letters(fresh_kafka)) == 1
    assert chairside(fresh_kafka, "dead-letters", "replay", "invoicing", "--all", "--discard").stdout == "1 discarded\n"


def test_the_check_at_the_end_of_a_run_reads_past_a_record_that_cannot_be_read(fresh_kafka: str) -> None:
    sessions = [sealed(SessionCompleted.model_validate(session(session_id=f"ses-{n}"))) for n in range(3)]
    batch = [raw_record(n, one, BAD_NAME if n == 1 else ()) for n, one in enumerate(sessions)]
    send_raw(fresh_kafka, SESSIONS.name, raw_batch(batch))
    assert published_sessions(fresh_kafka) == {("clinic-berlin", "ses-0"), ("clinic-berlin", "ses-2")}


def test_a_letter_that_cannot_be_read_is_listed_with_the_others(fresh_kafka: str) -> None:
    poison = [Rejected(record_of(GOOD, offset=n), "event-invalid", "no", f"ses-{n}") for n in range(3)]
    letters = [to_dead_letter("invoicing", one) for one in poison]
    batch = [raw_record(n, one, BAD_NAME if n == 1 else ()) for n, one in enumerate(letters)]
    send_raw(fresh_kafka, dead_letter("invoicing"), raw_batch(batch))
    assert [listed["place"] for listed in open_letters(fresh_kafka)] == ["0:0", "0:1", "0:2"]


async def _all(kafka: str) -> int:
    async with reading(kafka, SESSIONS.name, None) as found:
        return len([record async for record in found])


def test_every_partition_is_read_to_its_end(fresh_kafka: str) -> None:
    for partition in range(4):
        batch = [raw_record(n, GOOD, BAD_NAME if n == 2 else ()) for n in range(5)]
        send_raw(fresh_kafka, SESSIONS.name, raw_batch(batch), partition)
    assert run_async(_all(fresh_kafka)) == 20
