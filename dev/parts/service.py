"""One of our own services as a child process, told where the parts of the outside world are."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from dev.parts.part import Part

PACKAGES = {name: name.replace("-", "_") for name in ("invoicing", "payments", "cash-register", "documents")}


class ServicePart(Part):
    """Ready once its consumers run. `settings` are its environment variables, without the prefix `CHAIRSIDE_`."""

    ready_within_s = 180

    def __init__(self, service: str, folder: Path, settings: Mapping[str, str], port: int | None = None) -> None:
        self.name = service
        super().__init__(folder, port)
        self.set(settings)

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def set(self, settings: Mapping[str, str]) -> None:
        """Changes settings from the next start on."""
        environment = {"HTTP_PORT": str(self.port), "ORDINAL": "0", "DRAIN_S": "0", **settings}
        self.child.env.update({f"CHAIRSIDE_{name}": value for name, value in environment.items()})

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", PACKAGES[self.name]]

    def answer(self) -> object:
        return httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).raise_for_status()
