"""What docker-compose.yml promises, read from the file; and, where there is an engine, from the images it built."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from cash_register.settings import CashRegisterSettings
from documents.settings import DocumentsSettings
from invoicing.settings import InvoicingSettings
from payments.settings import PaymentsSettings

from chassis.settings import Settings
from contracts.topics import SERVICES
from deploy.mongo.prepare import variable_of
from deploy.passwords import SECRETS, known_to_everybody

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, part in PARTS.items() if "build" in part]
SETTINGS: dict[str, type[Settings]] = {
    "invoicing": InvoicingSettings,
    "payments": PaymentsSettings,
    "cash-register": CashRegisterSettings,
    "documents": DocumentsSettings,
}
IMAGE_SETS = re.findall(r"(CHAIRSIDE_\w+)=(\S+)", (ROOT / "deploy" / "Dockerfile").read_text())

service = pytest.mark.parametrize("name", SERVICES)
our_container = pytest.mark.parametrize("name", OURS)
container = pytest.mark.parametrize("name", PARTS)


def resolved(value: str) -> str:
    """The value on a machine that sets none of the variables."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def database_uri(name: str) -> str:
    return resolved(PARTS[name]["environment"]["CHAIRSIDE_MONGO_URI"])


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


@our_container
def test_a_container_of_ours_can_change_nothing_but_its_tmp(name: str) -> None:
    part = PARTS[name]
    assert part["read_only"] is True
    assert [mount.partition(":")[0] for mount in part["tmpfs"]] == ["/tmp"]
    assert all(":" in volume and not volume.startswith((".", "/")) for volume in part.get("volumes", []))


@container
def test_no_container_can_gain_rights(name: str) -> None:
    if name != "kafka":  # its image names a user of its own
        assert int(PARTS[name]["user"].partition(":")[0]) > 0
    assert PARTS[name]["cap_drop"] == ["ALL"]
    assert PARTS[name]["security_opt"] == ["no-new-privileges:true"]
    assert not PARTS[name].keys() & {"privileged", "cap_add", "pid", "network_mode"}


@container
def test_every_port_is_published_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in PARTS[name].get("ports", []))


@service
def test_a_service_can_be_scaled(name: str) -> None:
    assert "container_name" not in PARTS[name]
    assert "hostname" not in PARTS[name]
    assert "CHAIRSIDE_ORDINAL" not in PARTS[name]["environment"]
    assert PARTS[name]["ports"] == ["127.0.0.1::8000", "127.0.0.1::8001"]


@service
def test_a_service_is_asked_whether_it_is_ready(name: str) -> None:
    assert PARTS[name]["healthcheck"]["test"][-2:] == ["8000", "/health/ready"]


@service
def test_a_service_knows_each_variable_that_it_is_given(name: str) -> None:
    known = {f"CHAIRSIDE_{field}".upper() for field in SETTINGS[name].model_fields}
    assert PARTS[name]["environment"].keys() <= known


def test_the_image_sets_only_variables_that_a_service_knows() -> None:
    """One Dockerfile for all, so that of documents' fonts is in the other images too."""
    known = {f"CHAIRSIDE_{field}".upper() for settings in SETTINGS.values() for field in settings.model_fields}
    assert {variable for variable, _ in IMAGE_SETS} <= known


@service
def test_a_service_can_start_with_the_variables_that_it_is_given(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("CHAIRSIDE_")]:
        monkeypatch.delenv(variable)
    for variable, value in (dict(IMAGE_SETS) | PARTS[name]["environment"]).items():
        monkeypatch.setenv(variable, resolved(str(value)))
    settings = SETTINGS[name].load()
    assert (settings.service, settings.http_host, settings.http_port) == (name, "0.0.0.0", 8000)
    assert (settings.operations_host, settings.operations_port) == ("0.0.0.0", 8001)


@service
def test_a_service_has_longer_to_stop_than_it_takes(name: str) -> None:
    grace_s = 1.5 * Settings.model_fields["shutdown_grace_s"].default + Settings.model_fields["drain_s"].default
    assert seconds(PARTS[name]["stop_grace_period"]) > grace_s
    assert PARTS[name]["restart"] == "unless-stopped"


@service
def test_a_service_starts_after_its_user_and_its_topics_are_made(name: str) -> None:
    for maker in ("users", "topics"):
        assert PARTS[name]["depends_on"][maker] == {"condition": "service_completed_successfully"}
        assert PARTS[maker]["restart"] == "no"


@service
def test_a_service_stops_before_its_broker_and_its_database(name: str) -> None:
    """What is named here stops later; what is needed by way of `users` and `topics` only, which are gone, does not."""
    for needed in ("kafka", "mongo"):
        assert PARTS[name]["depends_on"][needed] == {"condition": "service_healthy"}


@service
def test_a_service_signs_in_to_its_own_database_as_itself(name: str) -> None:
    uri = urlsplit(database_uri(name))
    assert uri.username == name
    assert parse_qs(uri.query)["authSource"] == [name]
    assert uri.password == resolved(PARTS["users"]["environment"][variable_of(name)])
    assert "CHAIRSIDE_MONGO_DATABASE" not in PARTS[name]["environment"]


def test_no_two_database_users_share_a_password() -> None:
    passwords = {urlsplit(database_uri(name)).password for name in SERVICES}
    root = urlsplit(resolved(PARTS["users"]["environment"]["MONGO_URI"]))
    assert len(passwords | {root.password}) == len(SERVICES) + 1
    assert root.password == resolved(PARTS["mongo"]["environment"]["MONGO_INITDB_ROOT_PASSWORD"])


