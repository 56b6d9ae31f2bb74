"""Optimistic locking over HTTP: the version of a thing is its strong entity tag (RFC 9110, 8.8.3 and 13.1.1)."""

import re
from typing import Annotated

from fastapi import Depends, Header

from chassis.http.problems import HttpProblem
from kernel.errors import PreconditionFailed

_STRONG = re.compile(r'"([\x21\x23-\x7e]*)"', re.ASCII)
_VERSION = re.compile(r"[0-9]{1,18}", re.ASCII)

_TAG = 'the version read, as its ETag: `"3"`; `*` for any'
_Required = Annotated[str | None, Header(alias="If-Match", description=f"required: {_TAG}")]
_Optional = Annotated[str | None, Header(alias="If-Match", description=f"{_TAG}, as when it is left out")]


def etag(version: int) -> str:
    """The `ETag` of a version: `"3"`."""
    return f'"{version}"'


def if_match(value: _Required = None) -> int | None:
    """Dependency: the version that the caller read, None for `*` (any version).

    Raises HttpProblem 428 without the header and 400 for one that cannot be read; PreconditionFailed for a tag that
    no version of ours can have, such as a weak one.
    """
    if value is None:
        raise HttpProblem(428, "precondition-required", "say in If-Match which version you read", field="If-Match")
    return _parse(value.strip())


def optional_if_match(value: _Optional = None) -> int | None:
    """Dependency: as `if_match`, and None as well when the caller does not say."""
    return None if value is None else _parse(value.strip())


IfMatch = Annotated[int | None, Depends(if_match)]
OptionalIfMatch = Annotated[int | None, Depends(optional_if_match)]


def _parse(value: str) -> int | None:
    if value == "*":
        return None
    weak, tag = value.startswith("W/"), _STRONG.fullmatch(value.removeprefix("W/"))
    if tag is None:
        raise HttpProblem(400, "if-match-malformed", 'If-Match takes one entity tag, such as "3"', field="If-Match")
    # If-Match compares strongly, so a weak tag never matches.
    if weak or _VERSION.fullmatch(tag[1]) is None:
        raise PreconditionFailed("version-stale", "no version has this entity tag", field="If-Match")
    return int(tag[1])


def demand_version(expected: int | None, current: int) -> None:
    """Raises PreconditionFailed when the caller read another version than the current one."""
    if expected is not None and expected != current:
        raise PreconditionFailed(
            "version-stale", f"the current version is {current}, not {expected}: read it again", field="If-Match"
        )
