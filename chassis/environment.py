"""Settings from the environment, `CHAIRSIDE_<NAME>`; a secret may lie in a file that `CHAIRSIDE_<NAME>_FILE` names.

An orchestrator mounts secrets as files: an environment is seen by everything that may look at the process.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, get_args

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "CHAIRSIDE_"


class Unusable(ValueError):
    """A variable that does not fit, and why; in one line, and without its value."""


class EnvironmentSettings(BaseSettings):
    """Settings that a process reads once, when it starts."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, SecretFiles(settings_cls), env_settings

    @classmethod
    def checked(cls, **given: Any) -> Self:
        """What is given, and the environment for the rest. Raises Unusable with a line for each wrong variable."""
        try:
            return cls(**given)
        except ValidationError as error:
            raise Unusable("\n".join(_complaints(error))) from None

    @classmethod
    def load(cls) -> Self:
        """Read the environment; ends the process with one line a wrong variable when it does not fit."""
        try:
            return cls.checked()
        except Unusable as error:
            raise SystemExit(str(error)) from None


class SecretFiles(PydanticBaseSettingsSource):
    """The values of secret settings whose files the environment names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Raises Unusable when the file cannot be read, or the value is given as well."""
        variable = variable_of(field_name)
        file = os.environ.get(f"{variable}_FILE") if is_secret(field) else None
        if file is None:
            return None, field_name, False
        if variable in os.environ:
            raise Unusable(f"{variable}: is given twice, by {variable}_FILE too")
        return _content(file, f"{variable}_FILE"), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def variable_of(setting: str) -> str:
    """The environment variable of a setting: CHAIRSIDE_KAFKA_PASSWORD."""
    return f"{PREFIX}{setting}".upper()


def is_secret(field: FieldInfo) -> bool:
    """Whether the value is shown nowhere, and may come from a file."""
    return not field.repr or SecretStr in (field.annotation, *get_args(field.annotation))


def _content(file: str, variable: str) -> str:
    """Without the line end that an editor leaves."""
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise Unusable(f"{variable}: cannot be read: {reason}: {file}") from None


def _complaints(error: ValidationError) -> Iterator[str]:
    """What concerns several settings names them itself."""
    for problem in error.errors():
        message = problem["msg"].removeprefix("Value error, ")
        yield f"{variable_of(str(problem['loc'][0]))}: {message}" if problem["loc"] else message
