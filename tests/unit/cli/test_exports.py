"""The export of a register's books, saved by the command line: whole, or not at all."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner, Result

from cli import app, terminal

ASKED: list[tuple[str, str | None]] = []
REFUSAL = b'{"code": "period", "detail": "ends before it begins"}'
DAYS = ("--from", "2026-01-01", "--to", "2026-12-31")


def archive() -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w") as written:
        for name in ("index.xml", "lines.csv", "vat.csv"):
            written.writestr(name, name)
    return content.getvalue()


class CashRegister(BaseHTTPRequestHandler):
    """Has an export of one clinic, half of one of another, and refuses everybody else."""

    def do_GET(self) -> None:
        ASKED.append((self.path, self.headers["Authorization"]))
        whole, half = "/clinics/clinic%2Fla/" in self.path, "/clinics/half/" in self.path
        content = archive() if whole else archive()[:40] if half else REFUSAL
        self.send_response(200 if whole or half else 422)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setattr(terminal, "ENDPOINTS", tmp_path / "endpoints.json")
    monkeypatch.setenv("CHAIRSIDE_TOKEN", "good")
    monkeypatch.chdir(tmp_path)
    ASKED.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), CashRegister)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def export(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["export", "dsfinv-k", *arguments])


def test_the_export_is_saved_under_the_name_of_its_days(register: str, tmp_path: Path) -> None:
    done = export("clinic/la", *DAYS, "--url", register, "--register", "front-desk")
    assert done.exit_code == 0, done.output
    assert "2 tables" in done.output
    assert (tmp_path / "dsfinv-k-2026-01-01-2026-12-31.zip").read_bytes() == archive()
    [(path, token)] = ASKED
    assert path == "/clinics/clinic%2Fla/exports/dsfinv-k?from=2026-01-01&to=2026-12-31&register_id=front-desk"
    assert token == "Bearer good"


def test_a_refusal_is_told_and_leaves_no_file(register: str, tmp_path: Path) -> None:
    refused = export("clinic-unknown", *DAYS, "--url", register)
    assert refused.exit_code == terminal.WRONG
    assert "period: ends before it begins" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_arrive_whole_leaves_what_was_there(register: str, tmp_path: Path) -> None:
    before = tmp_path / "books.zip"
    before.write_bytes(b"of last year")
    cut = export("half", *DAYS, "--url", register, "--out", str(before))
    assert cut.exit_code == terminal.WRONG
    assert (before.read_bytes(), list(tmp_path.iterdir())) == (b"of last year", [before])


def test_nobody_who_answers_is_told(register: str) -> None:
    silent = export("clinic-berlin", *DAYS, "--url", "http://127.0.0.1:9")
    assert silent.exit_code == terminal.UNREACHABLE


def test_without_an_address_it_asks_for_one(register: str) -> None:
    assert "which cash-register?" in export("clinic-berlin", *DAYS).output
