"""A process stops itself exactly where it was told to."""

import os
import signal
import subprocess
import sys

import pytest

from chassis.failpoints import VARIABLE, parse

PROGRAM = """
from chassis.failpoints import crossing
for turn in range(5):
    crossing("after-commit")
    crossing("elsewhere")
    print(turn, flush=True)
"""


def start(failpoint: str) -> subprocess.Popen[str]:
    environment = {**os.environ, VARIABLE: failpoint}
    return subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True)


def test_the_nth_crossing_kills_the_process_on_the_spot() -> None:
    with start("after-commit:3") as process:
        assert process.communicate()[0].split() == ["0", "1"]
    assert process.returncode == -signal.SIGKILL


def test_a_process_that_was_stopped_goes_on_when_continued() -> None:
    with start("elsewhere:2:stop") as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        process.send_signal(signal.SIGCONT)
        assert process.communicate()[0].split() == ["0", "1", "2", "3", "4"]
    assert process.returncode == 0


def test_an_unknown_point_is_never_crossed() -> None:
    with start("nowhere:1") as process:
        assert process.communicate()[0].split() == ["0", "1", "2", "3", "4"]
    assert process.returncode == 0


@pytest.mark.parametrize(
    "text", ["after-commit", "after-commit:", "after-commit:0", ":1", "p:1:pause", "p:-1", "p:1:stop:"]
)
def test_a_failpoint_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=VARIABLE):
        parse(text)
