"""The whole of Chairside on one machine: the outside world, the topics, and the four services."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.topics import create_missing
from dev.parts.databases import chosen_database
from dev.parts.files import write_whole
from dev.parts.part import Part, running
from dev.parts.service import PACKAGES, ServicePart
from dev.parts.stack import EmbeddedParts, embedded_parts
from dev.parts.supervisor import supervised
from dev.run_async import run_async

ROLES = ("front_desk", "billing_manager", "auditor")
EVERY_CLINIC = "*"
KAFKA_FORGETS_S = 3
"""The embedded broker has its last second only in memory."""
TOKENS_LAST_S = 30 * 24 * 60 * 60


@dataclass(frozen=True)
class System:
    """Everything running. `tokens` are good for every clinic, by role."""

    folder: Path
    parts: EmbeddedParts
    services: Mapping[str, ServicePart]
    tokens: Mapping[str, str]

    @property
    def all(self) -> tuple[Part, ...]:
        return (*self.parts.all, *self.services.values())

    @property
    def urls(self) -> dict[str, str]:
        return {name: service.url for name, service in self.services.items()}

    @property
    def operations_urls(self) -> dict[str, str]:
        """Where the metrics and the API page of each service are."""
        return {name: service.operations_url for name, service in self.services.items()}

    @property
    def endpoints_file(self) -> Path:
        return self.folder / "run" / "endpoints.json"

    def endpoints(self) -> dict[str, Any]:
        """Where everything answers, and with which token; ready for JSON."""
        services = {"services": self.urls, "operations": self.operations_urls}
        return {**self.parts.endpoints(), **services, "tokens": dict(self.tokens)}


@contextmanager
def running_system(folder: Path, tell: Callable[[str], None] = lambda line: None) -> Iterator[System]:
    """Starts all, continuing from the folder, and ends all; tells how far it is, and what had to start again.

    Raises AlreadyRunning, ChildFailed and NoMongod.
    """
    folder = folder.absolute()
    tell(f"starting broker, database ({chosen_database(folder / 'mongodb')}), mail, token issuer and Stripe sandbox")
    with embedded_parts(folder, tell) as parts:
        run_async(create_missing(parts.kafka.bootstrap))
        tokens = {role: parts.tokens.mint(role, EVERY_CLINIC, lifetime_s=TOKENS_LAST_S) for role in ROLES}
        system = System(folder, parts, _services(folder, parts), tokens)
        tell(f"starting {', '.join(system.services)}")
        services = tuple(system.services.values())
        with (
            running(services),
            supervised(system.all, tell, forgetful=[parts.kafka], tellers=services),
            _announced(system.endpoints_file, system.endpoints()),
        ):
            yield system


def _services(folder: Path, parts: EmbeddedParts) -> dict[str, ServicePart]:
    settings = _settings(parts)
    return {
        name: ServicePart(
            name,
            folder / "services",
            settings.get(name, {}) | settings[""],
            parts.ports.of(name),
            operations_port=parts.ports.of(f"{name}-operations"),
            embedded_kafka=True,
        )
        for name in PACKAGES
    }


def _settings(parts: EmbeddedParts) -> dict[str, dict[str, str]]:
    """By service; "" is for all of them."""
    return {
        "": {
            "KAFKA": parts.kafka.bootstrap,
            "MONGO_URI": parts.mongo.uri,
            "JWKS_URL": parts.tokens.jwks_url,
            "ISSUER": parts.tokens.issuer,
            "OUTBOX_KEEP_S": str(KAFKA_FORGETS_S),
        },
        "payments": {
            "STRIPE_API_KEY": "sk_test_chairside",
            "STRIPE_API_BASE": parts.stripe.url,
            "STRIPE_WEBHOOK_SECRET": parts.stripe.webhook_secret,
        },
        "documents": {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(parts.smtp.port)},
    }


@contextmanager
def _announced(file: Path, endpoints: Mapping[str, Any]) -> Iterator[None]:
    """Written whole, readable for its owner only since it holds tokens, and gone when nothing answers any more."""
    write_whole(file, json.dumps(endpoints, indent=2), mode=0o600)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
