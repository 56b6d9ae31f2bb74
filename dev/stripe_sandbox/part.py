"""The sandbox as a part of the system: a child process with its data in a folder."""

import sys
from collections.abc import Sequence
from pathlib import Path

import httpx2

from dev.parts.part import Part


class StripeSandbox(Part):
    """Without a `webhook_url` webhooks wait for POST /sandbox/webhook_url."""

    name = "stripe"

    def __init__(
        self, folder: Path, port: int | None = None, *, webhook_secret: str, webhook_url: str | None = None
    ) -> None:
        super().__init__(folder, port)
        self.webhook_secret = webhook_secret
        self.child.env["STRIPE_WEBHOOK_SECRET"] = webhook_secret
        self.webhook_url = webhook_url

    @property
    def url(self) -> str:
        """For StripeClient(base_addresses={"api": url})."""
        return f"http://{self.address}"

    def command(self) -> Sequence[str]:
        package = __name__.rpartition(".")[0]
        command = [sys.executable, "-m", package, "--port", str(self.port), "--data-dir", str(self.folder)]
        return command if self.webhook_url is None else [*command, "--webhook-url", self.webhook_url]

    def answer(self) -> object:
        return httpx2.get(f"{self.url}/sandbox/health", timeout=5, trust_env=False, verify=False).raise_for_status()
