"""How a process signs in at Kafka and MongoDB, from the environment: what does not fit is refused, and named."""

import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr

from chassis.database.address import MongoSettings
from chassis.environment import EnvironmentSettings
from chassis.messaging.cluster import Cluster
from chassis.messaging.consuming_broker import consuming_broker
from chassis.messaging.kafka_settings import KafkaSettings
from tests.parts.certificates import Authority

SCRAM = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_USERNAME": "invoicing",
    "KAFKA_PASSWORD": "hunter2",
}
BEARER = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"}
ENDPOINT = {
    "KAFKA_TOKEN_URL": "https://issuer.example/token",
    "KAFKA_CLIENT_ID": "invoicing",
    "KAFKA_CLIENT_SECRET": "hunter2",
}
X509 = "mongodb://store/?authMechanism=MONGODB-X509"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def configure(monkeypatch: pytest.MonkeyPatch, *some: dict[str, str]) -> None:
    for variables in some:
        for name, value in variables.items():
            monkeypatch.setenv(f"CHAIRSIDE_{name}", value)


def complaint(settings: type[EnvironmentSettings]) -> str:
    with pytest.raises(SystemExit) as refused:
        settings.load()
    assert "hunter2" not in str(refused.value)
    return str(refused.value)


def test_nothing_said_is_plain_text() -> None:
    assert KafkaSettings.load().cluster.options() == {
        "bootstrap_servers": ["127.0.0.1:9092"],
        "security_protocol": "PLAINTEXT",
    }


def test_several_brokers_are_several_for_consumers_too() -> None:
    """FastStream takes a text as one broker, commas and all."""
    broker = consuming_broker("a.example:9092, b.example:9093", "test")
    assert broker.specification.url == ["a.example:9092", "b.example:9093"]
    assert Cluster("a.example:9092, b.example:9093").options()["bootstrap_servers"] == broker.specification.url


def test_scram_is_spoken_over_tls(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    configure(monkeypatch, SCRAM, {"KAFKA_CA_FILE": str(authority.file), "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"})
    options = KafkaSettings.load().cluster.options()
    tls = options.pop("ssl_context")
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert options == {
        "bootstrap_servers": ["127.0.0.1:9092"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "invoicing",
        "sasl_plain_password": "hunter2",
    }


def test_passwords_are_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, SCRAM)
    settings = KafkaSettings.load()
    assert "hunter2" not in repr(settings) + repr(settings.cluster)
    assert settings.cluster.password == SecretStr("hunter2")


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    given = {name: value for name, value in SCRAM.items() if name != "KAFKA_PASSWORD"}
    configure(monkeypatch, given, {"KAFKA_PASSWORD_FILE": str(secret), "MONGO_URI_FILE": str(secret)})
    assert KafkaSettings.load().cluster.secret == "hunter2"
    secret.write_text("mongodb://store:27017\r\n")
    assert MongoSettings.load().mongo_address == "mongodb://store:27017"


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (
            {"KAFKA_PASSWORD_FILE": "/nowhere"},
            "CHAIRSIDE_KAFKA_PASSWORD: is given twice, by CHAIRSIDE_KAFKA_PASSWORD_FILE",
        ),
        ({"KAFKA_CLIENT_SECRET_FILE": "/nowhere"}, "CHAIRSIDE_KAFKA_CLIENT_SECRET_FILE: cannot be read: No such file"),
        ({"KAFKA_CLIENT_SECRET_FILE": "/"}, "CHAIRSIDE_KAFKA_CLIENT_SECRET_FILE: cannot be read: Is a directory"),
    ],
)
def test_a_secret_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], says: str
) -> None:
    configure(monkeypatch, SCRAM, variables)
    assert complaint(KafkaSettings).startswith(says)


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "KAFKA_SECURITY_PROTOCOL"),
        ({"KAFKA_CA_FILE": __file__}, "KAFKA_CA_FILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CA_FILE": "/nowhere.pem"}, "KAFKA_CA_FILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CA_FILE": __file__}, "KAFKA_CA_FILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CERTIFICATE_FILE": __file__}, "KAFKA_CERTIFICATE_FILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_KEY_FILE": __file__}, "KAFKA_CERTIFICATE_FILE"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_USERNAME": "invoicing"}, "KAFKA_USERNAME"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_USERNAME"),
        ({**SCRAM, "KAFKA_SASL_MECHANISM": "PLAIN"}, "KAFKA_SASL_MECHANISM"),
        ({**SCRAM, "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "KAFKA_USERNAME"),
        ({**SCRAM, **ENDPOINT}, "KAFKA_TOKEN_URL"),
        (BEARER, "KAFKA_TOKEN_FILE"),
        ({**BEARER, **ENDPOINT, "KAFKA_TOKEN_FILE": __file__}, "KAFKA_TOKEN_FILE"),
        ({**BEARER, **ENDPOINT, "KAFKA_TOKEN_URL": "http://issuer.example/token"}, "KAFKA_TOKEN_URL"),
        ({**BEARER, "KAFKA_TOKEN_URL": ENDPOINT["KAFKA_TOKEN_URL"]}, "KAFKA_CLIENT_ID"),
    ],
)
def test_what_does_not_fit_together_is_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], variable: str
) -> None:
    """Also what would not be heeded: who sets a password means to sign in."""
    configure(monkeypatch, variables)
    [line] = complaint(KafkaSettings).splitlines()
    assert line.startswith(f"CHAIRSIDE_{variable}: ")


