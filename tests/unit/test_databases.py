"""Which database runs here: never another one than whose data a folder has, and why it is not MongoDB is said."""

from pathlib import Path

import pytest

from dev.parts import mongod
from dev.parts.databases import MONGOD, SECANTUS, chosen_database
from dev.parts.mongo import CHOICE, EmbeddedMongo
from dev.parts.mongod import Mongod, NoMongod
from dev.parts.secantus import SecantusDB


@pytest.fixture(autouse=True)
def asked_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CHOICE, raising=False)
    mongod.version.cache_clear()


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    become(monkeypatch, tmp_path, "echo db version v6.0.5")


def become(monkeypatch: pytest.MonkeyPatch, folder: Path, does: str) -> None:
    """From now on mongod is a program that does this."""
    program = folder / "mongod-program"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setattr(mongod, "program", lambda: program)


def keep(folder: Path, kind: type[EmbeddedMongo]) -> Path:
    (folder / kind.data).mkdir()
    (folder / kind.data / "file").touch()
    return folder


@pytest.mark.usefixtures("starts")
def test_mongodb_runs_where_it_starts() -> None:
    assert (chosen_database().kind, str(chosen_database())) == (Mongod, "MongoDB 6.0.5")


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("echo libssl.so.3: cannot open shared object file >&2; exit 127", "libssl.so.3: cannot open shared object"),
        ("kill -ILL $$", "it ends with SIGILL"),
    ],
)
def test_where_mongodb_does_not_start_secantusdb_runs_and_the_reason_is_said(
    does: str, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    become(monkeypatch, tmp_path, does)
    assert chosen_database().kind is SecantusDB
    assert f"SecantusDB: mongod does not start: {why}" in str(chosen_database())


def test_a_binary_that_is_not_for_this_machine_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mongod").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "mongod").chmod(0o755)
    monkeypatch.setattr(mongod, "program", lambda: tmp_path / "mongod")
    assert chosen_database().kind is SecantusDB


@pytest.mark.usefixtures("starts")
def test_secantusdb_runs_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOICE, SECANTUS)
    assert chosen_database().kind is SecantusDB


def test_mongodb_that_is_asked_for_and_does_not_start_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    become(monkeypatch, tmp_path, "exit 1")
    monkeypatch.setenv(CHOICE, MONGOD)
    with pytest.raises(NoMongod):
        chosen_database()


@pytest.mark.usefixtures("starts")
def test_a_folder_in_which_a_start_failed_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / SecantusDB.data).mkdir()
    assert chosen_database(tmp_path).kind is Mongod


@pytest.mark.usefixtures("starts")
def test_a_folder_stays_with_the_database_whose_data_it_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert chosen_database(keep(tmp_path, SecantusDB)).kind is SecantusDB
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv(CHOICE, SECANTUS)
    assert chosen_database(keep(other, Mongod)).kind is Mongod


def test_data_of_mongodb_is_not_left_behind_where_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    become(monkeypatch, tmp_path, "exit 1")
    with pytest.raises(NoMongod):
        chosen_database(keep(tmp_path, Mongod))
    assert chosen_database().kind is SecantusDB
