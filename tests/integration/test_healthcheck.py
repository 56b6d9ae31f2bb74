"""deploy/healthcheck.py, run as a container runs it."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dev.parts.processes import free_port

SCRIPT = Path(__file__).parents[2] / "deploy" / "healthcheck.py"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/live" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The test reads exit codes, not a log."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def exit_code(port: int, path: str) -> int:
    # A proxy of the machine must not be asked about the container's own port.
    environment = {"http_proxy": "http://127.0.0.1:1"}
    return subprocess.run(
        [sys.executable, "-IS", str(SCRIPT), str(port), path], env=environment, check=False
    ).returncode


def test_a_server_that_answers_200_is_well(port: int) -> None:
    assert exit_code(port, "/health/live") == 0


def test_a_server_that_answers_otherwise_is_not_well(port: int) -> None:
    assert exit_code(port, "/health/ready") == 1


def test_a_server_that_does_not_answer_is_not_well() -> None:
    assert exit_code(free_port(), "/health/live") == 1
