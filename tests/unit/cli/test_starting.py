"""A command loads what it needs and no more: what is heavy is counted, not timed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

HEAVY = (
    "aiokafka",
    "asyncio",
    "babel",
    "bson",
    "cloudevents",
    "contracts.values",
    "fastapi",
    "faststream",
    "httpx2",
    "joserfc",
    "markdown_it",
    "opentelemetry",
    "prometheus_client",
    "pydantic",
    "pygments",
    "pymongo",
    "rich",
    "starlette",
    "stripe",
    "structlog",
)
"""Each takes a tenth of a second or more to import, on a machine that has something else to do as well."""
MOST_MODULES = 400
"""Python's own and typer's are some 200; with all of HTTP, Kafka and MongoDB there are 3,000."""
LOOK = """
import json, sys
from cli import app
try:
    app(prog_name="chairside")
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
COMMANDS: tuple[list[str], ...] = (
    [],
    ["--help"],
    ["topics", "--help"],
    ["topics", "create", "--help"],
    ["topics", "acls", "--help"],
    ["dead-letters", "list", "--help"],
    ["dead-letters", "show", "--help"],
    ["dead-letters", "replay", "--help"],
    ["dead-letters", "skip", "--help"],
    ["consumer", "resume", "--help"],
    ["consumer", "seek", "--help"],
    ["token", "--help"],
    ["export", "dsfinv-k", "--help"],
    ["publish", "--help"],
    ["verify-revisions", "--help"],
)


def loaded(folder: Path, *words: str) -> list[str]:
    """The modules that a process has at the end of a command."""
    repository = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    modules: list[str] = json.loads(done.stderr.splitlines()[-1])
    return modules


def heavy(modules: list[str]) -> set[str]:
    return {name for name in HEAVY if name in modules}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_loads_nothing_that_is_heavy(words: list[str], tmp_path: Path) -> None:
    modules = loaded(tmp_path, *words)
    # Typer itself reads the parameters of a command with pydantic.
    assert heavy(modules) <= ({"pydantic"} if len(words) > 1 else set())
    assert len(modules) < MOST_MODULES, len(modules)


def test_a_token_is_signed_without_the_rest_of_it(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps(RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True)))
    words = ("token", "--role", "auditor", "--clinic", "*", "--issuer", "x", "--key", str(key))
    assert heavy(loaded(tmp_path, *words)) == {"joserfc", "pydantic"}


def test_every_command_is_among_these() -> None:
    from typer.main import get_command

    from cli import app

    def named(group: object, before: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
        commands = getattr(group, "commands", None)
        if commands is None:
            return {before}
        return {words for name, inner in commands.items() for words in named(inner, (*before, name))}

    told = {tuple(words[:-1]) for words in COMMANDS if words}
    assert named(get_command(app)) <= told


NOWHERE = ("--bootstrap", "127.0.0.1:9")
NO_DATABASE = ("--mongo", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=1")


def test_rights_are_listed_without_a_contract(tmp_path: Path) -> None:
    assert heavy(loaded(tmp_path, "topics", "acls")) <= {"pydantic"}


@pytest.mark.parametrize(
    "words",
    [
        ("topics", "create", *NOWHERE),
        ("consumer", "resume", "invoicing", "clinical.sessions", *NO_DATABASE),
        ("dead-letters", "list", *NOWHERE),
    ],
    ids=lambda words: words[1],
)
def test_a_command_that_logs_nothing_loads_nothing_to_log_with(words: tuple[str, ...], tmp_path: Path) -> None:
    modules = loaded(tmp_path, *words)
    assert {"aiokafka", "pymongo"} & {*modules}
    assert "structlog" not in modules


def test_a_command_that_reads_topics_does_without_what_services_stand_on(tmp_path: Path) -> None:
    """It fails, since nobody is there, and has loaded all that it needs by then."""
    modules = loaded(tmp_path, "dead-letters", "list", *NOWHERE)
    assert "aiokafka" in modules
    assert not {"faststream", "fastapi", "httpx2", "joserfc", "opentelemetry", "pymongo", "stripe"}.intersection(
        modules
    )


def test_a_command_that_publishes_does_without_what_consumers_stand_on(tmp_path: Path) -> None:
    (tmp_path / "sessions.jsonl").write_text("{}\n")
    modules = loaded(tmp_path, "publish", "sessions.jsonl", *NOWHERE)
    assert "chassis.messaging.broker" in modules
    assert not {"faststream", "fastapi", "joserfc", "stripe", "uvicorn"}.intersection(modules)
