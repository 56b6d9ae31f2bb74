"""Containers of the compose file, as `docker` and `docker-compose` of the environment see them."""

import os
import shlex
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.parts.patience import until

COMPOSE = shlex.split(os.environ.get("COMPOSE", "docker-compose"))
HEALTHY_WITHIN_S = 180


def containers(service: str) -> list[str]:
    """The ids of a service's running containers."""
    return _said(*COMPOSE, "ps", "-q", service).split()


def urls(service: str, port: int = 8000) -> list[str]:
    """Where its containers answer; a container that was started again answers at another port."""
    found = (_said("docker", "port", id_, str(port), check=False) for id_ in containers(service))
    return [f"http://{line}" for published in found for line in published.split()]


def address(service: str, port: int) -> str:
    """Where the one container of a part answers, as host:port."""
    return _said("docker", "port", containers(service)[0], str(port)).split()[0]


def copied(service: str, file: str, into: Path) -> Path:
    """A file out of a container."""
    into.mkdir(parents=True, exist_ok=True)
    _said("docker", "cp", f"{containers(service)[0]}:{file}", str(into))
    return into / Path(file).name


def wait_for(*services: str) -> None:
    """Returns when every container of these is healthy."""
    for service in services:
        for container in containers(service):
            _until_healthy(container)


def scale(service: str, count: int) -> float:
    """Returns when all of them are healthy, with the seconds that it took."""
    started = time.monotonic()
    _said(*COMPOSE, "up", "-d", "--no-build", "--no-deps", "--no-recreate", "--scale", f"{service}={count}", service)
    wait_for(service)
    return time.monotonic() - started


@dataclass(frozen=True)
class Restart:
    """How long it took until it was healthy, which is looked at every ten seconds, and what it was away for.

    `engine_s` is from the end of the old process to the begin of the new one: none of it is ours.
    """

    healthy_s: float
    engine_s: float


def restart(container: str) -> Restart:
    """As a deploy does, with the grace of the compose file; returns when it is healthy."""
    started = time.monotonic()
    _said("docker", "restart", "--time", "40", container)
    _until_healthy(container)
    ended, began = (_moment(container, name) for name in ("FinishedAt", "StartedAt"))
    return Restart(time.monotonic() - started, (began - ended).total_seconds())


def exit_codes(service: str) -> list[int]:
    """Of its containers that have stopped."""
    ids = _said(*COMPOSE, "ps", "-a", "-q", service).split()
    return [int(_said("docker", "inspect", "-f", "{{.State.ExitCode}}", id_)) for id_ in ids]


def _moment(container: str, name: str) -> datetime:
    """Of the container's state."""
    return datetime.fromisoformat(_said("docker", "inspect", "-f", f"{{{{.State.{name}}}}}", container).strip())


def _until_healthy(container: str) -> None:
    until(
        lambda: _said("docker", "inspect", "-f", "{{.State.Health.Status}}", container).strip(),
        lambda status: status == "healthy",
        HEALTHY_WITHIN_S,
    )


def _said(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"{shlex.join(command)}: {done.stderr}")
    return done.stdout
