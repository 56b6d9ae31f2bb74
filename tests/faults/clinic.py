"""A clinic at work while things break: its front desk asks again, with the same key, until it is answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
from invoicing.domain.drafts.drafting import invoice_id_of

from contracts.envelope import Message
from tests.faults.sessions import CODES, SKUS, Session
from tests.faults.stage import Stage
from tests.faults.topics import Written
from tests.integration.payments.stripe_side import StripeSide
from tests.parts.statements import Moved

Json = dict[str, Any]
EUR = "EUR"
TILL = "till-1"
DAY = "2026-11-20"
FLOAT_MINOR = 10_000
NOT_YET = {"invoice-unknown", "invoice-not-finalized", "register-not-open", "not-found"}
"""Refusals by a copy that the news did not reach yet."""
CLINIC_BODY = {"name": "Zahnarztpraxis am Park", "currency": EUR, "time_zone": "Europe/Berlin", "price_list_id": "std"}
PRICES_BODY = {
    "currency": EUR,
    "periods": [
        {
            "valid_from": "2026-01-01",
            "items": [
                *(
                    {
                        "code": code,
                        "system": "http://www.ada.org/cdt",
                        "unit_price_minor": 8_500,
                        "tax_category": "E",
                        "exemption_reason": "VAT exempt, Article 132(1)(c) Directive 2006/112/EC",
                    }
                    for code in CODES
                ),
                *(
                    {"code": sku, "unit": "g", "unit_price_minor": 335, "tax_category": "S", "tax_rate": "19"}
                    for sku in SKUS
                ),
            ],
        }
    ],
}


def money(amount_minor: int) -> Json:
    return {"amount_minor": amount_minor, "currency": EUR}


@dataclass
class Answered:
    """What the desk was told: from then on it must be on the books."""

    numbers: dict[str, str] = field(default_factory=dict)
    payments: list[str] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    commands: int = 0


@dataclass
class Clinic:
    """Calls with the roles that it takes."""

    stage: Stage
    clinic_id: str
    answered: Answered = field(default_factory=Answered)
    keys: int = 0

    def open(self) -> None:
        """Profile, prices, and a till with a float."""
        self.ask("invoicing", "PUT", f"/clinics/{self.clinic_id}", CLINIC_BODY)
        self.ask("invoicing", "PUT", f"/clinics/{self.clinic_id}/price-lists/std", PRICES_BODY)
        self.open_till()

    def open_till(self, register: str = TILL) -> None:
        today = datetime.now(ZoneInfo(CLINIC_BODY["time_zone"])).date().isoformat()
        day = {"clinic_id": self.clinic_id, "date": today, "currency": EUR, "opening": money(FLOAT_MINOR)}
        self.ask("cash-register", "POST", f"/registers/{register}/days", day)

    def close_till(self, register: str) -> None:
        """One with nothing but its float in it."""
        today = datetime.now(ZoneInfo(CLINIC_BODY["time_zone"])).date().isoformat()
        path = f"/registers/{register}/days/{today}/close?clinic_id={self.clinic_id}"
        self.ask("cash-register", "POST", path, {"counted": money(FLOAT_MINOR)})

    def is_of(self, record: Written) -> bool:
        """Whether a record is about this clinic."""
        return (record.key or b"").startswith(f"{self.clinic_id}/".encode())

    def publish(self, messages: Sequence[Message]) -> None:
        self.stage.topics.publish(messages)

    def until_drafted(self, visits: Collection[Session]) -> None:
        """All of these have an invoice."""
        wanted = {"_id": {"$in": [self.invoice_id(session) for session in visits]}}
        invoices = self.stage.database("invoicing")["invoices"]
        self.stage.until(
            lambda: invoices.count_documents(wanted), lambda found: found == len(wanted["_id"]["$in"]), "drafts"
        )

    def invoice_id(self, session: Session) -> str:
        return invoice_id_of(session.clinic, session.session_id)

    def invoice(self, session: Session) -> Json:
        return self.ask("invoicing", "GET", f"/invoices/{self.invoice_id(session)}")

    def finalize(self, session: Session) -> Json:
        """The invoice with its number. An answer that got lost is found by looking."""
        return self._finalized(self.invoice_id(session))

    def _finalized(self, invoice_id: str) -> Json:
        path = f"/invoices/{invoice_id}"

        def once() -> httpx2.Response:
            seen = self._send("invoicing", "GET", path)
            if seen.status_code != 200 or seen.json()["number"] is not None:
                return seen
            return self._send(
                "invoicing", "POST", f"{path}/finalize", headers={"If-Match": f'"{seen.json()["version"]}"'}
            )

        invoice = self._insist(once, f"finalize {path}", again={412, 404})
        self.answered.numbers[invoice["invoice_id"]] = invoice["number"]
        return invoice

    def credit(self, invoice: Json, line_id: str) -> Json:
        """A credit note of a line. Asked for once more with the same key, it is the same one."""
        body = {"reason": "guarantee", "lines": [{"line_id": line_id}]}
        return self._of_version(invoice["invoice_id"], "credit-notes", body)

    def write_off(self, invoice: Json) -> Json:
        return self._of_version(invoice["invoice_id"], "write-off", {"reason": "moved away"})

    def decide(self, invoice: Json, proposal: Json, what: str) -> Json:
        """What came of it: the draft of a supplement, a credit note, or the invoice without the proposal."""
        path = f"proposals/{proposal['proposal_id']}/{what}"
        return self._of_version(invoice["invoice_id"], path, {"reason": "as the session says"})

    def finalize_supplement(self, draft: Json) -> Json:
        return self._finalized(draft["invoice_id"])

    def until_proposed(self, session: Session) -> Json:
        """The invoice of a session that said something else, with what is proposed."""
        return self.stage.until(lambda: self.invoice(session), lambda seen: bool(seen["proposals"]), "a proposal")

    def _of_version(self, invoice_id: str, what: str, body: Json) -> Json:
        """As it is now; when it changed meanwhile, it is looked at again, and asked with another key."""
        path = f"/invoices/{invoice_id}"
        key = ""

        def once() -> httpx2.Response:
            nonlocal key
            if not key:
                self.keys += 1
                seen = self._send("invoicing", "GET", path)
                if seen.status_code != 200:
                    return seen
                key = f"{self.clinic_id}-{self.keys}"
                headers.update({"If-Match": f'"{seen.json()["version"]}"', "Idempotency-Key": key})
            answer = self._send("invoicing", "POST", f"{path}/{what}", body, headers)
            key = "" if answer.status_code == 412 else key
            return answer

        headers: dict[str, str] = {}
        return self._insist(once, f"{what} of {invoice_id}", again={412})

    def pay_cash(self, invoice: Json, amount_minor: int) -> Json:
        body = {"method": "cash", "register_id": TILL, "tendered": money(amount_minor), **_for(invoice, amount_minor)}
        return self._paid(self.ask("payments", "POST", "/payments", body))

    def pay_by_transfer(self, invoice: Json, amount_minor: int) -> Json:
        body = {"method": "bank_transfer", "reference": "RF18539007547034", "received_on": DAY}
        return self._paid(self.ask("payments", "POST", "/payments", {**body, **_for(invoice, amount_minor)}))

    def pay_by_card(self, invoice: Json, amount_minor: int) -> Json:
        """Settled when it returns."""
        started = self.ask("payments", "POST", "/card-payments", _for(invoice, amount_minor))
        payment = self._paid(started["payment"])
        StripeSide(self.stage.stripe_http).enter_card(started["client_secret"]).raise_for_status()
        path = f"/payments/{payment['payment_id']}"
        return self.stage.until(
            lambda: self.ask("payments", "GET", path), lambda seen: seen["status"] == "settled", "card payment"
        )

    def refund(self, payment: Json, amount_minor: int) -> Json:
        register = {"register_id": TILL} if payment["method"] == "cash" else {}
        body = {"amount": money(amount_minor), "reason": "crown not fitted", **register}
        return self.ask("payments", "POST", f"/payments/{payment['payment_id']}/refunds", body)

    def send_statement(self, content: bytes, service: str = "payments") -> Json:
        """The file to a process of payments, until it is answered: it has no key, its content is one."""
        asked = {"clinic_id": self.clinic_id, "format": "camt.053"}

        def once() -> httpx2.Response:
            url = f"{self.stage.services[service].url}/bank-statements"
            return self.stage.http.post(url, content=content, params=asked, headers=self._authorization, timeout=60)

        return self._insist(once, "POST /bank-statements")

    def send_by_mail(self, invoice: Json) -> None:
        self.ask("documents", "POST", f"/invoices/{invoice['invoice_id']}/send")

    def ask(self, service: str, method: str, path: str, body: Json | None = None) -> Json:
        """The answer, however often the service dies before it gives one."""
        self.keys += 1
        headers = {"Idempotency-Key": f"{self.clinic_id}-{self.keys}"} if method == "POST" else {}
        return self._insist(lambda: self._send(service, method, path, body, headers), f"{method} {path}")

    def _insist(self, once: Any, what: str, again: Collection[int] = ()) -> Json:
        def look() -> httpx2.Response | str:
            try:
                return once()  # type: ignore[no-any-return]
            except httpx2.TransportError as error:
                return repr(error)

        def answered(seen: httpx2.Response | str) -> bool:
            if isinstance(seen, str) or seen.status_code >= 500 or seen.status_code in again:
                return False
            return seen.status_code < 400 or seen.json().get("code") not in NOT_YET

        seen = self.stage.until(look, answered, what)
        assert isinstance(seen, httpx2.Response)
        assert seen.status_code < 400, f"{what}: {seen.status_code} {seen.text}"
        answer: Json = seen.json()
        return answer

    def _send(
        self, service: str, method: str, path: str, body: Json | None = None, headers: Json | None = None
    ) -> httpx2.Response:
        url = f"{self.stage.services[service].url}{path}"
        return self.stage.http.request(method, url, json=body, headers={**self._authorization, **(headers or {})})

    @cached_property
    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stage.tokens.mint('billing_manager', self.clinic_id)}"}

    def _paid(self, payment: Json) -> Json:
        self.answered.payments.append(payment["payment_id"])
        return payment


def _for(invoice: Json, amount_minor: int) -> Json:
    names = ("clinic_id", "patient_id", "invoice_id")
    return {**{name: invoice[name] for name in names}, "amount": money(amount_minor)}
