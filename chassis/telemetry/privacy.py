"""Keeps patients out of the logs: ids, numbers and plain words get through; anything else is masked or left out."""

import re
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any
from uuid import UUID

import httpx2
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from pymongo.errors import ConnectionFailure

from kernel.errors import BusinessError

MASK = "***"

# Words of a key that stand for something about a person, wherever they occur in it: `patient_name`, `billing.email`.
_PERSONAL = re.compile(
    r"""(first|last|sur|full|maiden)?names? | e?mails? | address(es)? | street | city | postcode | zip | (tele)?phone
    | mobile | fax | birth(date|day)? | dob | born | gender | sex | ssn | iban | bic | pan | card | holder | locale
    | diagnosis | remittance | recipients? | password | secret | token | authorization | cookie""",
    re.VERBOSE,
)
_PERSONAL_PHRASES = ("postal_code", "member_id", "tax_id", "card_number", "account_number", "plan_name")
# `name` is also what things have. Keys that name a thing are listed, so that a new one is masked until somebody looked.
_THINGS = {"logger_name", "service_name", "topic_name", "collection_name", "event_name", "func_name", "file_name"}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MAIL = re.compile(r"[^\s@<>\"'(),:;/]+@[^\s@<>\"'(),:;/]+")

# Kinds of errors whose text is about machines. The text of any other may quote the data it stumbled over (pydantic
# and bulk writes do), so only its type and place are logged.
_SPEAKABLE = (BusinessError, OSError, ImportError, TimeoutError, ConnectionFailure, KafkaError, httpx2.TransportError)


def personal(key: str) -> bool:
    """Could a value under this key tell something about a patient?"""
    if key in _THINGS:
        return False
    lowered = key.lower()
    return any(phrase in lowered for phrase in _PERSONAL_PHRASES) or any(
        _PERSONAL.fullmatch(word.lower()) for word in _WORD.findall(key)
    )


def plain(value: Any) -> Any:
    """The value as JSON may show it. An object of any other kind is only its type: its repr would show its fields."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _MAIL.sub(MASK, value)
        case datetime() | date():
            return value.isoformat()
        case Decimal() | UUID() | Path() | timedelta():
            return str(value)
        case Mapping():
            return {str(key): MASK if personal(str(key)) else plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case BaseException():
            return describe(value)
        case type():
            return value.__name__
    return f"<{type(value).__name__}>"


def describe(error: BaseException) -> str:
    """The type of an error and, where that cannot quote data, its text."""
    kind = type(error).__name__
    if isinstance(error, ValidationError):
        return f"{kind}: {len(error.errors(include_url=False, include_input=False))} in {error.title}"
    return f"{kind}: {plain(str(error))}" if isinstance(error, _SPEAKABLE) else kind


def traceback_of(error: BaseException) -> list[str]:
    """The error and what caused it, each with the places it went through, outermost first."""
    chain: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in chain:
        chain.append(step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return [line for link in reversed(chain) for line in (*_places(link.__traceback__), describe(link))]


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame in extract_tb(trace):
        yield f"{frame.filename}:{frame.lineno} {frame.name}"


def without_patients(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: the last before rendering."""
    return {key: MASK if personal(key) else plain(value) for key, value in event.items()}
