"""Settings of a service, from the environment: `CHAIRSIDE_<NAME>`. A service subclasses `Settings` and names itself.

OpenTelemetry reads its own standard `OTEL_*` variables.
"""

import re
import socket
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")]


def _brokers(value: str) -> str:
    for address in value.split(","):
        host, _, port = address.strip().rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError("must be host:port, more of them separated by commas")
    return value


class Settings(BaseSettings):
    """What every service needs to start. Sizes in bytes, times in seconds.

    When more than `dead_letter_share` of the last `dead_letter_window_records` of a topic would go to the dead letter,
    out of at least `dead_letter_least_records`, its consumer stops until a person says that it goes on.
    To stop takes `drain_s`, at most `shutdown_grace_s` for requests, and half of it for what consumers have in hand.
    """

    model_config = SettingsConfigDict(env_prefix="CHAIRSIDE_", frozen=True, hide_input_in_errors=True)

    service: str
    ordinal: str = Field(default_factory=socket.gethostname, min_length=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    kafka: Annotated[str, AfterValidator(_brokers)] = "127.0.0.1:9092"
    # repr=False: the address of the store carries its password.
    mongo_uri: str = Field(default="mongodb://127.0.0.1:27017", pattern=r"^mongodb(\+srv)?://", repr=False)
    mongo_database: str = ""
    mongo_driver: Literal["pymongo", "motor"] = "pymongo"

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=0, le=65535)
    max_body_bytes: int = Field(default=1024 * 1024, gt=0)
    drain_s: float = Field(default=0.0, ge=0)
    shutdown_grace_s: int = Field(default=20, gt=0)

    dead_letter_share: float = Field(default=0.2, gt=0, le=1)
    dead_letter_least_records: int = Field(default=50, gt=0)
    dead_letter_window_records: int = Field(default=500, gt=0)

    jwks_url: HttpUrl
    issuer: str = Field(min_length=1)
    audience: str = Field(default="chairside", min_length=1)

    @field_validator("service")
    @classmethod
    def _is_a_plain_name(cls, value: str) -> str:
        if re.fullmatch(r"[a-z][a-z0-9-]*", value) is None:
            raise ValueError("must be lower case letters, digits and hyphens")
        return value

    @model_validator(mode="before")
    @classmethod
    def _database_is_named_after_the_service(cls, values: dict[str, object]) -> dict[str, object]:
        service = values.get("service", cls.model_fields["service"].default)
        return values if values.get("mongo_database") else {**values, "mongo_database": service}

    @classmethod
    def load(cls) -> Self:
        """Read the environment; ends the process with one line a wrong variable when it does not fit."""
        try:
            return cls()
        except ValidationError as error:
            raise SystemExit("\n".join(_complaints(cls, error))) from None


def _complaints(settings: type[Settings], error: ValidationError) -> list[str]:
    prefix = settings.model_config.get("env_prefix", "")
    return [f"{prefix}{problem['loc'][0]}".upper() + f": {problem['msg']}" for problem in error.errors()]
