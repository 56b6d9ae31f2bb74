"""Files of dental sessions: one JSON object a line, or a FHIR Bundle or list of Procedure resources."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from chassis.messaging.reading import describe
from cli.calendar import ClinicCalendar
from cli.resources import Found
from cli.visits import Unusable, Visit, visits
from contracts.clinical import SessionCompleted, SessionCorrected, SessionVoided
from contracts.envelope import Event
from contracts.topics import MAX_VALUE_BYTES, SESSIONS
from kernel.clock import Clock, utc_now

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """An event that a service will be able to read, and its value as it goes on the wire."""

    where: str
    event: Event
    value: bytes


@dataclass(frozen=True, slots=True)
class Options:
    """`clinic_id` is for what names no clinic itself; `version` is that of sessions out of FHIR, which has none.

    `time_zone` is the clinic's, by its name in the IANA database; where it is not given, and a day depends on it, it is
    asked for by the clinic's id.
    """

    clinic_id: str | None = None
    version: int = 1
    time_zone: str | None = None
    zone_of: Callable[[str], str | None] = lambda clinic_id: None
    clock: Clock = utc_now


class _Refused(Exception):
    """Why an entry of the file is no session."""


def read(
    file: Path, options: Options, on_bytes: Callable[[int], None] = lambda count: None
) -> Iterator[Ready | Unusable]:
    """What is in the file, in its order; what is out of FHIR comes last. `on_bytes` hears how far it has come.

    Raises OSError when the file cannot be read.
    """
    resources: list[Found] = []
    for where, text in _entries(file, on_bytes):
        try:
            entry = _parsed(text) if isinstance(text, bytes) else text
            if "resourceType" in entry:
                resources += _unpacked(where, entry)
            else:
                yield _ready(where, *_typed(entry), options)
        except _Refused as refused:
            yield Unusable(where, str(refused))
    yield from _out_of_fhir(resources, options)


def _entries(file: Path, on_bytes: Callable[[int], None]) -> Iterator[tuple[str, bytes | Json]]:
    """A file that begins with one whole JSON object on a line is read line by line, any other as one document."""
    with file.open("rb") as lines:
        first = next((line for line in lines if line.strip()), b"")
    document = None if _is_object(first) else _document(file)
    if document is None:
        yield from _lines(file, on_bytes)
        return
    on_bytes(file.stat().st_size)
    for number, entry in enumerate(document if isinstance(document, list) else [document], 1):
        yield f"item {number}", entry if isinstance(entry, dict) else json.dumps(entry).encode()


def _lines(file: Path, on_bytes: Callable[[int], None]) -> Iterator[tuple[str, bytes]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            on_bytes(len(line))
            if line.strip():
                yield f"line {number}", line


def _is_object(line: bytes) -> bool:
    try:
        _parsed(line)
    except _Refused:
        return False
    return True


def _document(file: Path) -> Any:
    """None when the file as a whole is not JSON."""
    try:
        return json.loads(file.read_bytes().decode("utf-8-sig"), parse_constant=_no_number)
    except ValueError:
        return None


def _parsed(text: bytes) -> Json:
    try:
        entry = json.loads(text.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise _Refused("is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _Refused(f"is not JSON: {error.msg} at character {error.pos + 1}") from None
    except ValueError as error:
        raise _Refused(f"is not JSON: {error}") from None
    if not isinstance(entry, dict):
        raise _Refused("is not a JSON object")
    return entry


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _typed(entry: Json) -> tuple[str, Json]:
    """Either {"type": …, "data": …}, or the body of a completed session."""
    if "type" not in entry or "data" not in entry:
        return SessionCompleted.TYPE, entry
    if not isinstance(entry["data"], dict):
        raise _Refused("data: is not a JSON object")
    return str(entry["type"]), entry["data"]


def _ready(where: str, type_: str, body: Json, options: Options) -> Ready:
    event = SESSIONS.types().get(type_)
    if event is None:
        raise _Refused(f"type: {SESSIONS.name} has {', '.join(SESSIONS.types())}")
    if options.clinic_id is not None:
        body = {"clinic_id": options.clinic_id} | body
    try:
        value = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise _Refused("holds half a character (a lone surrogate)") from None
    if len(value) > MAX_VALUE_BYTES:
        raise _Refused(f"has {len(value)} bytes; at most {MAX_VALUE_BYTES} are read")
    try:
        return Ready(where, event.model_validate_json(value), value)
    except ValidationError as error:
        raise _Refused(describe(error)) from None


def _unpacked(where: str, resource: Json) -> Iterator[Found]:
    """A resource, or those in a Bundle; each is called by its full URL, or else by where it is."""
    if resource["resourceType"] != "Bundle":
        yield Found(f"{where}, {resource['resourceType']}/{resource.get('id')}", resource)
        return
    entries = resource.get("entry", [])
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        inner = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(inner, dict):
            name = f"entry {number}, {inner.get('resourceType')}/{inner.get('id')}"
            yield Found(name, inner, entry.get("fullUrl"))


def _out_of_fhir(resources: list[Found], options: Options) -> Iterator[Ready | Unusable]:
    if resources and options.clinic_id is None:
        yield Unusable(resources[0].where, "FHIR names no clinic: say which with --clinic")
        return
    clinic_id = options.clinic_id or ""
    calendar = ClinicCalendar(lambda: options.time_zone or options.zone_of(clinic_id))
    whole = SessionCompleted if options.version == 1 else SessionCorrected
    for visit in visits(resources, clinic_id, options.version, calendar, options.clock()):
        if isinstance(visit, Visit):
            event = SessionVoided if visit.void else whole
            try:
                yield _ready(visit.where, event.TYPE, visit.body, options)
            except _Refused as refused:
                yield Unusable(visit.where, f"its visit: {refused}")
        else:
            yield visit
