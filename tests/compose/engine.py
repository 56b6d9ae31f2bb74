"""Containers of the compose file, as the Docker engine of the environment tells of them.

Asked over the engine's own socket: a `docker` for each look would take the processor that is measured.
"""

import io
import os
import shlex
import subprocess
import tarfile
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx2

from tests.parts.patience import until

COMPOSE = shlex.split(os.environ.get("COMPOSE", "docker-compose"))
SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
HEALTHY_WITHIN_S = 180
GRACE_S = 40
"""Of the compose file: after that the engine kills."""


def containers(service: str) -> list[str]:
    """The ids of a service's running containers."""
    return [container["Id"] for container in _of(service)]


def urls(service: str, port: int = 8000) -> list[str]:
    """Where its containers answer; a container that was started again answers at another port."""
    return [f"http://{address}" for container in _of(service) for address in _published(container, port)]


def address(service: str, port: int) -> str:
    """Where the one container of a part answers, as host:port."""
    return _published(_of(service)[0], port)[0]


def copied(service: str, file: str, into: Path) -> Path:
    """A file out of a container."""
    into.mkdir(parents=True, exist_ok=True)
    answer = _asked("GET", f"/containers/{containers(service)[0]}/archive", path=file)
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        archive.extract(Path(file).name, into, filter="data")
    return into / Path(file).name


def wait_for(*services: str) -> None:
    """Returns when every container of these is healthy."""
    for service in services:
        for container in containers(service):
            _until_healthy(container)


def scale(service: str, count: int) -> float:
    """Returns when all of them are healthy, with the seconds that it took."""
    started = time.monotonic()
    scaled = ("up", "-d", "--no-build", "--no-deps", "--no-recreate", "--scale", f"{service}={count}", service)
    subprocess.run([*COMPOSE, *scaled], check=True, capture_output=True)
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
    _asked("POST", f"/containers/{container}/restart", t=str(GRACE_S))
    _until_healthy(container)
    ended, began = (_moment(container, name) for name in ("FinishedAt", "StartedAt"))
    return Restart(time.monotonic() - started, (began - ended).total_seconds())


def exit_codes(service: str) -> list[int]:
    """Of its containers that have stopped."""
    return [int(_state(container["Id"])["ExitCode"]) for container in _of(service, running=False)]


def _of(service: str, *, running: bool = True) -> list[dict[str, Any]]:
    """What the engine lists of a service of the environment's compose project."""
    labels = {"project": os.environ["COMPOSE_PROJECT_NAME"], "service": service}
    wanted = ",".join(f'"com.docker.compose.{name}={text}"' for name, text in labels.items())
    filters = f'{{"label":[{wanted}]}}'
    answer = _asked("GET", "/containers/json", filters=filters, all="false" if running else "true")
    return cast(list[dict[str, Any]], answer.json())


def _published(container: dict[str, Any], port: int) -> list[str]:
    ports = [found for found in container["Ports"] if found["PrivatePort"] == port and "PublicPort" in found]
    return [f"{found['IP']}:{found['PublicPort']}" for found in ports]


def _state(container: str) -> dict[str, Any]:
    return cast(dict[str, Any], _asked("GET", f"/containers/{container}/json").json()["State"])


def _moment(container: str, name: str) -> datetime:
    """Of the container's state."""
    return datetime.fromisoformat(_state(container)[name])


def _until_healthy(container: str) -> None:
    until(lambda: _state(container)["Health"]["Status"], lambda status: status == "healthy", HEALTHY_WITHIN_S)


@cache
def _engine() -> httpx2.Client:
    transport = httpx2.HTTPTransport(uds=SOCKET)
    return httpx2.Client(transport=transport, base_url="http://engine", timeout=GRACE_S + HEALTHY_WITHIN_S)


def _asked(method: str, path: str, /, **query: str) -> httpx2.Response:
    """Raises HTTPStatusError when the engine refuses."""
    return _engine().request(method, path, params=query).raise_for_status()
