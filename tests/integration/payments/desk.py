"""A clinic's front desk in the hands of a test: HTTP in, invoices and register days in over topics, payments out."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2

from contracts import cash_register, invoicing
from contracts.envelope import Event
from contracts.values import ActorRef
from dev.parts.service import ServicePart
from dev.parts.tokens import TokenIssuer
from tests.integration.payments.stripe_side import StripeSide
from tests.parts.patience import until
from tests.parts.wire import publish, published, sealed

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PAYMENTS = "payments.payments"
BY = {"actor_id": "usr-1", "role": "front_desk"}
INVOICE_EVENTS: dict[str, type[invoicing.Invoice]] = {
    "draft": invoicing.InvoiceDrafted,
    "finalized": invoicing.InvoiceFinalized,
    "paid": invoicing.InvoicePaid,
    "archived": invoicing.InvoiceArchived,
    "void": invoicing.InvoiceVoided,
}
Json = dict[str, Any]


def money(amount_minor: int, currency: str = "EUR") -> Json:
    return {"amount_minor": amount_minor, "currency": currency}


@dataclass
class Desk:
    """Calls as `role` of the clinic; the patient is the same in all that is not said otherwise."""

    http: httpx2.Client
    kafka: str
    issuer: TokenIssuer
    stripe: StripeSide
    clinic: str
    role: str = "front_desk"
    token_for: tuple[str, ...] = ()
    sub: str | None = None
    service: ServicePart | None = None

    def metrics(self) -> str:
        """Of a service whose desk knows it."""
        assert self.service is not None
        return self.service.asked("/metrics").text

    def as_(self, role: str, *clinics: str) -> "Desk":
        """The same clinic, seen by somebody else."""
        return replace(self, role=role, token_for=clinics)

    def of(self, clinic: str) -> "Desk":
        """Another clinic's front desk."""
        return replace(self, clinic=clinic, token_for=())

    @property
    def manager(self) -> "Desk":
        return self.as_("billing_manager")

    @property
    def second_manager(self) -> "Desk":
        """Somebody else with the same role."""
        return replace(self.manager, sub="usr-second-manager")

    def post(self, path: str, body: Json, key: str | None = "") -> httpx2.Response:
        """With a new Idempotency-Key, the one given, or (None) none."""
        return self.http.post(path, json=body, headers=self._keyed(key))

    def put(self, path: str, body: Json) -> httpx2.Response:
        return self.http.put(path, json=body, headers=self.authorization())

    def get(self, path: str, **params: Any) -> httpx2.Response:
        return self.http.get(path, params=params, headers=self.authorization())

    def upload(self, content: bytes, format_: str = "camt.053", **params: str) -> httpx2.Response:
        """A bank statement of the clinic."""
        asked = {"clinic_id": self.clinic, "format": format_, **params}
        return self.http.post("/bank-statements", content=content, params=asked, headers=self.authorization())

    def transactions(self, **params: Any) -> list[Json]:
        """All of the clinic's bank transactions, once nobody has to look at one any more; the last booked first."""
        until(lambda: self.get("/bank-transactions", status="new").json()["items"], lambda new: new == [])
        items: list[Json] = body_of(self.get("/bank-transactions", **params), 200)["items"]
        return items

    def read(self, payment_id: str) -> Json:
        return body_of(self.get(f"/payments/{payment_id}"), 200)

    def cash(self, amount: int = 5_000, /, **changes: Any) -> Json:
        """The body of a cash payment; of none of the fields when it is changed to None."""
        body = {"method": "cash", "register_id": "till-1", "tendered": money(amount)}
        return self._body(amount, {**body, **changes})

    def transfer(self, amount: int = 5_000, /, **changes: Any) -> Json:
        body = {"method": "bank_transfer", "reference": "RF18539007547034", "received_on": "2026-11-20"}
        return self._body(amount, {**body, **changes})

    def card(self, amount: int = 5_000, /, **changes: Any) -> Json:
        return self._body(amount, changes)

    def charge(self, amount: int = 5_000, /, **changes: Any) -> Json:
        """Starts a card payment: the answer, with payment and client secret."""
        return body_of(self.post("/card-payments", self.card(amount, **changes)), 201)

    def send_link(self, amount: int = 5_000, /, **changes: Any) -> Json:
        """Starts a card payment by a patient who is not here: the answer, with payment and link."""
        page = {"success_url": "https://clinic.example/thanks?s={CHECKOUT_SESSION_ID}"}
        return self.charge(amount, **{"checkout": page, **changes})

    def paid_by_card(self, amount: int = 5_000, card: str = "pm_card_visa", currency: str = "EUR") -> Json:
        """A card payment that is settled."""
        started = self.charge(amount, amount=money(amount, currency))
        self.stripe.enter_card(started["client_secret"], card).raise_for_status()
        return self.until_status(started["payment"]["payment_id"], "settled")

    def cancel(self, payment_id: str, key: str | None = "") -> httpx2.Response:
        return self.http.post(f"/card-payments/{payment_id}/cancel", headers=self._keyed(key))

    def refund(self, payment_id: str, amount: int, currency: str = "EUR", **changes: Any) -> httpx2.Response:
        body = {"amount": money(amount, currency), "reason": "crown not fitted", **changes}
        return self.post(f"/payments/{payment_id}/refunds", body)

    @property
    def settings_path(self) -> str:
        return f"/clinics/{self.clinic}/payment-settings"

    def configured(self, time_zone: str, version: int = 1, country: str | None = "DE") -> None:
        """Invoicing tells of the clinic's profile."""
        event = invoicing.ClinicConfigured(
            clinic_id=self.clinic,
            version=version,
            name="Clinic",
            currency="EUR",
            time_zone=time_zone,
            country=country,
            changed_at=AT,
            changed_by=ActorRef(**BY),
        )
        publish(self.kafka, sealed(event))

    def refund_limit(self, amount: int) -> None:
        """Above it a second person has to agree."""
        limit = {"role": "billing_manager", "amount": money(amount)}
        body_of(self.manager.put(self.settings_path, {"refund_limits": [limit]}), 200)

    def until_status(self, payment_id: str, status: str) -> Json:
        return until(lambda: self.read(payment_id), lambda payment: payment["status"] == status)

    def open_register(self, register: str = "till-1", currency: str = "EUR") -> None:
        """Opens a day, and waits until payments has heard of it."""
        self.publish(self.day(register, currency))
        probe = self.cash(1, register_id=register, amount=money(1, currency), tendered=money(1, currency))
        until(lambda: self.post("/payments", probe), lambda answer: answer.status_code == 201)

    def day(self, register: str = "till-1", currency: str = "EUR", **changes: Any) -> cash_register.RegisterDay:
        sums = {name: money(0, currency) for name in ("opening", "cash_in", "cash_out", "expected")}
        body = {
            "day_id": f"day-{self.clinic}-{register}",
            "clinic_id": self.clinic,
            "register_id": register,
            "date": "2026-11-23",
            "version": 1,
            "status": "open",
            "currency": currency,
            **sums,
            "movement_count": 0,
            "opened_at": AT,
            "changed_at": AT,
            "changed_by": BY,
        }
        event = cash_register.DayClosed if changes.get("status") == "closed" else cash_register.DayOpened
        return event.model_validate({**body, **changes})

    def invoice(
        self, status: str = "finalized", due: int = 10_000, currency: str = "EUR", **changes: Any
    ) -> invoicing.Invoice:
        """An invoice of the patient, as invoicing says it."""
        names = ("net", "tax", "gross", "paid", "credited")
        totals = {**{name: money(0, currency) for name in names}, "due": money(due, currency)}
        body = {
            "invoice_id": f"inv-{uuid4().hex[:8]}",
            "clinic_id": self.clinic,
            "patient_id": "pat-77",
            "session_id": "ses-1",
            "session_version": 1,
            "version": 1,
            "status": status,
            "number": "B-1",
            "currency": currency,
            "lines": [],
            "tax": [],
            "totals": totals,
            "problems": [],
            "buyer": {"patient_id": "pat-77", "name": "Łucja Øster"},
            "seller": None,
            "provider": None,
            "drafted_at": AT,
            "changed_at": AT,
            "changed_by": BY,
        }
        return INVOICE_EVENTS[status].model_validate({**body, **changes})

    def known_invoice(self, status: str = "finalized", due: int = 10_000, currency: str = "EUR", **changes: Any) -> str:
        """The id of an invoice that payments has heard of."""
        invoice = self.invoice(status, due, currency, **changes)
        self.publish(invoice)
        probe = self.transfer(1, invoice_id=invoice.invoice_id, patient_id="pat-probe")
        until(lambda: code_of(self.post("/payments", probe)), lambda code: code != "invoice-unknown")
        return invoice.invoice_id

    def publish(self, *events: Event) -> None:
        """Puts them on their topics, in order."""
        publish(self.kafka, *map(sealed, events))

    def published(self, payment_id: str, version: int) -> list[tuple[str, Json]]:
        """Type and body of the events of a payment, up to the version, each once."""
        return [(event.type, event.body) for event in published(self.kafka, PAYMENTS, payment_id, version)]

    def _body(self, amount: int, changes: Json) -> Json:
        body = {"clinic_id": self.clinic, "patient_id": "pat-77", "amount": money(amount), **changes}
        return {name: value for name, value in body.items() if value is not None}

    def headers(self, key: str | None = "") -> dict[str, str]:
        """What a request of ours carries: a token and, unless it is None, an Idempotency-Key."""
        return self._keyed(key)

    def _keyed(self, key: str | None) -> dict[str, str]:
        more = {} if key is None else {"Idempotency-Key": key or uuid4().hex}
        return {**self.authorization(), **more}

    def authorization(self) -> dict[str, str]:
        token = self.issuer.mint(self.role, *(self.token_for or (self.clinic,)), sub=self.sub)
        return {"Authorization": f"Bearer {token}"}


def body_of(answer: httpx2.Response, status: int) -> Json:
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


def code_of(answer: httpx2.Response) -> str:
    """The stable code of a refusal, "" for none."""
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json().get("code", ""))