def test_only_one_container_knows_the_database_administrator() -> None:
    knows = [name for name, part in PARTS.items() if "MONGO_ROOT_PASSWORD" in json.dumps(part)]
    assert sorted(knows) == ["mongo", "passwords", "users"]


def test_a_token_can_be_asked_of_the_issuer_without_naming_its_key() -> None:
    command, given = PARTS["tokens"]["command"], PARTS["tokens"]["environment"]
    assert given["CHAIRSIDE_ISSUER"] == command[command.index("--issuer") + 1]
    assert given["CHAIRSIDE_ISSUER_KEY"] == command[command.index("--dir") + 1] + "/issuer-key.json"


def test_a_topic_is_made_on_purpose_or_not_at_all() -> None:
    assert PARTS["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


@container
def test_nothing_starts_before_its_passwords_are_looked_at(name: str) -> None:
    waits_for, behind = [name], set()
    while waits_for:
        needed = PARTS[waits_for.pop()].get("depends_on", {})
        behind |= needed.keys()
        waits_for += needed
    assert name == "passwords" or "passwords" in behind
    for part in PARTS.values():
        if "passwords" in part.get("depends_on", {}):
            assert part["depends_on"]["passwords"] == {"condition": "service_completed_successfully"}


def test_every_secret_of_the_file_is_looked_at() -> None:
    used = dict(re.findall(r"\$\{(\w+):-(\w*development[^}]*)\}", (ROOT / "docker-compose.yml").read_text()))
    looked_at = {name: value for name, value in PARTS["passwords"]["environment"].items() if name.endswith(SECRETS)}
    assert looked_at == {name: f"${{{name}:-{value}}}" for name, value in used.items()}
    assert known_to_everybody({name: resolved(value) for name, value in looked_at.items()}) == sorted(used)


@pytest.mark.parametrize(
    ("changes", "starts"),
    [
        ({}, False),
        ({"CHAIRSIDE_DEVELOPMENT": "1"}, True),
        ({"CHAIRSIDE_DEVELOPMENT": ""}, False),
        ({"PAYMENTS_PASSWORD": "of-our-own"}, False),
        ({"PAYMENTS_PASSWORD": "of-our-own", "STRIPE_API_KEY": "sk_live_x"}, True),
        ({"PAYMENTS_PASSWORD": "", "STRIPE_API_KEY": "sk_live_x"}, False),
    ],
)
def test_passwords_that_everybody_knows_start_nothing(changes: dict[str, str], starts: bool) -> None:
    given = {"PAYMENTS_PASSWORD": "development-payments", "STRIPE_API_KEY": "sk_test_development", **changes}
    command = [sys.executable, "-m", "deploy.passwords"]
    run = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert (run.returncode == 0) == starts, run.stderr
    assert not any(value in run.stderr for value in given.values() if len(value) > 1)
    if not starts:
        assert set(known_to_everybody(given)) == set(re.findall(r"^  (\w+)$", run.stderr, re.MULTILINE))


@container
def test_no_secret_is_an_argument(name: str) -> None:
    command = json.dumps([PARTS[name].get("command", []), PARTS[name].get("entrypoint", [])])
    assert not re.findall(r"\$\{\w*(?:PASSWORD|SECRET|KEY)\w*|development|whsec|sk_", command)


@container
def test_every_container_has_a_limit_of_memory_and_of_processes(name: str) -> None:
    assert re.fullmatch(r"[0-9]+[mg]", PARTS[name]["mem_limit"])
    assert 0 < PARTS[name]["pids_limit"] <= 1024


def test_the_file_with_the_passwords_is_in_no_commit_and_in_no_image() -> None:
    ignored = subprocess.run(["git", "check-ignore", ".env", ".env.local"], cwd=ROOT, capture_output=True, check=False)
    assert ignored.returncode in (0, 128), "128: not a clone"
    lines = (ROOT / ".dockerignore").read_text().split()
    assert lines[0] == "*", "nothing but what is named"
    assert not [line for line in lines if "env" in line]


def test_images_of_others_are_pinned() -> None:
    images = [part["image"] for name, part in PARTS.items() if name not in OURS]
    assert all(re.fullmatch(r"\$\{[A-Z]+_IMAGE:-[a-z/]+:v?\d[\d.]*\}", image) for image in images)


def test_images_of_ours_install_the_pinned_packages_of_production_only() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    assert re.findall(r"-r (\S+)", dockerfile) == ["/tmp/requirements.txt"]
    assert "COPY deploy/requirements.txt /tmp/requirements.txt" in dockerfile
    assert "--require-hashes" in dockerfile
    shipped = (ROOT / "deploy" / "requirements.txt").read_text().lower()
    assert not [name for name in ("secantus", "fiftyone", "noida") if name in shipped]


@pytest.mark.parametrize("compose", [("docker-compose",), ("docker", "compose")], ids=" ".join)
def test_compose_reads_the_file(compose: tuple[str, ...]) -> None:
    _need(*compose, "version")
    read = subprocess.run([*compose, "config", "--services"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted(read.stdout.split()) == sorted(PARTS)


@our_container
def test_the_built_image_runs_without_root_and_without_a_shell_in_front(name: str) -> None:
    image = PARTS[name]["image"]
    _need("docker", "info")
    config = json.loads(_need("docker", "image", "inspect", image))[0]["Config"]
    assert config["User"] == PARTS[name]["user"] == "10001:10001"
    assert config["Entrypoint"] == (["service"] if name in SERVICES else ["python", "-m"])
    if name in SERVICES:
        assert config["Healthcheck"]["Test"][-1] == "/health/live"


def _need(*command: str) -> str:
    """What the command says; skips the test where it cannot be run."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError) as absent:
        pytest.skip(f"{' '.join(command)} does not answer here: {absent}")
