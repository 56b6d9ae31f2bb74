"""One register in the hands of a test: HTTP in, payments in over the topic, days out over the topic."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
from aiokafka import AIOKafkaConsumer

from contracts.payments import Payment, PaymentReceived, PaymentRefunded
from contracts.topics import DAYS, dead_letter
from dev.parts.tokens import TokenIssuer
from dev.run_async import run_async
from tests.parts.patience import PATIENCE_S, until
from tests.parts.wire import publish, sealed

_LATEST = (datetime.now(UTC) + timedelta(hours=14)).date()
TODAY, TOMORROW = (_LATEST - timedelta(days=1)).isoformat(), _LATEST.isoformat()
"""Dates that it is somewhere on earth, for two hours at least: a clinic without a profile may open either of them."""
TAKEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Json = dict[str, Any]


def eur(amount_minor: int) -> Json:
    return {"amount_minor": amount_minor, "currency": "EUR"}


@dataclass(frozen=True)
class Heard:
    """A record of a topic."""

    headers: dict[str, str]
    body: Json

    @property
    def type(self) -> str:
        """`day-opened` of `cash-register.day-opened.v1`."""
        return self.headers["ce_type"].split(".")[1]


@dataclass
class Till:
    """Calls as `role`, for one clinic and register."""

    http: httpx2.Client
    kafka: str
    issuer: TokenIssuer
    clinic: str
    register: str
    role: str = "front_desk"
    token_for: tuple[str, ...] = ()

    def as_(self, role: str, *clinics: str) -> "Till":
        """The same register, seen by somebody else."""
        return replace(self, role=role, token_for=clinics)

    def open(self, date: str = TODAY, opening: int = 10_000, currency: str = "EUR", **body: Any) -> httpx2.Response:
        content = {"clinic_id": self.clinic, "date": date, "currency": currency, **body}
        return self.post("/days", {"opening": {"amount_minor": opening, "currency": currency}, **content})

    def cancel(self, date: str = TODAY, reason: str = "opened by mistake") -> httpx2.Response:
        return self.post(f"/days/{date}/cancellation", {"reason": reason})

    def configure(self, settings: Json) -> httpx2.Response:
        return self.http.put(
            f"/registers/{self.register}",
            json=settings,
            params={"clinic_id": self.clinic},
            headers=self._authorization(),
        )

    def registers(self, **params: Any) -> Json:
        """A page of the clinic's."""
        query = {"clinic_id": self.clinic, **params}
        answer = self.http.get("/registers", params=query, headers=self._authorization())
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        return page

    def move(self, kind: str, amount: Json, date: str = TODAY, **body: Any) -> httpx2.Response:
        return self.post(f"/days/{date}/movements", {"kind": kind, "amount": amount, "reason": "bank", **body})

    def counter(self, movement_id: str, date: str = TODAY, reason: str = "typed twice") -> httpx2.Response:
        return self.post(f"/days/{date}/movements/{movement_id}/counter-entry", {"reason": reason})

    def hand_over(self, counted: Json, date: str = TODAY, **body: Any) -> httpx2.Response:
        return self.post(f"/days/{date}/counts", {"counted": counted, **body})

    def close(self, counted: Json, date: str = TODAY, **body: Any) -> httpx2.Response:
        return self.post(f"/days/{date}/close", {"counted": counted, **body})

    def approve(self, date: str = TODAY, reason: str | None = "counted again together") -> httpx2.Response:
        return self.post(f"/days/{date}/approval", {"reason": reason})

    def day(self, date: str = TODAY, **params: Any) -> Json:
        """As somebody sees it who does not count."""
        return self.as_("auditor", *self.token_for).read(f"/days/{date}", **params)

    def read(self, path: str, **params: Any) -> Json:
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    def stream(self, path: str, headers: dict[str, str]) -> AbstractContextManager[httpx2.Response]:
        """An answer that is read as it comes."""
        return self.http.stream(
            "GET",
            f"/registers/{self.register}{path}",
            params={"clinic_id": self.clinic},
            headers=self._authorization() | headers,
        )

    def call(self, method: str, path: str) -> httpx2.Response:
        """What is not of one register."""
        return self.http.request(method, path, headers=self._authorization())

    def get(self, path: str, **params: Any) -> httpx2.Response:
        query = {"clinic_id": self.clinic, **params}
        return self.http.get(f"/registers/{self.register}{path}", params=query, headers=self._authorization())

    def post(self, path: str, body: Json | None = None, key: str | None = "") -> httpx2.Response:
        """With a new Idempotency-Key, the one given, or (None) none."""
        headers = self._authorization()
        if key is not None:
            headers["Idempotency-Key"] = key or uuid4().hex
        query = {} if path == "/days" else {"clinic_id": self.clinic}
        return self.http.post(f"/registers/{self.register}{path}", json=body, params=query, headers=headers)

    def payment(self, amount: int = 5_000, currency: str = "EUR", **changed: Any) -> PaymentReceived:
        """A cash payment into this register, as payments says it."""
        money = {"amount_minor": amount, "currency": currency}
        body = {
            "payment_id": f"pay_{uuid4().hex}",
            "clinic_id": self.clinic,
            "patient_id": "pat-77",
            "invoice_id": None,
            "version": 1,
            "method": "cash",
            "status": "settled",
            "currency": currency,
            "amount": money,
            "refunded": {**money, "amount_minor": 0},
            "settled": money,
            "register_id": self.register,
            "received_at": datetime.now(UTC),
            "changed_at": TAKEN,
            "changed_by": {"actor_id": "usr-front-desk", "role": "front_desk"},
        }
        return PaymentReceived.model_validate(body | changed)

    def publish(self, *payments: Payment) -> None:
        """Puts them on `payments.payments`, in order."""
        publish(self.kafka, *map(sealed, payments))

    def until_booked(self, count: int, date: str = TODAY) -> Json:
        """The day, once `count` movements are on its books."""
        return until(lambda: self.day(date), lambda day: day["movement_count"] == count)

    def until_waiting(self, count: int) -> list[Json]:
        """What waits, once there are `count`."""
        page = until(lambda: self.read("/waiting"), lambda page: len(page["items"]) == count)
        waiting: list[Json] = page["items"]
        return waiting

    def published(self, day_id: str, version: int) -> list[Heard]:
        """The events of a day, up to the version."""
        return run_async(_read(self.kafka, DAYS.name, day_id, lambda heard: bool(heard.body["version"] >= version)))

    def rejected(self, payment: Payment) -> Heard:
        """The payment's first record in the dead letter."""
        return run_async(_read(self.kafka, dead_letter("cash-register"), payment.payment_id, lambda _: True))[0]

    def _authorization(self) -> dict[str, str]:
        token = self.issuer.mint(self.role, *(self.token_for or (self.clinic,)))
        return {"Authorization": f"Bearer {token}"}


def refunded(payment: Payment, amount: int) -> PaymentRefunded:
    """The payment's next version, with a settled refund."""
    refund = {
        "refund_id": f"ref_{uuid4().hex}",
        "amount": {"amount_minor": amount, "currency": payment.currency},
        "reason": "paid twice",
        "status": "settled",
        "refunded_at": datetime.now(UTC),
        "refunded_by": {"actor_id": "usr-billing-manager", "role": "billing_manager"},
    }
    changed = {"version": payment.version + 1, "status": "partly_refunded", "refunds": [refund]}
    return PaymentRefunded.model_validate({**payment.model_dump(), **changed})


async def _read(kafka: str, topic: str, subject: str, is_last: Callable[[Heard], bool]) -> list[Heard]:
    """The records about the subject, from the beginning of the topic to the last one wanted."""
    found: list[Heard] = []
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        async with asyncio.timeout(PATIENCE_S):
            while not (found and is_last(found[-1])):
                record = await consumer.getone()
                headers = {name: value.decode() for name, value in record.headers}
                if headers["ce_subject"] == subject:
                    found.append(Heard(headers, json.loads(record.value)))
    return found
