"""Ports for servers: nobody is given one that another process was given and does not listen on yet."""

import subprocess
import sys

import pytest

from dev.parts import processes
from dev.parts.processes import free_port

OTHER = "from dev.parts.processes import free_port; print(free_port(), flush=True); input()"


def test_a_port_is_given_once_while_its_process_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        ours = free_port()
        monkeypatch.setattr(processes, "SERVER_PORTS", (theirs, spare := free_port(taken=[theirs])))
        monkeypatch.setattr(processes, "_given", {ours})
        assert free_port() == spare
        other.communicate(b"\n")
    assert free_port() == theirs
