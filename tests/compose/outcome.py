"""What the topics and the services say in the end: nothing lost, nothing doubled, and how late each thing came."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from contracts.topics import DAYS, DOCUMENTS, INVOICES, PAYMENTS, SERVICES, SESSIONS, dead_letter
from tests.compose.load import Load
from tests.faults.clinic import FLOAT_MINOR, TILL
from tests.integration.cli.terminal import records

Json = dict[str, Any]


@dataclass(frozen=True)
class Lag:
    """From one record to the first that follows from it, by the broker's times; `at` is when it began."""

    what: str
    at: float
    took_s: float


@dataclass(frozen=True)
class Said:
    """An event of the trial's clinic."""

    type: str
    id: str
    at: float
    body: Json
    value: bytes


class Outcome:
    """All that was said of one clinic, in the order of each partition."""

    def __init__(self, broker: str, clinic_id: str) -> None:
        self._broker = broker
        self._clinic = clinic_id
        self.sessions, self.invoices, self.payments, self.days, self.documents = (
            list(self._said(topic.name)) for topic in (SESSIONS, INVOICES, PAYMENTS, DAYS, DOCUMENTS)
        )

    def _said(self, topic: str) -> Iterator[Said]:
        # The time is the client's own; our code never reads it.
        for record in cast(list[Any], records(self._broker, topic)):
            body = json.loads(record.value or b"{}")
            if body.get("clinic_id") == self._clinic:
                headers = {name: (value or b"").decode() for name, value in record.headers}
                kind = headers["ce_type"].split(".")[1]
                yield Said(kind, headers["ce_id"], record.timestamp / 1000, body, record.value or b"")

    @property
    def said_again(self) -> int:
        """Events that were published more than once, which is no harm as long as they are the same."""
        every = [*self.invoices, *self.payments, *self.days, *self.documents]
        return len(every) - len({said.id for said in every})

    def lags(self) -> list[Lag]:
        """Of each link of the chain: drafted, paid and in the till, rendered."""
        drafted = _first(self.invoices, "invoice-drafted", "session_id")
        paid = _first(self.invoices, "invoice-paid", "invoice_id")
        rendered = _first(self.documents, "document-rendered", "source_id")
        in_the_till = {
            said.body["movement"]["payment_id"]: said.at for said in reversed(self.days) if said.type == "cash-recorded"
        }
        links = [
            ("session to draft", self.sessions, "session-completed", "session_id", drafted),
            ("finalized to PDF", self.invoices, "invoice-finalized", "invoice_id", rendered),
            ("payment to paid invoice", self.payments, "payment-received", "invoice_id", paid),
            ("payment to till", self.payments, "payment-received", "payment_id", in_the_till),
        ]
        return [
            Lag(what, at, follows[key] - at)
            for what, said, kind, name, follows in links
            for key, at in _first(said, kind, name).items()
            if key in follows
        ]

    def faults(self, load: Load) -> list[str]:
        """What was lost or doubled, in words; empty when nothing was."""
        published = {session.session_id for session in load.published}
        drafted = Counter(said.body["session_id"] for said in _each(self.invoices) if said.type == "invoice-drafted")
        received = Counter(said.body["invoice_id"] for said in _each(self.payments) if said.type == "payment-received")
        moved = Counter(
            said.body["movement"]["payment_id"] for said in _each(self.days) if said.type == "cash-recorded"
        )
        bills = {invoice["invoice_id"] for invoice in load.finalized}
        return [
            *_differences("sessions and drafts", Counter(published), drafted),
            *_differences("invoices and payments", Counter(bills), received),
            *_differences("payments and movements of the till", Counter(p["payment_id"] for p in load.paid), moved),
            *_differences("invoices and PDFs", Counter(bills), self._of("document-rendered", self.documents)),
            *_differences("invoices and paid ones", Counter(bills), self._of("invoice-paid", self.invoices)),
            *self._of_numbers(load),
            *self._of_money(load),
            *self._of_copies(),
            *(f"{service} has dead letters" for service in SERVICES if records(self._broker, dead_letter(service))),
        ]

    def _of(self, kind: str, said: list[Said]) -> Counter[str]:
        name = "source_id" if said is self.documents else "invoice_id"
        return Counter(one.body[name] for one in _each(said) if one.type == kind and one.body.get("kind") != "receipt")

    def _of_numbers(self, load: Load) -> Iterator[str]:
        numbers = sorted(int(invoice["number"].rpartition("-")[2]) for invoice in load.finalized)
        if any(after - before != 1 for before, after in pairwise(numbers)):
            yield f"invoice numbers have a gap, or one is there twice: {numbers}"

    def _of_money(self, load: Load) -> Iterator[str]:
        taken = sum(payment["amount"]["amount_minor"] for payment in load.paid)
        day = max(self.days, key=lambda said: int(said.body["version"])).body
        booked = day["expected"]["amount_minor"] - FLOAT_MINOR
        if (day["register_id"], booked) != (TILL, taken):
            yield f"{day['register_id']} has {booked}, and {taken} was taken at {TILL}"
        billed = sum(invoice["totals"]["gross"]["amount_minor"] for invoice in load.finalized)
        if billed != taken:
            yield f"{billed} was billed, and {taken} was taken"

    def _of_copies(self) -> Iterator[str]:
        """The same id is the same event."""
        seen: dict[str, bytes] = {}
        for said in (*self.invoices, *self.payments, *self.days, *self.documents):
            if seen.setdefault(said.id, said.value) != said.value:
                yield f"{said.id} was said twice, and not alike"


def _each(said: list[Said]) -> list[Said]:
    """Each event once, however often it was published."""
    return list({one.id: one for one in said}.values())


def _first(said: list[Said], kind: str, name: str) -> dict[str, float]:
    return {one.body[name]: one.at for one in reversed(said) if one.type == kind}


def _differences(what: str, wanted: Counter[str], found: Counter[str]) -> Iterator[str]:
    if lost := wanted - found:
        yield f"{what}: lost {sorted(lost)[:5]}, {lost.total()} in all"
    if doubled := found - wanted:
        yield f"{what}: too many {sorted(doubled)[:5]}, {doubled.total()} in all"
