"""A clinic in the hands of a test: sessions and payments in over topics, HTTP beside them, invoices out."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

import httpx2
from invoicing.domain.drafts.drafting import invoice_id_of
from invoicing.domain.receivables.account import account_id_of

from contracts.clinical import SessionBody, SessionCompleted, SessionCorrected, SessionVoided
from contracts.envelope import Event, Message
from contracts.payments import Payment, PaymentReceived, PaymentRefunded
from contracts.topics import ACCOUNTS, INVOICES, dead_letter
from dev.parts.tokens import TokenIssuer
from tests.parts import sessions
from tests.parts.patience import until
from tests.parts.wire import PublishedEvent, publish, published, read, sealed

Json = dict[str, Any]
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GROSS_MINOR = 12_500 + 714
"""Of the session that is used when nothing else is said."""


@dataclass
class Practice:
    """Calls as `role`, for one clinic that nobody else uses."""

    http: httpx2.Client
    kafka: str
    issuer: TokenIssuer
    clinic: str
    role: str = "billing_manager"
    token_for: tuple[str, ...] = ()
    patient: Json = field(default_factory=lambda: {"patient_id": "pat-77"})

    def as_(self, role: str, *clinics: str) -> "Practice":
        """The same clinic, seen by somebody else."""
        return replace(self, role=role, token_for=clinics)

    def configured(self, *items: Json, **changes: Any) -> "Practice":
        """With its profile and its prices."""
        body_of(self.put(f"/clinics/{self.clinic}", sessions.clinic(**changes)))
        body_of(self.put(f"/clinics/{self.clinic}/price-lists/standard", sessions.prices(*items)))
        return self

    def get(self, path: str, **params: Any) -> httpx2.Response:
        return self.http.get(path, params=params, headers=self._authorization())

    def put(self, path: str, body: Json, version: int | None = None) -> httpx2.Response:
        return self.http.put(path, json=body, headers=self._authorization(version))

    def delete(self, path: str, version: int) -> httpx2.Response:
        return self.http.delete(path, headers=self._authorization(version))

    def patch(self, path: str, body: Json, version: int | None) -> httpx2.Response:
        return self.http.patch(path, json=body, headers=self._authorization(version))

    def post(self, path: str, version: int | None = None, body: Json | None = None) -> httpx2.Response:
        """With the version in If-Match, if there is one."""
        return self.http.post(path, json=body, headers=self._authorization(version))

    def invoice_id(self, session_id: str = "ses-1") -> str:
        return invoice_id_of(self.clinic, session_id)

    def read(self, session_id: str = "ses-1") -> Json:
        return body_of(self.get(f"/invoices/{self.invoice_id(session_id)}"))

    def session(
        self, session_id: str = "ses-1", version: int = 1, kind: type[SessionBody] = SessionCompleted, **changes: Any
    ) -> SessionBody:
        patient = {**self.patient, **changes.pop("patient", {})}
        body = sessions.session(self.clinic, session_id, patient=patient, version=version, **changes)
        return kind.model_validate(body)

    def corrected(self, session_id: str = "ses-1", version: int = 2, **changes: Any) -> SessionBody:
        return self.session(session_id, version, SessionCorrected, **changes)

    def voided(self, session_id: str = "ses-1", version: int = 2, **changes: Any) -> SessionVoided:
        body = {"session_id": session_id, "clinic_id": self.clinic, "version": version, **self.patient}
        return SessionVoided.model_validate({**body, "reason": "noted twice", **changes})

    def hears(self, *events: Event | Message) -> None:
        publish(self.kafka, *(e if isinstance(e, Message) else sealed(e) for e in events))

    def drafted(self, session_id: str = "ses-1", **changes: Any) -> Json:
        """The draft of a session."""
        self.hears(self.session(session_id, **changes))
        return self.until_version(1, session_id)

    def finalized(self, session_id: str = "ses-1", **changes: Any) -> Json:
        draft = self.drafted(session_id, **changes)
        return body_of(self.post(f"/invoices/{draft['invoice_id']}/finalize", draft["version"]))

    def until_version(self, version: int, session_id: str = "ses-1") -> Json:
        """The invoice of a session, once it has at least this version."""
        path = f"/invoices/{self.invoice_id(session_id)}"
        answer = until(lambda: self.get(path), lambda a: a.status_code == 200 and a.json()["version"] >= version)
        return body_of(answer)

    def payment(self, amount: int, session_id: str | None = "ses-1", **changes: Any) -> PaymentReceived:
        """A settled transfer for the invoice of the session."""
        currency = changes.get("currency", "EUR")
        money = {"amount_minor": amount, "currency": currency}
        body = {
            "payment_id": f"pay_{uuid4().hex}",
            "clinic_id": self.clinic,
            "patient_id": self.patient["patient_id"],
            "invoice_id": self.invoice_id(session_id) if session_id else None,
            "version": 1,
            "method": "bank_transfer",
            "status": "settled",
            "currency": currency,
            "amount": money,
            "refunded": {**money, "amount_minor": 0},
            "settled": money,
            "received_at": AT,
            "changed_at": AT,
            "changed_by": {"actor_id": "usr-front-desk", "role": "front_desk"},
        }
        return PaymentReceived.model_validate({**body, **changes})

    def balance(self, patient_id: str = "pat-77") -> Json:
        return body_of(self.get(f"/clinics/{self.clinic}/patients/{patient_id}/balance"))

    def until_balance(self, balance: int, patient_id: str = "pat-77") -> Json:
        """The account, once it has this balance in its only currency."""

        path = f"/clinics/{self.clinic}/patients/{patient_id}/balance"

        def is_it(answer: httpx2.Response) -> bool:
            balances = answer.json().get("balances", ())
            return [b["balance"]["amount_minor"] for b in balances] == [balance]

        return body_of(until(lambda: self.get(path), is_it))

    def all_invoices(self, **params: Any) -> list[Json]:
        """Those of the clinic, newest first, through all the pages."""
        items: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            page = body_of(
                self.get("/invoices", **{"clinic_id": self.clinic, "limit": 200, "cursor": cursor, **params})
            )
            items += page["items"]
            cursor = page["next_cursor"]
        return items

    def events(self, version: int, session_id: str = "ses-1") -> list[PublishedEvent]:
        """What was said about the invoice of a session, up to the version."""
        return published(self.kafka, INVOICES.name, self.invoice_id(session_id), version)

    def account_events(self, version: int, patient_id: str = "pat-77") -> list[PublishedEvent]:
        return published(self.kafka, ACCOUNTS.name, account_id_of(self.clinic, patient_id), version)

    def rejected(self, subject: str) -> dict[str, bytes | None]:
        """The headers of the first dead letter about the subject."""
        wanted = subject.encode()
        letters = read(
            self.kafka, dead_letter("invoicing"), lambda found: dict(found[-1].headers).get("ce_subject") == wanted
        )
        return dict(letters[-1].headers)

    def _authorization(self, version: int | None = None) -> dict[str, str]:
        token = _token(self.issuer, self.role, self.token_for or (self.clinic,))
        match = {} if version is None else {"If-Match": f'"{version}"'}
        return {"Authorization": f"Bearer {token}", **match}


@cache
def _token(issuer: TokenIssuer, role: str, clinics: tuple[str, ...]) -> str:
    return issuer.mint(role, *clinics)


def refunded(payment: Payment, amount: int) -> PaymentRefunded:
    """The payment's next version, with so much of it gone back."""
    left = payment.settled.amount_minor - amount
    changed = {
        "version": payment.version + 1,
        "status": "partly_refunded",
        "refunded": {"amount_minor": amount, "currency": payment.currency},
        "settled": {"amount_minor": left, "currency": payment.currency},
    }
    return PaymentRefunded.model_validate({**payment.model_dump(), **changed})


def body_of(answer: httpx2.Response, status: int = 200) -> Json:
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and stable code of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def money(amount_minor: int, currency: str = "EUR") -> Json:
    return {"amount_minor": amount_minor, "currency": currency}
