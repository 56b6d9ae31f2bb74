"""Where Kafka is and who we are there, from the environment; refused at the start when it does not fit together."""

import ssl
from typing import TYPE_CHECKING, Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, SecretStr, model_validator

from chassis.environment import EnvironmentSettings, variable_of
from chassis.messaging.cluster import Cluster, Mechanism, Protocol

# Every command of the command line reads these settings, and hardly any signs in with a token.
if TYPE_CHECKING:
    from aiokafka.abc import AbstractTokenProvider

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ENCIPHERED = {("https", False), ("https", True), ("http", True)}


def _brokers(value: str) -> str:
    for address in value.split(","):
        host, _, port = address.strip().rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError("must be host:port, more of them separated by commas")
    return value


def _enciphered(url: str) -> str:
    """The secret of the client goes there (RFC 6749, section 3.2)."""
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme, parts.hostname in LOOPBACK) not in _ENCIPHERED:
        raise ValueError("must be https://…")
    return url


class KafkaSettings(EnvironmentSettings):
    """Where Kafka is, and who we are there. A SASL mechanism is only ever spoken over TLS."""

    kafka: Annotated[str, AfterValidator(_brokers)] = Field(
        default="127.0.0.1:9092", description="brokers, `host:port`, separated by commas"
    )
    kafka_security_protocol: Protocol = Field(
        default="PLAINTEXT", description="`PLAINTEXT`, `SSL`, or `SASL_SSL`, as Kafka calls them"
    )
    kafka_ca_file: FilePath | None = Field(
        default=None, description="PEM of who signed the brokers' certificates; none: whom the system trusts"
    )
    kafka_certificate_file: FilePath | None = Field(
        default=None, description="PEM of our own certificate and its chain, where the brokers ask for one"
    )
    kafka_key_file: FilePath | None = Field(default=None, description="PEM of its key; none: it is in the same file")
    kafka_key_password: SecretStr | None = Field(default=None, description="of that key")
    kafka_sasl_mechanism: Mechanism = Field(default="SCRAM-SHA-512", description="how we sign in with `SASL_SSL`")
    kafka_username: str | None = Field(default=None, min_length=1, description="SCRAM: who we are")
    kafka_password: SecretStr | None = Field(default=None, description="SCRAM: the password")
    kafka_token_file: FilePath | None = Field(
        default=None, description="OAUTHBEARER: a file with the token, read anew for each connection"
    )
    kafka_token_url: Annotated[str, AfterValidator(_enciphered)] | None = Field(
        default=None, description="OAUTHBEARER: where the issuer gives tokens for client credentials"
    )
    kafka_client_id: str | None = Field(default=None, min_length=1, description="OAUTHBEARER: who we are there")
    kafka_client_secret: SecretStr | None = Field(default=None, description="OAUTHBEARER: our secret there")
    kafka_token_scope: str | None = Field(default=None, description="OAUTHBEARER: the scope to ask for")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Raises ValueError: the first setting that is missing, or that would not be heeded."""
        tls, sasl = self.kafka_security_protocol != "PLAINTEXT", self.kafka_security_protocol == "SASL_SSL"
        scram = sasl and self.kafka_sasl_mechanism != "OAUTHBEARER"
        bearer = sasl and not scram
        for setting in ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file", "kafka_key_password"):
            self._refuse(setting, unless=tls, says="only with SSL or SASL_SSL")
        for setting in ("kafka_username", "kafka_password"):
            self._refuse(setting, unless=scram, says="only with SASL_SSL and SCRAM")
            self._require(setting, when=scram, says="is needed with SCRAM")
        for setting in ("kafka_token_file", "kafka_token_url", "kafka_client_id", "kafka_client_secret"):
            self._refuse(setting, unless=bearer, says="only with SASL_SSL and OAUTHBEARER")
        for setting in ("kafka_client_id", "kafka_client_secret"):
            self._require(setting, when=self.kafka_token_url is not None, says="is needed at the token endpoint")
        if bearer and (self.kafka_token_file is None) == (self.kafka_token_url is None):
            raise ValueError("CHAIRSIDE_KAFKA_TOKEN_FILE: either this or CHAIRSIDE_KAFKA_TOKEN_URL, with OAUTHBEARER")
        self._require("kafka_certificate_file", when=self.kafka_key_file is not None, says="is needed with a key")
        self._tls()
        return self

    @property
    def cluster(self) -> Cluster:
        """As a client takes it."""
        return Cluster(
            self.kafka,
            self.kafka_security_protocol,
            self._tls(),
            self.kafka_sasl_mechanism,
            self.kafka_username or "",
            self.kafka_password,
            self._token_provider if self.kafka_token_file or self.kafka_token_url else None,
        )

    def _token_provider(self) -> "AbstractTokenProvider":
        from chassis.messaging.bearer import EndpointToken, FileToken

        if self.kafka_token_file is not None:
            return FileToken(self.kafka_token_file)
        assert self.kafka_token_url is not None
        assert self.kafka_client_id is not None
        assert self.kafka_client_secret is not None
        return EndpointToken(
            self.kafka_token_url, self.kafka_client_id, self.kafka_client_secret, self.kafka_token_scope
        )

    def _tls(self) -> ssl.SSLContext | None:
        """Raises ValueError when a file is not what it should be."""
        if self.kafka_security_protocol == "PLAINTEXT":
            return None
        try:
            context = ssl.create_default_context(cafile=self.kafka_ca_file)
        except ssl.SSLError:
            raise ValueError(f"{variable_of('kafka_ca_file')}: holds no certificate in PEM") from None
        if self.kafka_certificate_file is not None:
            password = self.kafka_key_password.get_secret_value() if self.kafka_key_password else ""
            try:
                # An empty password, since without one OpenSSL asks at the terminal.
                context.load_cert_chain(self.kafka_certificate_file, self.kafka_key_file, password)
            except ssl.SSLError:
                raise ValueError(
                    f"{variable_of('kafka_certificate_file')}: no certificate in PEM with its key, or another password"
                ) from None
        return context

    def _refuse(self, setting: str, *, unless: bool, says: str) -> None:
        if not unless and getattr(self, setting) is not None:
            raise ValueError(f"{variable_of(setting)}: {says}")

    def _require(self, setting: str, *, when: bool, says: str) -> None:
        if when and getattr(self, setting) is None:
            raise ValueError(f"{variable_of(setting)}: {says}")
