"""Apache Kafka that lets in only who signs in over TLS, and grants what the registry of topics says, and no more."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Literal

from joserfc.jwk import RSAKey

from chassis.messaging.cluster import Cluster
from chassis.messaging.kafka_settings import KafkaSettings
from cli.topics import acl_arguments, create_missing
from dev.parts.apache_kafka import ApacheKafka, java
from dev.parts.kafka import list_topics
from dev.parts.processes import free_port
from dev.parts.tokens import issuer_key, mint
from dev.run_async import run_async
from tests.parts.certificates import Authority

ADMIN = "admin"
ISSUER = "https://issuer.example"
JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule required"
PACKAGE = "org.apache.kafka.common.security.oauthbearer"
BEARER, VALIDATOR = f"{PACKAGE}.OAuthBearerLoginModule", "OAuthBearerValidatorCallbackHandler"
AUDITED = re.compile(r"Principal = User:(\S+) is (Allowed|Denied) operation = (\S+) .* on resource = (\w+):\w+:(\S+)")
# Log4j takes its settings from a file; what the authorizer decides is told to one logger.
LOGGING = """<Configuration>
  <Appenders><Console name="out"><PatternLayout pattern="%p %c %m%n"/></Console></Appenders>
  <Loggers>
    <Logger name="kafka.authorizer.logger" level="DEBUG"/>
    <Root level="WARN"><AppenderRef ref="out"/></Root>
  </Loggers>
</Configuration>
"""
Way = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "OAUTHBEARER", "certificate"]
Right = tuple[str, str, str, str]
"""(who, operation, kind of thing, name), in lower case but for the names."""


class SecuredKafka(ApacheKafka):
    """SCRAM or a bearer token over TLS, or a certificate at a port of its own; `users` are names with passwords."""

    def __init__(self, folder: Path, authority: Authority, users: Mapping[str, str]) -> None:
        super().__init__(folder)
        self.authority = authority
        self.users = {ADMIN: "secret-of-admin", **users}
        self.certificate_port = free_port()

    def properties(self) -> dict[str, str]:
        ports = self.port, self.certificate_port, self.controller_port
        listeners = dict(zip(("CLIENTS", "CERTIFICATES", "CONTROLLER"), ports, strict=True))
        store = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.authority.issue("kafka")),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.file),
        }
        return {
            **super().properties(),
            **store,
            "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items()),
            "listener.security.protocol.map": "CLIENTS:SASL_SSL,CERTIFICATES:SSL,CONTROLLER:PLAINTEXT",
            "listener.name.certificates.ssl.client.auth": "required",
            "listener.name.certificates.ssl.principal.mapping.rules": "RULE:^CN=([^,]+),.*$/$1/",
            "inter.broker.listener.name": "CLIENTS",
            "sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.clients.scram-sha-256.sasl.jaas.config": f"{JAAS};",
            "listener.name.clients.scram-sha-512.sasl.jaas.config": (
                f'{JAAS} username="{ADMIN}" password="{self.users[ADMIN]}";'
            ),
            "listener.name.clients.oauthbearer.sasl.jaas.config": f"{BEARER} required;",
            "listener.name.clients.oauthbearer.sasl.server.callback.handler.class": f"{PACKAGE}.{VALIDATOR}",
            "sasl.oauthbearer.jwks.endpoint.url": self.keys.as_uri(),
            "sasl.oauthbearer.expected.audience": "kafka",
            "sasl.oauthbearer.expected.issuer": ISSUER,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # The controller's listener is on loopback and asks nobody who they are.
            "super.users": f"User:{ADMIN};User:ANONYMOUS",
        }

    def format_options(self) -> Sequence[str]:
        return [
            word
            for name, password in self.users.items()
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for word in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]

    def java_options(self) -> Sequence[str]:
        file = self.folder / "log4j2.xml"
        file.write_text(LOGGING)
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self.keys.as_uri()}"
        return [f"-Dlog4j2.configurationFile={file}", allowed]

    @property
    def keys(self) -> Path:
        """The public key of who issues tokens, where the broker looks it up."""
        file = self.folder / "jwks.json"
        if not file.exists():
            file.write_text(json.dumps({"keys": [self._issuer.as_dict(private=False)]}))
        return file

    @cached_property
    def _issuer(self) -> RSAKey:
        return issuer_key(self.folder)

    def token(self, user: str, lifetime_s: int = 3_600) -> str:
        """A bearer token for the broker."""
        return mint(
            self._issuer, ISSUER, sub=user, name=user, roles=(), clinics=(), lifetime_s=lifetime_s, audience="kafka"
        )

    def settings(self, user: str, way: Way = "SCRAM-SHA-512") -> dict[str, str]:
        """What a process of this user finds in its environment, without the prefix; its secrets are in files."""
        tls = {"KAFKA_CA_FILE": str(self.authority.file)}
        if way == "certificate":
            place = {"KAFKA": f"localhost:{self.certificate_port}", "KAFKA_SECURITY_PROTOCOL": "SSL"}
            return {**place, **tls, "KAFKA_CERTIFICATE_FILE": str(self.authority.issue(user))}
        secret = self.folder / f"{user}.secret"
        place = {"KAFKA": f"localhost:{self.port}", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": way}
        if way == "OAUTHBEARER":
            secret.write_text(f"{self.token(user)}\n")
            return {**place, **tls, "KAFKA_TOKEN_FILE": str(secret)}
        secret.write_text(f"{self.users[user]}\n")
        return {**place, **tls, "KAFKA_USERNAME": user, "KAFKA_PASSWORD_FILE": str(secret)}

    def given(self, user: str) -> dict[str, str | None]:
        """The same as settings by name, for SCRAM."""
        given = {name.lower(): value for name, value in self.settings(user).items() if name != "KAFKA_PASSWORD_FILE"}
        return {**given, "kafka_password": self.users[user]}

    def cluster(self, user: str) -> Cluster:
        """As a client of this user takes it."""
        return KafkaSettings.checked(**self.given(user)).cluster

    def answer(self) -> list[str]:
        return run_async(list_topics(self.cluster(ADMIN)))

    def grant(self) -> None:
        """All that `chairside topics acls` prints, by Kafka's own tool; and the topics, made by the operator."""
        config = self.folder / "admin.properties"
        config.write_text(
            "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n"
            f"ssl.truststore.type=PEM\nssl.truststore.location={self.authority.file}\n"
            f'sasl.jaas.config={JAAS} username="{ADMIN}" password="{self.users[ADMIN]}";\n'
        )
        tool = [*java(), "org.apache.kafka.tools.AclCommand", "--bootstrap-server", f"localhost:{self.port}"]
        tool += ["--command-config", str(config)]
        with ThreadPoolExecutor(2) as threads:
            done = threads.map(lambda words: _said([*tool, *words]), acl_arguments({}))
            assert all("Adding ACLs" in said for said in done)
        run_async(create_missing(self.cluster("operator"), partitions=2))

    def audited(self, verdict: str) -> set[Right]:
        """What the authorizer has allowed (`Allowed`) or refused (`Denied`) to whom, but for the administrator."""
        return set(self._audited(verdict))

    def _audited(self, verdict: str) -> Iterator[Right]:
        for who, said, operation, kind, name in AUDITED.findall(self.child.log.read_text()):
            if said == verdict and who not in (ADMIN, "ANONYMOUS"):
                yield who, operation.lower().replace("_", ""), kind.lower(), name


def _said(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
