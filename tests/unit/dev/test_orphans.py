"""What outlived its run is ended, and nobody else; what is noted is whole at any moment."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.parts.files import write_whole
from dev.parts.orphans import end_orphans, note
from dev.parts.processes import Child

DEAF = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); sys.stdin.read()"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"], process_group=0) as process:
        yield process
        process.kill()


def test_what_is_noted_and_runs_is_ended(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    note(tmp_path / "mongodb.pid", sleeper.pid)
    assert end_orphans([tmp_path / "mongodb.pid"]) == ["mongodb"]
    sleeper.wait()
    assert end_orphans([tmp_path / "mongodb.pid"]) == []


def test_what_does_not_listen_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DEAF]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        note(tmp_path / "deaf.pid", deaf.pid)
        assert end_orphans([tmp_path / "deaf.pid"], grace_s=0.2) == ["deaf"]
        assert deaf.wait() == -9


def test_a_stranger_who_was_given_the_same_id_is_left_alone(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    file = tmp_path / "mongodb.pid"
    note(file, sleeper.pid)
    pid, _, born = file.read_text().partition(" ")
    file.write_text(f"{pid} {born.strip()}0\n")
    assert end_orphans([file]) == []
    assert sleeper.poll() is None


@pytest.mark.parametrize("text", ["", "12", "no number", "-1 x"])
def test_a_note_that_says_nothing_ends_nobody(text: str, tmp_path: Path) -> None:
    (tmp_path / "odd.pid").write_text(text)
    assert end_orphans([tmp_path / "odd.pid"]) == []


def test_a_child_ends_what_an_earlier_run_of_it_left(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    child = Child("mongodb", ["sleep", "600"], tmp_path / "mongodb.log")
    note(child.noted, sleeper.pid)
    child.start()
    try:
        sleeper.wait()
        assert child.running
        assert int(child.noted.read_text().split()[0]) == child.pid
    finally:
        child.kill()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "run" / "ports.json"
    write_whole(file, "one")
    file.with_name("ports.json.part").write_text("half of it, by a process that was killed")
    write_whole(file, "two", mode=0o600)
    assert file.read_text() == "two"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
