"""One of our own services as a child process, told where the parts of the outside world are."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx2

from dev.parts.part import Part
from dev.parts.processes import free_port
from dev.parts.unhurried import on_embedded_kafka

PACKAGES = {name: name.replace("-", "_") for name in ("invoicing", "payments", "cash-register", "documents")}


class ServicePart(Part):
    """Ready once its consumers run. `settings` are its environment variables, without the prefix `CHAIRSIDE_`.

    `embedded_kafka` says that its broker is the embedded one, where consumers need to be unhurried.
    """

    ready_within_s = 180

    def __init__(
        self,
        service: str,
        folder: Path,
        settings: Mapping[str, str],
        port: int | None = None,
        *,
        operations_port: int | None = None,
        embedded_kafka: bool | None = None,
    ) -> None:
        self.name = service
        self._operations_port = operations_port or free_port()
        self._embedded_kafka = on_embedded_kafka() if embedded_kafka is None else embedded_kafka
        super().__init__(folder, port)
        self.set(settings)

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def operations_url(self) -> str:
        """Where its metrics and its document are."""
        return f"http://127.0.0.1:{self._operations_port}"

    def asked(self, path: str) -> httpx2.Response:
        """What it answers where those who run it ask: `/metrics`, `/openapi.json`."""
        return httpx2.get(f"{self.operations_url}{path}", timeout=30, trust_env=False, verify=False).raise_for_status()

    def set(self, settings: Mapping[str, str]) -> None:
        """Changes settings from the next start on."""
        ports = {"HTTP_PORT": str(self.port), "OPERATIONS_PORT": str(self._operations_port)}
        environment = {**ports, "ORDINAL": "0", "DRAIN_S": "0", **settings}
        self.child.env.update({f"CHAIRSIDE_{name}": value for name, value in environment.items()})

    def command(self) -> Sequence[str]:
        starter = ["-m", "dev.run_service"] if self._embedded_kafka else ["-m"]
        return [sys.executable, *starter, PACKAGES[self.name]]

    def answer(self) -> object:
        return httpx2.get(f"{self.url}/health/ready", timeout=5, trust_env=False, verify=False).raise_for_status()
