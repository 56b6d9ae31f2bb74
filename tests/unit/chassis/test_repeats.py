"""A broker that is gone for an hour does not fill the disk with one sentence."""

import io
import logging

import pytest

from chassis.telemetry.repeats import MOST_KNOWN, Repeats


class Log:
    """What a handler behind the filter writes, and a clock to turn."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self._written = io.StringIO()
        self._handler = logging.StreamHandler(self._written)
        self._handler.addFilter(Repeats("aiokafka", clock=lambda: self.now_s))

    def say(self, logger: str, message: str, *arguments: object) -> None:
        self._handler.handle(logging.LogRecord(logger, logging.ERROR, "", 0, message, arguments, None))

    @property
    def lines(self) -> list[str]:
        return self._written.getvalue().splitlines()


@pytest.fixture
def log() -> Log:
    return Log()


def test_one_sentence_is_logged_once_in_a_while_with_how_often_it_was_said(log: Log) -> None:
    for port in range(90):
        log.say("aiokafka.conn", "no answer from port %d", port)
    log.now_s += 10
    log.say("aiokafka.conn", "no answer from port %d", 90)
    log.now_s += 10
    log.say("aiokafka.conn", "no answer from port %d", 91)
    assert log.lines == [
        "no answer from port 0",
        "no answer from port 90 (89 more like this)",
        "no answer from port 91",
    ]


def test_other_words_and_other_loggers_are_not_held_back(log: Log) -> None:
    for logger in ("aiokafka", "aiokafka.client", "aiokafkas", "payments"):
        log.say(logger, "one")
        log.say(logger, "one")
    log.say("aiokafka", "two")
    assert log.lines == ["one"] * 2 + ["one"] * 4 + ["two"]


def test_what_it_remembers_is_bounded(log: Log) -> None:
    for number in range(MOST_KNOWN + 1):
        log.say("aiokafka", f"sentence {number}")
    log.say("aiokafka", "sentence 0")
    assert len(log.lines) == MOST_KNOWN + 2
