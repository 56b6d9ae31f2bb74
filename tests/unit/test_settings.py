"""Settings come from the environment, and a wrong one is named."""

import pytest

from chassis.settings import Settings


class TillSettings(Settings):
    service: str = "cash-register"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("CHAIRSIDE_JWKS_URL", "https://issuer.example/jwks.json")
    monkeypatch.setenv("CHAIRSIDE_ISSUER", "https://issuer.example")
    return monkeypatch


def test_the_database_is_named_after_the_service_unless_told(environment: pytest.MonkeyPatch) -> None:
    assert TillSettings.load().mongo_database == "cash-register"
    environment.setenv("CHAIRSIDE_MONGO_DATABASE", "elsewhere")
    assert TillSettings.load().mongo_database == "elsewhere"


def test_the_environment_wins_over_the_defaults(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CHAIRSIDE_KAFKA", "a.example:9092,b.example:9093")
    environment.setenv("CHAIRSIDE_HTTP_PORT", "8123")
    settings = TillSettings.load()
    assert (settings.kafka, settings.http_port) == ("a.example:9092,b.example:9093", 8123)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CHAIRSIDE_HTTP_PORT", "eighty"),
        ("CHAIRSIDE_HTTP_PORT", "65536"),
        ("CHAIRSIDE_KAFKA", "broker-without-port"),
        ("CHAIRSIDE_KAFKA", "a:9092,"),
        ("CHAIRSIDE_KAFKA", "a:99999"),
        ("CHAIRSIDE_MONGO_URI", "postgres://store"),
        ("CHAIRSIDE_MONGO_DRIVER", "pymango"),
        ("CHAIRSIDE_JWKS_URL", "issuer.example"),
        ("CHAIRSIDE_ISSUER", ""),
        ("CHAIRSIDE_LOG_LEVEL", "LOUD"),
        ("CHAIRSIDE_MAX_BODY_BYTES", "0"),
        ("CHAIRSIDE_SERVICE", "Cash Register"),
    ],
)
def test_a_bad_value_ends_the_start_with_its_name(environment: pytest.MonkeyPatch, variable: str, value: str) -> None:
    environment.setenv(variable, value)
    with pytest.raises(SystemExit, match=f"^{variable}: [^\n]+$"):
        TillSettings.load()


def test_all_missing_values_are_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("CHAIRSIDE_JWKS_URL")
    environment.delenv("CHAIRSIDE_ISSUER")
    with pytest.raises(SystemExit, match=r"CHAIRSIDE_JWKS_URL: .*\nCHAIRSIDE_ISSUER: "):
        TillSettings.load()


def test_the_password_of_the_store_is_in_no_complaint_and_no_repr(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CHAIRSIDE_MONGO_URI", "mongodb://till:hunter2@store:27017")
    assert "hunter2" not in repr(TillSettings.load())
    environment.setenv("CHAIRSIDE_MONGO_URI", "mongo://till:hunter2@store:27017")
    with pytest.raises(SystemExit) as refused:
        TillSettings.load()
    assert "hunter2" not in str(refused.value)
