"""What keeps consumers from reading is kept as long as FastStream says it again."""

import logging

from aiokafka.errors import CorruptRecordException, GroupAuthorizationFailedError, TopicAuthorizationFailedError

from chassis.messaging.complaints import OVER_AFTER_S, Complaints


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_a_consumer_fails_at_is_named_until_it_has_not_been_said_for_a_while() -> None:
    clock = Clock()
    complaints = Complaints(clock)
    assert complaints.current == {}
    error = TopicAuthorizationFailedError({"payments.payments"})
    complaints.log(logging.ERROR, "Kafka error occurred", exc_info=error)
    assert complaints.current == {"consumers": "TopicAuthorizationFailedError: {'payments.payments'}"}
    clock.now += OVER_AFTER_S - 1
    complaints.log(logging.ERROR, "Kafka error occurred", exc_info=GroupAuthorizationFailedError("a.group"))
    assert complaints.current["consumers"].startswith("GroupAuthorizationFailedError: a.group, Topic")
    clock.now += 1
    assert complaints.current == {"consumers": "GroupAuthorizationFailedError: a.group"}
    clock.now += OVER_AFTER_S
    assert complaints.current == {}


def test_what_is_in_a_record_is_in_no_reason() -> None:
    complaints = Complaints()
    complaints.log(logging.ERROR, "Kafka error occurred", exc_info=CorruptRecordException("Łucja Øster"))
    assert complaints.current == {"consumers": "CorruptRecordException"}


def test_what_is_no_error_of_kafkas_is_nobodys_business() -> None:
    complaints = Complaints()
    complaints.log(logging.INFO, "Received", extra={"topic": "t"})
    complaints.log(logging.ERROR, "Kafka error occurred", exc_info=ValueError("x"))
    assert complaints.current == {}
