"""The clinic's time zone, as its profile at invoicing says it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app, terminal
from cli.profiles import zone_in_profile

ASKED: list[tuple[str, str | None]] = []


class Invoicing(BaseHTTPRequestHandler):
    """Knows one clinic, and tells it to one token."""

    def do_GET(self) -> None:
        ASKED.append((self.path, self.headers["Authorization"]))
        known = self.path == "/clinics/clinic%2Fla" and self.headers["Authorization"] == "Bearer good"
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"time_zone": "America/Los_Angeles"} if known else {}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def invoicing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setattr(terminal, "ENDPOINTS", tmp_path / "endpoints.json")
    monkeypatch.delenv("CHAIRSIDE_TOKEN", raising=False)
    ASKED.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Invoicing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_profile_says_the_zone(invoicing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAIRSIDE_TOKEN", "good")
    assert zone_in_profile(f"{invoicing}/", "clinic/la") == "America/Los_Angeles"


def test_a_running_system_says_where_to_ask_and_with_which_token(invoicing: str) -> None:
    known = {"services": {"invoicing": invoicing}, "tokens": {"auditor": "good"}}
    terminal.ENDPOINTS.write_text(json.dumps(known))
    assert zone_in_profile(None, "clinic/la") == "America/Los_Angeles"


def test_where_nobody_says_it_there_is_none(
    invoicing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert zone_in_profile(None, "clinic/la") is None
    assert ASKED == []
    monkeypatch.setenv("CHAIRSIDE_TOKEN", "good")
    assert zone_in_profile(invoicing, "clinic-other") is None
    assert zone_in_profile("http://127.0.0.1:1", "clinic/la") is None
    told = capsys.readouterr().err
    assert "clinic-other" in told
    assert "404" in told
    assert "good" not in told


def test_a_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sessions.jsonl"
    file.write_text("{}")
    done = CliRunner().invoke(app, ["publish", str(file), "--time-zone", "Europe/Atlantis"])
    assert done.exit_code == 2
