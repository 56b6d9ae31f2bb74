"""The running system as a clinic's staff see it: any instance may answer, and one that is gone is not asked."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

import httpx2

from contracts.topics import SERVICES
from dev.parts.processes import POLL_S
from dev.parts.tokens import TokenIssuer
from tests.compose import engine
from tests.faults.topics import Topics
from tests.parts.patience import PATIENCE_S

KEY = "/data/issuer-key.json"
T = TypeVar("T")


class ComposeIssuer(TokenIssuer):
    """Signs with the key that the container `tokens` has, in its name."""

    @property
    def issuer(self) -> str:
        return "http://tokens:8000"


class Instances:
    """A service behind what stands for a load balancer: the next instance each time, of those that are published."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._urls: list[str] = []
        self._asked = 0

    @property
    def url(self) -> str:
        """Raises TransportError when there is none just now."""
        if not self._urls:
            self._urls = engine.urls(self._service)
        if not self._urls:
            raise httpx2.ConnectError(f"no {self._service} is running")
        self._asked += 1
        return self._urls[self._asked % len(self._urls)]

    def look_again(self) -> None:
        self._urls = []


@dataclass
class Running:
    """What `tests.faults.clinic` asks of a stage."""

    topics: Topics
    tokens: TokenIssuer
    services: Mapping[str, Instances]
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10, trust_env=False, verify=False))

    def until(self, look: Callable[[], T], good: Callable[[T], bool], what: str) -> T:
        """What is seen, once it is good; fails with the last look when it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while not good(seen := look()):
            assert time.monotonic() < deadline, f"{what}: {seen!r}"
            if isinstance(seen, str):  # no answer: the container may have come back at another port
                for instances in self.services.values():
                    instances.look_again()
            time.sleep(POLL_S)
        return seen


def attached() -> Running:
    """To the compose project of the environment."""
    folder = Path(mkdtemp())
    engine.copied("tokens", KEY, folder)
    broker = f"localhost:{os.environ.get('KAFKA_PORT', '19092')}"
    return Running(Topics(broker), ComposeIssuer(folder), {name: Instances(name) for name in SERVICES})
