"""All that there is at one moment: every record of every topic, every row of every service, and Stripe's books."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contracts.topics import HEARS, dead_letter
from tests.faults.stage import Stage
from tests.faults.topics import Place, Written
from tests.parts.statements import Moved

Json = dict[str, Any]
Rows = dict[str, Json]
"""By `_id`."""
COLLECTIONS = {
    "invoicing": (
        "invoices",
        "revisions",
        "voided_sessions",
        "counters",
        "accounts",
        "payments",
        "credit_notes",
        "outbox",
        "parked",
    ),
    "payments": ("payments", "invoices", "days", "counters", "bank_transactions", "outbox", "parked"),
    "cash-register": ("days", "movements", "waiting", "outbox", "parked"),
    "documents": ("documents", "invoices", "payments", "jobs", "deliveries", "files", "outbox", "parked"),
}


@dataclass(frozen=True)
class Letter:
    """A dead letter, and the record that it is about."""

    record: Written
    service: str

    @property
    def code(self) -> str:
        return self.record.header("error-code")

    @property
    def is_cut(self) -> bool:
        """It holds the beginning of the value, since all of it is more than anybody reads."""
        return self.record.header("error-cut") == "value" and bool(self.record.value)

    @property
    def place(self) -> Place:
        """Where the rejected record lies."""
        header = self.record.header
        return header("error-topic"), int(header("error-partition")), int(header("error-offset"))


@dataclass(frozen=True)
class Happened:
    """An event, as it was published."""

    record: Written
    subject: str
    version: int
    body: Json

    @property
    def type(self) -> str:
        return self.record.header("ce_type")


@dataclass
class World:
    """What people were told: `numbers` by invoice id, and ids of `payments`; what the bank `moved`, by clinic."""

    written: Sequence[Written]
    rows: Mapping[str, Mapping[str, Rows]]
    lags: Mapping[str, int] = field(default_factory=dict)
    intents: Sequence[Json] = ()
    charges: Sequence[Json] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    payments: Sequence[str] = ()
    moved: Mapping[str, Sequence[Moved]] = field(default_factory=dict)

    @cached_property
    def at(self) -> dict[Place, Written]:
        """The records by where they are."""
        return {record.place: record for record in self.written}

    @cached_property
    def letters(self) -> list[Letter]:
        """All dead letters, without the notes that the command line writes beside them."""
        services = {dead_letter(service): service for service in HEARS}
        return [
            Letter(record, services[record.topic])
            for record in self.written
            if record.topic in services and "error-topic" in record.named
        ]

    def heard(self, service: str, topic: str) -> list[Happened]:
        """What a service took from a topic: all but its dead letters."""
        rejected = {letter.place for letter in self.letters if letter.service == service}
        return [event for event in self.events(topic) if event.record.place not in rejected]

    def events(self, topic: str) -> list[Happened]:
        """The readable records of a topic, in the order of each partition; poison is none, nor what was discarded."""
        return self._events.get(topic, [])

    @cached_property
    def _events(self) -> dict[str, list[Happened]]:
        found: dict[str, list[Happened]] = {}
        for record in self.written:
            if "ce_id" in record.named and not (record.poison or record.discarded or "error-topic" in record.named):
                subject, _, version = record.header("ce_id").rpartition(":")
                event = Happened(record, subject, int(version), json.loads(record.value or b"{}"))
                found.setdefault(record.topic, []).append(event)
        return found

    def newest(self, topic: str) -> dict[str, Happened]:
        """The event with the highest version of each aggregate."""
        found: dict[str, Happened] = {}
        for event in self.events(topic):
            if event.subject not in found or event.version > found[event.subject].version:
                found[event.subject] = event
        return found

    @cached_property
    def invoices(self) -> dict[str, Json]:
        """Invoicing's invoices as their snapshots."""
        return {id_: json.loads(row["snapshot"]) for id_, row in self.rows["invoicing"]["invoices"].items()}

    @cached_property
    def credit_notes(self) -> dict[str, Json]:
        """As their snapshots."""
        return {id_: json.loads(row["snapshot"]) for id_, row in self.rows["invoicing"]["credit_notes"].items()}


def look_at(
    stage: Stage, numbers: Mapping[str, str], payments: Sequence[str], moved: Mapping[str, Sequence[Moved]]
) -> World:
    """The world as it is now."""
    rows = {
        service: {name: _by_id(stage.database(service)[name].find()) for name in names}
        for service, names in COLLECTIONS.items()
    }
    rows["payments"] |= {name: _opened(rows["payments"][name]) for name in ("payments", "bank_transactions")}
    return World(
        written=list(stage.topics.catch_up()),
        rows=rows,
        lags=stage.topics.lags(),
        intents=_listed(stage, "payment_intents"),
        charges=_listed(stage, "charges"),
        numbers=numbers,
        payments=payments,
        moved=moved,
    )


def _by_id(rows: Iterable[Json]) -> Rows:
    return {row["_id"]: row for row in rows}


def _opened(rows: Rows) -> Rows:
    """With all that these journaled documents say; invoicing's snapshots are compared byte for byte."""
    return {id_: {**row, **json.loads(row["snapshot"])} for id_, row in rows.items()}


def _listed(stage: Stage, kind: str) -> list[Json]:
    found: list[Json] = []
    more = True
    while more:
        after = {"starting_after": found[-1]["id"]} if found else {}
        page = stage.stripe_http.get(f"/v1/{kind}", params={"limit": 100, **after}).raise_for_status().json()
        found += page["data"]
        more = page["has_more"]
    return found
