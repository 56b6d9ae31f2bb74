"""Parts that end by themselves are started again; real processes."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from dev.parts import supervisor
from dev.parts.part import Part, running
from dev.parts.supervisor import supervised
from tests.parts.patience import until

LISTENS = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"

DIES_FIRST = "import os; tried.exists() or tried.touch() or os.kill(os.getpid(), 9)"


class Listening(Part):
    """Its command may be changed between starts."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.program = LISTENS
        super().__init__(folder)

    def command(self) -> Sequence[str]:
        return [sys.executable, "-c", self.program, str(self.port)]

    def answer(self) -> object:
        return None


def kill(part: Part) -> None:
    os.kill(part.child.pid, signal.SIGKILL)


def test_who_ends_is_started_again_and_nobody_else(tmp_path: Path) -> None:
    one, other = Listening("one", tmp_path), Listening("other", tmp_path)
    said: list[str] = []
    with running([one, other]), supervised([one, other], said.append):
        before = one.child.pid, other.child.pid
        kill(one)
        until(lambda: "one is back" in said)
        assert one.child.pid != before[0]
        assert other.child.pid == before[1]
    assert said == ["one ended with -9: it starts again in 0.5 s", "one is back"]
    assert not one.child.running


def test_who_keeps_ending_is_given_longer_and_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.01)
    one = Listening("one", tmp_path)
    said: list[str] = []
    with running([one]), supervised([one], said.append):
        one.program = "raise SystemExit(3)"
        kill(one)
        until(lambda: sum("starts again" in line for line in said) >= 4)
        one.program = LISTENS
        until(lambda: "one is back" in said)
    pauses = [line.partition(" again in ")[2] for line in said if "starts again" in line]
    assert pauses[:4] == ["0.01 s", "0.02 s", "0.04 s", "0.08 s"]
    assert any(f"its log: {one.child.log}" in line for line in said)


def test_after_a_forgetful_one_those_start_anew_that_tell_it(tmp_path: Path) -> None:
    broker, service, bystander = (Listening(name, tmp_path) for name in ("broker", "service", "bystander"))
    parts = [broker, service, bystander]
    said: list[str] = []
    with running(parts), supervised(parts, said.append, forgetful=[broker], tellers=[service]):
        before = bystander.child.pid
        kill(broker)
        until(lambda: "service is back" in said)
        assert bystander.child.pid == before


def test_nothing_is_started_once_it_is_over(tmp_path: Path) -> None:
    one = Listening("one", tmp_path)
    with running([one]):
        with supervised([one], lambda line: None):
            pass
        pid = one.child.pid
        kill(one)
        until(lambda: not one.child.running)
    assert one.child.pid == pid


def test_who_is_killed_while_it_starts_is_started_again(tmp_path: Path) -> None:
    one = Listening("one", tmp_path)
    tried = tmp_path / "tried"
    dies_first = (
        f"import os, pathlib; p = pathlib.Path({str(tried)!r}); p.exists() or p.touch() or os.kill(os.getpid(), 9)"
    )
    one.program = f"{dies_first}; {LISTENS}"
    with running([one]):
        assert one.child.running
        assert tried.exists()
