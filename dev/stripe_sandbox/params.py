"""Form-encoded parameters with nested brackets, and typed readers that answer as Stripe does."""

import re
from collections.abc import Iterable, Iterator
from typing import Self
from urllib.parse import parse_qsl

from dev.stripe_sandbox.errors import InvalidRequest

Tree = dict[str, "str | Tree"]

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_METADATA_KEYS, _METADATA_KEY_LENGTH, _METADATA_VALUE_LENGTH = 50, 40, 500


def pairs(encoded: str) -> list[tuple[str, str]]:
    """Raises InvalidRequest where the text is not form-encoded."""
    try:
        return parse_qsl(encoded, keep_blank_values=True, max_num_fields=1000, errors="strict")
    except ValueError as error:
        raise InvalidRequest("Invalid request: the body is not form-encoded.") from error


class Params:
    """One level of a request's parameters."""

    def __init__(self, tree: Tree, prefix: str = "") -> None:
        self._tree = tree
        self._prefix = prefix

    @classmethod
    def parse(cls, fields: Iterable[tuple[str, str]]) -> Self:
        root: Tree = {}
        for key, value in fields:
            _plant(root, key, value)
        return cls(root)

    @property
    def tree(self) -> Tree:
        return self._tree

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __contains__(self, name: str) -> bool:
        return name in self._tree

    def path(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name

    def only(self, *known: str) -> None:
        for name in self._tree:
            if name not in known and name not in ("expand", "key", "client_secret"):
                message = f"Received unknown parameter: {self.path(name)}"
                raise InvalidRequest(message, code="parameter_unknown", param=self.path(name))

    def text(self, name: str) -> str | None:
        """None when absent or empty: an empty string unsets a value."""
        value = self._tree.get(name)
        if isinstance(value, dict):
            raise InvalidRequest(f"Invalid string: {self.path(name)}", param=self.path(name))
        return value or None

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            message = f"Missing required param: {self.path(name)}."
            raise InvalidRequest(message, code="parameter_missing", param=self.path(name))
        return value

    def choice(self, name: str, *allowed: str) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            message = f"Invalid {self.path(name)}: must be one of {', '.join(allowed)}"
            raise InvalidRequest(message, param=self.path(name))
        return value

    def integer(self, name: str) -> int | None:
        value = self.text(name)
        if value is not None and not re.fullmatch(r"-?[0-9]{1,18}", value):
            code = "parameter_invalid_integer"
            raise InvalidRequest(f"Invalid integer: {value}", code=code, param=self.path(name))
        return None if value is None else int(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.choice(name, "true", "false")
        return default if value is None else value == "true"

    def nested(self, name: str) -> "Params":
        value = self._tree.get(name, {})
        if not isinstance(value, dict):
            raise InvalidRequest(f"Invalid object: {self.path(name)}", param=self.path(name))
        return Params(value, self.path(name))

    def texts(self, name: str) -> list[str]:
        listed = self.nested(name)
        return [listed.required(position) for position in listed]

    def metadata(self, current: dict[str, str]) -> dict[str, str]:
        """Merged into the current: an empty value removes its key, an empty `metadata` removes all."""
        if self._tree.get("metadata") == "":
            return {}
        given = self.nested("metadata")
        merged = current | {key: given.text(key) or "" for key in given}
        kept = {key: value for key, value in merged.items() if value}
        if len(kept) > _METADATA_KEYS:
            raise InvalidRequest(f"Metadata can have up to {_METADATA_KEYS} keys.", param="metadata")
        for key, value in kept.items():
            if len(key) > _METADATA_KEY_LENGTH or len(value) > _METADATA_VALUE_LENGTH:
                message = (
                    f"Metadata keys have up to {_METADATA_KEY_LENGTH} characters, values {_METADATA_VALUE_LENGTH}."
                )
                raise InvalidRequest(message, param=f"metadata[{key[:_METADATA_KEY_LENGTH]}]")
        return kept


def _plant(root: Tree, key: str, value: str) -> None:
    matched = _KEY.fullmatch(key)
    if matched is None:
        raise InvalidRequest(f"Invalid parameter name: {key}")
    names = [matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2])]
    branch = root
    for name in names[:-1]:
        below = branch.setdefault(name, {})
        if not isinstance(below, dict):
            raise InvalidRequest(f"Invalid parameter: {key}")
        branch = below
    branch[names[-1] or str(len(branch))] = value
