"""How patients pay: cash over the counter, by bank transfer, by card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import httpx2

from dev.calls import Caller, Deadline, Json, money
from dev.demo.people import CLINIC

# The service hears of invoices and of the register's day over topics, a moment after they are there.
NOT_HEARD_YET = ("invoice-unknown", "invoice-not-finalized", "register-not-open")
NOTE_MINOR = 1_000
VISA, MASTERCARD = "4242424242424242", "5555555555554444"
NO_MONEY, DECLINED = "4000000000009995", "4000000000000002"


@dataclass(frozen=True)
class Counter:
    """The front desk with its till, and the card terminal's way to Stripe."""

    desk: Caller
    till: str
    today: date
    stripe_api: str

    def cash(self, invoice: Json, amount_minor: int) -> Json:
        """Handed over in notes, so there is change."""
        tendered = -(-amount_minor // NOTE_MINOR) * NOTE_MINOR
        body = {"method": "cash", "register_id": self.till, "tendered": money(tendered, invoice["currency"])}
        return self._take("/payments", invoice, amount_minor, body)

    def transfer(self, invoice: Json, amount_minor: int) -> Json:
        body = {"method": "bank_transfer", "reference": invoice["number"], "received_on": self.today.isoformat()}
        return self._take("/payments", invoice, amount_minor, body)

    def card(self, invoice: Json, amount_minor: int, cards: Sequence[str] = (VISA,)) -> tuple[Json, list[str]]:
        """The payment, and what the bank said to each card that it declined. Stripe tells of the money later."""
        started = self._take("/card-payments", invoice, amount_minor, {})
        declines = [said for card in cards if (said := self._enter(started["client_secret"], card))]
        payment: Json = started["payment"]
        return payment, declines

    def refund(self, manager: Caller, payment: Json, amount_minor: int, reason: str) -> Json:
        """Cash out of the till."""
        body = {
            "amount": money(amount_minor, payment["currency"]),
            "reason": reason,
            "register_id": self.till,
        }
        return manager.post("payments", f"/payments/{payment['payment_id']}/refunds", body)

    def _take(self, path: str, invoice: Json, amount_minor: int, body: Json) -> Json:
        whose = {
            "clinic_id": CLINIC,
            "patient_id": invoice["patient_id"],
            "invoice_id": invoice["invoice_id"],
            "amount": money(amount_minor, invoice["currency"]),
        }
        return self.desk.post("payments", path, {**whose, **body}, until_not=NOT_HEARD_YET)

    def _enter(self, client_secret: str, card: str) -> str:
        """As Stripe.js does in the patient's browser; returns why it was declined, "" when it was not."""
        intent_id = client_secret.partition("_secret_")[0]
        entered = {
            "client_secret": client_secret,
            "payment_method_data[type]": "card",
            "payment_method_data[card][number]": card,
            "payment_method_data[card][exp_month]": "12",
            "payment_method_data[card][exp_year]": str(self.today.year + 2),
            "payment_method_data[card][cvc]": "123",
        }
        answer = self._confirm(f"{self.stripe_api}/v1/payment_intents/{intent_id}/confirm", entered)
        if answer.status_code == httpx2.codes.PAYMENT_REQUIRED:
            return str(answer.json()["error"]["message"])
        answer.raise_for_status()
        return ""

    def _confirm(self, url: str, entered: dict[str, str]) -> httpx2.Response:
        """Asked again while Stripe is away: under the same key it does nothing twice. Raises NeverHappened."""
        headers = {"Authorization": "Bearer pk_test_chairside", "Idempotency-Key": uuid4().hex}
        return Deadline("an answer of Stripe").answer(
            lambda: httpx2.post(url, data=entered, headers=headers, timeout=30, trust_env=False, verify=False)
        )
