"""A Kafka cluster as a client reaches it: its brokers, TLS, and who the client is there."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

# Not loaded with the command line, each command of which says where the brokers are.
if TYPE_CHECKING:
    from aiokafka.abc import AbstractTokenProvider
    from pydantic import SecretStr

Protocol = Literal["PLAINTEXT", "SSL", "SASL_SSL"]
Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "OAUTHBEARER"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Brokers, `host:port` separated by commas, and how a client signs in there; in plain text when nothing is said."""

    bootstrap: str
    protocol: Protocol = "PLAINTEXT"
    tls: ssl.SSLContext | None = None
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: "SecretStr | None" = None
    token: "Callable[[], AbstractTokenProvider] | None" = None

    def __str__(self) -> str:
        return self.bootstrap

    @property
    def brokers(self) -> list[str]:
        return [broker.strip() for broker in self.bootstrap.split(",")]

    @property
    def secret(self) -> str:
        return self.password.get_secret_value() if self.password else ""

    def options(self) -> dict[str, Any]:
        """What each of aiokafka's clients takes. One call is for one event loop: a bearer token is fetched in it."""
        options: dict[str, Any] = {"bootstrap_servers": self.brokers, "security_protocol": self.protocol}
        if self.protocol != "PLAINTEXT":
            options["ssl_context"] = self.tls
        if self.protocol == "SASL_SSL":
            options["sasl_mechanism"] = self.mechanism
            if self.token is None:
                options |= {"sasl_plain_username": self.username, "sasl_plain_password": self.secret}
            else:
                options["sasl_oauth_token_provider"] = self.token()
        return options


def as_cluster(place: Cluster | str) -> Cluster:
    """A bare address is a cluster without access control, as on a developer's machine."""
    return place if isinstance(place, Cluster) else Cluster(place)
