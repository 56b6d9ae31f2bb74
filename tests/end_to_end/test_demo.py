"""`make run` and `make demo`: from sessions on Kafka to books that balance, and nothing left behind."""

import json
import os
import shutil
import signal
import stat
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pymongo import MongoClient

from dev.audit.checks import RULES
from dev.parts.databases import chosen_database, embedded_mongo
from dev.parts.mongod import Mongod
from dev.parts.processes import is_free
from tests.end_to_end.started import Started, started

SESSIONS = "8"
DATABASE = "bin/mongod" if chosen_database().kind is Mongod else "secantusd"
SERVICES = ("invoicing", "payments", "cash-register", "documents")
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Started, Path]]:
    """A demo that has ended, and its folder, which nobody changes."""
    folder = tmp_path_factory.mktemp("demo") / "var"
    with started("demo", "--dir", str(folder), "--sessions", SESSIONS, cold=True) as run:
        run.until(lambda: len(run.alive()) >= 10)
        assert run.ended() == 0, run.printed
        yield run, folder


@pytest.fixture
def store(demo: tuple[Started, Path], tmp_path: Path) -> Path:
    """The store that the demo left, to be gone on with."""
    return Path(shutil.copytree(demo[1], tmp_path / "var"))


def ports(folder: Path) -> list[int]:
    found: dict[str, int] = json.loads((folder / "run" / "ports.json").read_text())
    return list(found.values())


@pytest.mark.store
def test_a_demo_whose_books_balance_exits_0_and_leaves_no_process(demo: tuple[Started, Path]) -> None:
    run, folder = demo
    assert "✗" not in run.printed
    assert run.printed.count("✓") == len(RULES)
    assert run.alive() == []
    assert len(ports(folder)) == 13
    assert all(is_free(port) for port in ports(folder))
    assert not (folder / "run" / "endpoints.json").exists()


def test_a_demo_shows_every_part_of_the_morning(demo: tuple[Started, Path]) -> None:
    run, folder = demo
    ways = ("card declined", "bank transfer", "refunded in part", "taken back")
    for words in ("draft, unpriced", "void", *ways, "-1.50 EUR"):
        assert words in run.printed, words
    assert len(list((folder / "demo").glob("*.pdf"))) == 7
    [mail] = (folder / "smtp" / "mail").glob("*.eml")
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    [attached] = message.iter_attachments()
    assert attached.get_content() in [file.read_bytes() for file in (folder / "demo").glob("*.pdf")]


def test_books_that_somebody_changed_behind_the_services_fail_the_check(store: Path) -> None:
    with embedded_mongo(store / "mongodb") as database, MongoClient[dict[str, Any]](database.uri) as client:
        assert client["invoicing"]["invoices"].delete_one({"status": "paid"}).deleted_count == 1
    with started("check", "--dir", str(store)) as run:
        assert run.ended() == 1
        broken = {line[2:] for line in run.printed.splitlines() if line.startswith("✗")}
    assert broken == {
        "invoices, account balances and payments say the same",
        "each account is the sum of its invoices and payments",
        "each session has one invoice",
        "invoice numbers have no gap and none is there twice",
    }
    assert run.alive() == []


def test_a_run_goes_on_from_an_earlier_one_and_answers_until_ctrl_c(store: Path) -> None:
    file = store / "run" / "endpoints.json"
    with started("run", "--dir", str(store), "--sessions", SESSIONS) as run:
        run.until(file.exists)
        endpoints = json.loads(file.read_text())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert {"kafka", "mongodb", "services", "tokens", "stripe", "smtp_dir"} <= set(endpoints)
        assert set(endpoints["stripe"]) == {"api", "webhook_secret"}
        for name in SERVICES:
            answer_at(endpoints["services"][name])
            answer_at(endpoints["operations"][name], "/docs", "/metrics")
        for role, token in endpoints["tokens"].items():
            assert listed(endpoints, token), role
        refused_while_it_runs(store)
        run.until(lambda: "up until Ctrl-C" in run.printed)
        assert len(listed(endpoints, endpoints["tokens"]["auditor"])) == 2 * (int(SESSIONS) + 1)
        os.kill(run.process.pid, signal.SIGINT)
        assert run.ended() == 0, run.printed
    assert run.alive() == []
    assert not file.exists()
    assert all(is_free(port) for port in ports(store))


def answer_at(url: str, *paths: str) -> None:
    for path in (*paths, "/health/ready"):
        assert httpx2.get(url + path, timeout=60, trust_env=False).status_code == 200


def listed(endpoints: dict[str, Any], token: str) -> list[Any]:
    answer = httpx2.get(
        f"{endpoints['services']['invoicing']}/invoices",
        params={"limit": 200},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        trust_env=False,
    )
    items: list[Any] = answer.raise_for_status().json()["items"]
    return items


def refused_while_it_runs(folder: Path) -> None:
    with started("demo", "--dir", str(folder)) as second:
        assert second.ended() == 1
        assert "another process runs the parts in" in second.printed


@pytest.mark.parametrize(("number", "sign"), [(signal.SIGINT, DATABASE), (signal.SIGTERM, "run_service documents")])
def test_an_interrupted_start_leaves_no_process(number: signal.Signals, sign: str, tmp_path: Path) -> None:
    with started("run", "--dir", str(tmp_path), cold=True) as run:
        run.until(lambda: any(sign in line for line in run.alive()))
        os.kill(run.process.pid, number)
        assert run.ended() == 130, run.printed
    assert run.alive() == []
    assert not (tmp_path / "run" / "endpoints.json").exists()
