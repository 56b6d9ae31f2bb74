"""What the clinical system publishes: sessions, corrections, voidings, and records that nobody can read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from contracts.clinical import SessionCompleted, SessionCorrected, SessionVoided
from contracts.envelope import Event, Message, account_key, to_message
from contracts.topics import SESSIONS, topic_of

AT = datetime(2026, 11, 20, 9, 45, tzinfo=UTC)
CODES = ("D0120", "D1110", "D2391", "D2740")
SKUS = ("COMP-A2", "ANEST-4")
POISON = "x-poison"
"""A header of records that must end in the dead letter; it names their kind."""
KINDS = ("not-json", "wrong-type", "null-header", "non-utf-8-header", "2-mb-value", "breaks-a-rule")
CODES_OF_REJECTION = {
    "not-json": "not-json",
    "wrong-type": "type-unknown",
    "null-header": "header-null",
    "non-utf-8-header": "header-not-utf-8",
    "2-mb-value": "value-too-large",
    "breaks-a-rule": "event-invalid",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class Session:
    """One session at its version."""

    clinic: str
    session_id: str
    patient: str
    version: int
    codes: tuple[str, ...]
    skus: tuple[str, ...]

    @property
    def body(self) -> Json:
        return {
            "session_id": self.session_id,
            "clinic_id": self.clinic,
            "version": self.version,
            "completed_at": "2026-11-20T09:45:00+01:00",
            "patient": {"patient_id": self.patient, "name": "Łucja Øster", "email": "lucja@example.org"},
            "provider": {"provider_id": "doc-4", "npi": "1234567893"},
            "procedures": [{"procedure_id": f"p-{n}", "code": code} for n, code in enumerate(self.codes)],
            "materials": [
                {"material_id": f"m-{n}", "sku": sku, "quantity": "0.5", "unit": "g"} for n, sku in enumerate(self.skus)
            ],
        }

    @property
    def completed(self) -> Message:
        return self._as(SessionCompleted, self.body)

    @property
    def corrected(self) -> Message:
        return self._as(SessionCorrected, self.body)

    @property
    def voided(self) -> Message:
        names = ("session_id", "clinic_id", "version")
        body = {**{name: self.body[name] for name in names}, "patient_id": self.patient, "reason": "entered twice"}
        return self._as(SessionVoided, body)

    def later(self, rng: Random) -> "Session":
        """The next version, with something else done."""
        return replace(self, version=self.version + 1, codes=(*self.codes, rng.choice(CODES)))

    def fewer(self) -> "Session":
        """The next version, in which the last procedure was not done; instead, something used up."""
        return replace(self, version=self.version + 1, codes=self.codes[:-1], skus=(*self.skus, SKUS[0]))

    def poison(self, kind: str, mark: str) -> Message:
        """This session, spoilt; `mark` makes its bytes unlike all others."""
        good = self.completed
        value = json.dumps({**self.body, "mark": mark}).encode()
        changes: dict[str, bytes | None] = {}
        match kind:
            case "not-json":
                value = value[:-1]
            case "wrong-type":
                changes = {"ce_type": b"clinical.session-dreamt.v1"}
            case "null-header":
                changes = {"ce_time": None}
            case "non-utf-8-header":
                changes = {"ce_source": b"\xff\xfe\x00"}
            case "2-mb-value":
                value = json.dumps({**self.body, "mark": mark, "ballast": "x" * 2_000_000}).encode()
            case "breaks-a-rule":
                value = json.dumps({**self.body, "mark": mark, "procedures": [], "materials": []}).encode()
        return poisoned(replace(good, value=value), kind, changes)

    def _as(self, type_: type[Event], body: Json) -> Message:
        return to_message(
            topic=SESSIONS.name,
            type_=type_.TYPE,
            source="/clinical",
            subject=self.session_id,
            version=self.version,
            key=account_key(self.clinic, self.patient),
            at=AT,
            value=json.dumps(body).encode(),
        )


def poisoned(message: Message, kind: str, changes: Mapping[str, bytes | None]) -> Message:
    """The message with some headers changed, and marked."""
    headers: list[tuple[str, bytes | None]] = [(name, changes.get(name, value)) for name, value in message.headers]
    return replace(message, headers=[*headers, (POISON, kind.encode())])


def sessions(rng: Random, clinic: str, count: int, patients: int = 5, name: str = "ses") -> list[Session]:
    """New sessions of a few patients."""
    return [
        Session(
            clinic,
            f"{name}-{clinic}-{number}",
            f"pat-{rng.randrange(patients)}",
            1,
            tuple(rng.choices(CODES, k=rng.randint(1, 3))),
            tuple(rng.choices(SKUS, k=rng.randint(0, 2))),
        )
        for number in range(count)
    ]


def a_day(rng: Random, visits: Sequence[Session]) -> list[Message]:
    """The sessions, and for some of them a correction or a voiding later in the day."""
    messages = [session.completed for session in visits]
    for session in visits:
        match rng.randrange(6):
            case 0:
                messages.append(session.later(rng).corrected)
            case 1:
                messages.append(replace(session, version=2).voided)
    return messages


def said_once_more(event: Event, source: str) -> Message:
    """An event as a service would publish it, to be told by somebody else first, late or twice."""
    return to_message(
        topic=topic_of(type(event)).name,
        type_=event.TYPE,
        source=source,
        subject=event.subject,
        version=event.version,
        key=event.key,
        at=AT,
        value=event.model_dump_json().encode(),
    )
