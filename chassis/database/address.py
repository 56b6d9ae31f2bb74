"""Where MongoDB is, and who we are there: one URI, which the driver takes whole."""

from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from pydantic import Field, FilePath, SecretStr, model_validator

from chassis.environment import EnvironmentSettings, variable_of

X509 = "MONGODB-X509"
_KEY_OPTIONS = ("tlsCertificateKeyFile", "ssl_certfile")


class MongoSettings(EnvironmentSettings):
    """With a file of TLS the connection is enciphered, whatever the URI says of it."""

    # repr=False: the address of the store carries its password.
    mongo_uri: str = Field(
        default="mongodb://127.0.0.1:27017",
        pattern=r"^mongodb(\+srv)?://",
        repr=False,
        description="address of the database, with the user; or `authMechanism=MONGODB-X509`",
    )
    mongo_ca_file: FilePath | None = Field(
        default=None, description="PEM of who signed the database's certificate; none: as the URI says"
    )
    mongo_certificate_file: FilePath | None = Field(
        default=None, description="PEM of our own certificate and its key, in one file as MongoDB wants it"
    )
    mongo_key_password: SecretStr | None = Field(default=None, description="of that key")

    @model_validator(mode="after")
    def _says_who_we_are(self) -> Self:
        """Raises ValueError: X.509 is a certificate."""
        options = {name.lower(): values for name, values in parse_qs(urlsplit(self.mongo_uri).query).items()}
        named = any(option.lower() in options for option in _KEY_OPTIONS)
        if X509 in options.get("authmechanism", ()) and not (self.mongo_certificate_file or named):
            raise ValueError(f"{variable_of('mongo_certificate_file')}: is needed with {X509}")
        if self.mongo_key_password is not None and self.mongo_certificate_file is None:
            raise ValueError(f"{variable_of('mongo_key_password')}: only with {variable_of('mongo_certificate_file')}")
        return self

    @property
    def mongo_address(self) -> str:
        """The URI with the files in it. Secret, like the URI."""
        given: dict[str, Any] = {
            "tlsCAFile": self.mongo_ca_file,
            "tlsCertificateKeyFile": self.mongo_certificate_file,
            "tlsCertificateKeyFilePassword": self.mongo_key_password and self.mongo_key_password.get_secret_value(),
        }
        options = {name: str(value) for name, value in given.items() if value}
        return _with_options(self.mongo_uri, {"tls": "true", **options}) if options else self.mongo_uri


def _with_options(uri: str, options: dict[str, str]) -> str:
    """What is in the URI already stays, but for what is said anew."""
    parts = urlsplit(uri)
    anew = {name.lower() for name in options}
    kept = [option for option in parts.query.split("&") if option and option.partition("=")[0].lower() not in anew]
    added = [f"{name}={quote(value, safe='')}" for name, value in options.items()]
    return urlunsplit(parts._replace(path=parts.path or "/", query="&".join([*kept, *added])))