def test_a_client_certificate_needs_the_password_of_its_key(
    monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    configure(monkeypatch, {"KAFKA_SECURITY_PROTOCOL": "SSL"})
    configure(monkeypatch, {"KAFKA_CERTIFICATE_FILE": str(authority.issue("invoicing", "hunter2"))})
    assert complaint(KafkaSettings).startswith("CHAIRSIDE_KAFKA_CERTIFICATE_FILE: ")
    configure(monkeypatch, {"KAFKA_KEY_PASSWORD": "hunter2"})
    assert KafkaSettings.load().cluster.tls is not None


def test_mongodb_is_addressed_with_the_files_of_tls(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    certificate = authority.issue("in voicing")
    configure(monkeypatch, {"MONGO_URI": f"{X509}&tlsCAFile=/old.pem", "MONGO_CA_FILE": str(authority.file)})
    configure(monkeypatch, {"MONGO_CERTIFICATE_FILE": str(certificate), "MONGO_KEY_PASSWORD": "hunter2&tls=false"})
    quoted = str(certificate).replace("/", "%2F").replace(" ", "%20")
    assert MongoSettings.load().mongo_address == (
        f"{X509}&tls=true&tlsCAFile={str(authority.file).replace('/', '%2F')}"
        f"&tlsCertificateKeyFile={quoted}&tlsCertificateKeyFilePassword=hunter2%26tls%3Dfalse"
    )


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        ({"MONGO_URI": X509}, "MONGO_CERTIFICATE_FILE"),
        ({"MONGO_KEY_PASSWORD": "hunter2"}, "MONGO_KEY_PASSWORD"),
        ({"MONGO_CA_FILE": "/nowhere.pem"}, "MONGO_CA_FILE"),
    ],
)
def test_a_certificate_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], variable: str
) -> None:
    configure(monkeypatch, variables)
    assert complaint(MongoSettings).startswith(f"CHAIRSIDE_{variable}: ")


@pytest.mark.parametrize("uri", ["mongodb://a:1,b:2", "mongodb://u:p%40w@a/?authSource=x", "mongodb+srv://a.example"])
def test_an_address_keeps_what_it_says(monkeypatch: pytest.MonkeyPatch, authority: Authority, uri: str) -> None:
    configure(monkeypatch, {"MONGO_URI": uri})
    assert MongoSettings.load().mongo_address == uri
    configure(monkeypatch, {"MONGO_CA_FILE": str(authority.file)})
    path, _, options = MongoSettings.load().mongo_address.partition("?")
    assert path == (uri.partition("?")[0] if "?" in uri else f"{uri}/")
    assert options.startswith(f"{uri.partition('?')[2]}&tls=true" if "?" in uri else "tls=true")
