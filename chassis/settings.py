"""Settings of a service, from the environment: `CHAIRSIDE_<NAME>`. A service subclasses `Settings` and names itself.

OpenTelemetry reads its own standard `OTEL_*` variables.
"""

import re
import socket
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from chassis.database.address import MongoSettings
from chassis.messaging.kafka_settings import KafkaSettings

HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")]


def _names(value: str) -> str:
    if not all(re.fullmatch(r"[!#$&^\w.+-]+", name.strip(), re.ASCII) for name in value.split(",")):
        raise ValueError("must be names, more of them separated by commas")
    return value


class Settings(KafkaSettings, MongoSettings):
    """What every service needs to start. Sizes in bytes, times in seconds.

    When more than `dead_letter_share` of the last `dead_letter_window_records` of a topic would go to the dead letter,
    out of at least `dead_letter_least_records`, its consumer stops until a person says that it goes on.
    To stop takes `drain_s`, at most `shutdown_grace_s` for requests, and half of it for what consumers have in hand.
    """

    service: str = Field(description="the service's name; only a test sets it")
    ordinal: str = Field(
        default_factory=socket.gethostname,
        min_length=1,
        description="a name that an instance keeps over restarts: its membership of the consumer groups",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="how much is logged; as JSON, a line an event"
    )

    mongo_database: str = Field(default="", description="name of the service's database")
    mongo_driver: Literal["pymongo", "motor"] = Field(
        default="pymongo", description="`motor` for who wants Motor, which has reached its end of life"
    )

    outbox_keep_s: float = Field(
        default=0.0,
        ge=0,
        le=4,
        description="seconds that an acknowledged event stays, for a broker that forgets its last moments",
    )

    http_host: str = Field(default="127.0.0.1", description="address to listen at; `0.0.0.0` in a container")
    http_port: int = Field(default=8000, ge=0, le=65535, description="port to listen at; 0 takes a free one")
    operations_host: str = Field(
        default="127.0.0.1",
        description="address to listen at for `/metrics`, `/docs` and `/health`, which ask for no token",
    )
    operations_port: int = Field(default=8001, ge=0, le=65535, description="port of these; 0 takes a free one")
    max_body_bytes: int = Field(
        default=1024 * 1024, gt=0, description="the largest body of a request; uploads have settings of their own"
    )
    request_deadline_s: float = Field(
        default=2.0,
        gt=0,
        description="seconds to wait for the database; long routes: that it may be silent (docs/outages.md)",
    )
    body_within_s: float = Field(
        default=30.0, gt=0, description="seconds in which a body has to come, and one more for each 64 KiB that came"
    )
    max_head_bytes: int = Field(
        default=16 * 1024, gt=0, description="the largest head of a request: its first line and its headers"
    )
    head_within_s: float = Field(default=10.0, gt=0, description="seconds in which a head has to come")
    max_connections: int = Field(
        default=1000, gt=0, description="connections at once to one instance; one more is refused"
    )
    max_requests: int = Field(
        default=200, gt=0, description="requests that one instance answers at once; one more is refused"
    )
    caller_requests_per_s: float = Field(
        default=100.0, gt=0, description="requests of one caller to one instance; those of ten seconds may come at once"
    )
    clinic_requests_per_s: float = Field(
        default=400.0, gt=0, description="requests about one clinic to one instance, by all its callers; likewise"
    )
    drain_s: float = Field(
        default=0.0,
        ge=0,
        description="seconds between being told to stop and taking no more requests: a load balancer needs them",
    )
    shutdown_grace_s: int = Field(
        default=20, gt=0, description="seconds that running requests may take to end; consumers get half of it again"
    )

    dead_letter_share: float = Field(
        default=0.2, gt=0, le=1, description="share of the last records of a topic whose rejection stops the consumer"
    )
    dead_letter_least_records: int = Field(
        default=50, gt=0, description="records of a topic that are heard before their share may stop the consumer"
    )
    dead_letter_window_records: int = Field(
        default=500, gt=0, description="how many of the last records of a topic the share is taken of"
    )

    stalled_after_s: float = Field(
        default=30.0,
        gt=0,
        description="seconds that a topic may stand still, or an event wait to go out, while ready",
    )

    jwks_url: HttpUrl = Field(description="where the keys of the token issuer are (RFC 7517)")
    issuer: str = Field(min_length=1, description="the `iss` of a token")
    audience: str = Field(default="chairside", min_length=1, description="the `aud` of a token")
    token_types: Annotated[str, AfterValidator(_names)] = Field(
        default="at+jwt",
        description="the `typ` that a token may have (RFC 9068), separated by commas; Keycloak's have `JWT`",
    )

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
