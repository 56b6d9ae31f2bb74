"""The parts run together: one at a time in a folder, on the same ports the next time, gone when it ends."""

import fcntl
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from dev.parts.ports import StablePorts
from dev.parts.processes import is_free
from dev.parts.stack import AlreadyRunning, _only_one, embedded_parts


def test_a_second_run_continues_on_the_same_ports_with_the_same_secret(tmp_path: Path) -> None:
    with embedded_parts(tmp_path) as parts:
        first = parts.endpoints()
    with embedded_parts(tmp_path) as parts:
        assert parts.endpoints() == first


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with embedded_parts(tmp_path), pytest.raises(AlreadyRunning), embedded_parts(tmp_path):
        pass


def test_a_run_that_is_just_ending_is_waited_for(tmp_path: Path) -> None:
    """Of one that was killed, the kernel closes the files a moment after it can be seen no more."""
    file = tmp_path / "run" / "lock"
    file.parent.mkdir()
    lock = file.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(BlockingIOError), file.open("w") as another:
        fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
    Timer(0.2, lock.close).start()
    with _only_one(file):
        assert lock.closed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_every_part(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dev.parts.stack", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stack:
        assert stack.stdout is not None
        printed = stack.stdout.readline()
        while not printed.endswith("}\n}\n"):
            printed += stack.stdout.readline()
        stack.send_signal(number)
    assert "webhook_secret" in json.loads(printed)["stripe"]
    ports = json.loads((tmp_path / "run" / "ports.json").read_text())
    assert len(ports) == 6
    assert all(is_free(port) for port in ports.values())


def test_a_kept_port_that_somebody_took_is_replaced(tmp_path: Path) -> None:
    kept = StablePorts(tmp_path / "ports.json").of("kafka")
    with socket.create_server(("127.0.0.1", kept)):
        assert StablePorts(tmp_path / "ports.json").of("kafka") != kept
