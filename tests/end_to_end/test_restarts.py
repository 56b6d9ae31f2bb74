"""`make run` goes on: after a service that died, after `kill -9` of everything, and with what earlier mornings left."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from dev.audit.checks import RULES
from dev.demo.people import CLINIC, PATIENTS
from tests.end_to_end.started import Started, started

SESSIONS = "8"
SERVICES = ("invoicing", "payments", "cash-register", "documents")
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")


@contextmanager
def morning(command: str, folder: Path) -> Iterator[Started]:
    with started(command, "--dir", str(folder), "--sessions", SESSIONS) as run:
        yield run


def balances(run: Started) -> str:
    """What was printed, once the morning has ended and every rule of the check holds."""
    assert run.ended() == 0, run.printed
    assert "✗" not in run.printed
    assert run.printed.count("✓") == len(RULES)
    assert run.alive() == []
    return run.printed


def pid_of(folder: Path, name: str) -> int:
    return int((folder / name).with_suffix(".pid").read_text().split()[0])


def kill(folder: Path, name: str) -> None:
    os.kill(pid_of(folder, name), signal.SIGKILL)


def test_what_dies_during_the_morning_is_started_again_and_the_books_balance(tmp_path: Path) -> None:
    chapters = dict(zip(("Sessions end", "Invoices are finalized", "Patients pay", "PDFs"), SERVICES, strict=True))
    with morning("demo", tmp_path) as run:
        for chapter, service in chapters.items():
            run.until(lambda said=chapter: f"- {said}" in run.printed)  # type: ignore[misc]
            kill(tmp_path / "services", service)
        printed = balances(run)
    for service in SERVICES:
        assert f"{service} ended with -9: it starts again in 0.5 s" in printed
        assert f"{service} is back" in printed


def test_each_start_goes_on_from_a_run_that_was_killed_at_any_moment(tmp_path: Path) -> None:
    for chapter in ("Patients pay", "The till is counted"):
        with morning("run", tmp_path) as run:
            run.until(lambda said=chapter: f"- {said}" in run.printed)  # type: ignore[misc]
            run.kill_all()
    with morning("demo", tmp_path) as run:
        balances(run)


def test_what_outlived_a_killed_run_is_ended_before_the_next_one_starts(tmp_path: Path) -> None:
    """Its database goes on writing while it ends, and its services hold their ports."""
    with morning("run", tmp_path) as run:
        run.until((tmp_path / "run" / "endpoints.json").exists)
        ports = (tmp_path / "run" / "ports.json").read_text()
        orphans = [pid_of(tmp_path, "mongodb/mongodb"), pid_of(tmp_path, "services/invoicing")]
        for pid in orphans:
            os.kill(pid, signal.SIGSTOP)
        os.kill(run.process.pid, signal.SIGKILL)
        run.ended()
        assert run.alive()
        with morning("demo", tmp_path) as second:
            printed = balances(second)
        assert run.alive() == []
    # Which of them end with their parent, before anybody looks, is the kernel's business.
    assert "still ran since a run that was killed: it was ended" in printed
    assert (tmp_path / "run" / "ports.json").read_text() == ports


def test_a_morning_begins_with_the_credit_that_earlier_ones_left(tmp_path: Path) -> None:
    """Some have enough for all that they will be asked, some for a part, some for all but a cent."""
    with morning("run", tmp_path) as run:
        run.until(lambda: "up until Ctrl-C" in run.printed)
        endpoints = json.loads((tmp_path / "run" / "endpoints.json").read_text())
        for nth, patient in enumerate(PATIENTS):
            give(endpoints, patient.patient_id, (1_000_000, 2_000, 4_499)[nth % 3])
        os.kill(run.process.pid, signal.SIGINT)
        assert run.ended() == 0, run.printed
    with morning("demo", tmp_path) as run:
        assert "nothing to pay: credit of the patient covers it" in balances(run)


def give(endpoints: dict[str, Any], patient_id: str, amount_minor: int) -> None:
    """A transfer that names no invoice."""
    body = {
        "clinic_id": CLINIC, "patient_id": patient_id, "method": "bank_transfer", "received_on": "2026-01-02",
        "amount": {"amount_minor": amount_minor, "currency": "EUR"}, "reference": f"ahead {uuid4().hex[:8]}",
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {endpoints['tokens']['front_desk']}", "Idempotency-Key": uuid4().hex}
    url = f"{endpoints['services']['payments']}/payments"
    answer = httpx2.post(url, json=body, headers=headers, timeout=60, trust_env=False)
    assert answer.status_code == 201, answer.text
