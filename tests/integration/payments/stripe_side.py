"""Stripe's side of a test: the patient with the card, the bank, and what Stripe has on its books."""

from dataclasses import dataclass
from typing import Any

import httpx2

SECRET = "whsec_test_of_payments"
"""With which webhooks are signed."""
Json = dict[str, Any]


@dataclass
class StripeSide:
    """Calls the sandbox as Stripe's own library, browser or dashboard would."""

    http: httpx2.Client

    def enter_card(self, client_secret: str, card: str = "pm_card_visa") -> httpx2.Response:
        """As the browser does, which has nothing but the client secret."""
        intent_id = client_secret.partition("_secret_")[0]
        data = {"payment_method": card, "client_secret": client_secret}
        return self.http.post(f"/v1/payment_intents/{intent_id}/confirm", data=data, headers=_key("pk_test_x"))

    def confirm(self, intent_id: str, card: str = "pm_card_visa") -> None:
        self._post(f"/v1/payment_intents/{intent_id}/confirm", payment_method=card)

    def pay_on_page(self, url: str, number: str = "4242424242424242") -> httpx2.Response:
        """As the patient does, who was sent the link of a Checkout page."""
        return self.http.post(url, data={"number": number, "exp": "12/34", "cvc": "123", "email": "pat@example.org"})

    def pages_of(self, payment_id: str) -> list[Json]:
        found = self._get("/v1/checkout/sessions", limit=100)
        return [session for session in found if session["client_reference_id"] == payment_id]

    def expire_page(self, session_id: str) -> None:
        """As somebody with access to the dashboard does, or as a day does."""
        self._post(f"/v1/checkout/sessions/{session_id}/expire")

    def authenticate(self, intent_id: str, outcome: str = "succeeded") -> None:
        """The cardholder answers their bank's question whether it is them."""
        self._tell(f"/sandbox/payment_intents/{intent_id}/authenticate", outcome=outcome)

    def settle(self, intent_id: str, outcome: str = "succeeded") -> None:
        """The bank answers what was left processing."""
        self._tell(f"/sandbox/payment_intents/{intent_id}/settle", outcome=outcome)

    def enter_kept_card(self, client_secret: str, card: str = "pm_card_visa") -> None:
        """As the browser does; the patient answers their bank where it asks."""
        setup_id = client_secret.partition("_secret_")[0]
        data = {"payment_method": card, "client_secret": client_secret}
        path = f"/v1/setup_intents/{setup_id}/confirm"
        answer = self.http.post(path, data=data, headers=_key("pk_test_x")).raise_for_status()
        if answer.json()["status"] == "requires_action":
            self.http.post(f"/sandbox/setup_intents/{setup_id}/authenticate").raise_for_status()

    def payment_method(self, method_id: str) -> Json:
        found: Json = self.http.get(f"/v1/payment_methods/{method_id}", headers=_key("sk_test_x")).json()
        return found

    def customers(self) -> list[Json]:
        return self._get("/v1/customers", limit=100)

    def setup(self, client_secret: str) -> Json:
        setup_id = client_secret.partition("_secret_")[0]
        found: Json = self.http.get(f"/v1/setup_intents/{setup_id}", headers=_key("sk_test_x")).json()
        return found

    def cancel(self, intent_id: str) -> None:
        self._post(f"/v1/payment_intents/{intent_id}/cancel")

    def refund(self, intent_id: str, amount: int) -> None:
        """As somebody with access to the dashboard does."""
        self._post("/v1/refunds", payment_intent=intent_id, amount=amount)

    def settle_refund(self, refund_id: str, outcome: str) -> None:
        self._tell(f"/sandbox/refunds/{refund_id}/settle", outcome=outcome)

    def disputes_of(self, intent_id: str) -> list[Json]:
        return self._get("/v1/disputes", payment_intent=intent_id)

    def dispute(self, intent_id: str, **params: Any) -> str:
        """The cardholder's bank takes the money back, or (inquiry) asks first; the dispute's id.

        `prevented`: block or resolution; `currency` and `charged`: the cardholder's, and the whole charge in it.
        """
        [charge] = [made for made in self.charges_of(intent_id) if made["status"] == "succeeded"]
        return str(self._tell(f"/sandbox/charges/{charge['id']}/dispute", **params)["id"])

    def close_dispute(self, dispute_id: str, outcome: str) -> None:
        self._tell(f"/sandbox/disputes/{dispute_id}/close", outcome=outcome)

    def escalate_dispute(self, dispute_id: str) -> None:
        self._tell(f"/sandbox/disputes/{dispute_id}/escalate")

    def appeal_dispute(self, dispute_id: str) -> None:
        """What was lost goes to the card network once more."""
        self._tell(f"/sandbox/disputes/{dispute_id}/appeal")

    def withdraw_dispute(self, dispute_id: str) -> None:
        """The cardholder takes back what they have won already."""
        self._tell(f"/sandbox/disputes/{dispute_id}/withdraw")

    def pay_out(self, **params: Any) -> Json:
        """All that is available goes to the bank."""
        return self._tell("/sandbox/payouts", **params)

    def settle_payout(self, payout_id: str, outcome: str = "succeeded") -> None:
        self._tell(f"/sandbox/payouts/{payout_id}/settle", outcome=outcome)

    def foreign_intent(self, metadata: dict[str, str]) -> str:
        """Of another system on the same account."""
        tags = {f"metadata[{name}]": value for name, value in metadata.items()}
        more = {"automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never"}
        return str(self._post("/v1/payment_intents", amount=5_000, currency="eur", **tags, **more)["id"])

    def faults(self, **faults: Any) -> None:
        self.http.post("/sandbox/faults", json=faults).raise_for_status()

    def forget_keys(self) -> None:
        self.http.post("/sandbox/forget_idempotency_keys").raise_for_status()

    def intents_of(self, payment_id: str) -> list[Json]:
        return self._get("/v1/payment_intents/search", query=f"metadata['payment_id']:'{payment_id}'")

    def all_intents(self) -> list[Json]:
        """The newest first."""
        found: list[Json] = []
        while page := self._get(
            "/v1/payment_intents", limit=100, **({"starting_after": found[-1]["id"]} if found else {})
        ):
            found += page
        return found

    def charges_of(self, intent_id: str) -> list[Json]:
        return self._get("/v1/charges", payment_intent=intent_id)

    def refunds_of(self, intent_id: str) -> list[Json]:
        return self._get("/v1/refunds", payment_intent=intent_id)

    def events_of(self, intent_id: str) -> list[Json]:
        """Those that are about the intent itself, oldest first."""
        found = self._get("/v1/events", limit=100)
        return [event for event in reversed(found) if event["data"]["object"]["id"] == intent_id]

    def all_events_of(self, intent_id: str) -> list[Json]:
        """Those that are about the intent, its charges, refunds and disputes, oldest first."""
        found = self._get("/v1/events", limit=100)
        about = [(event, event["data"]["object"]) for event in reversed(found)]
        return [event for event, thing in about if intent_id in (thing["id"], thing.get("payment_intent"))]

    def resend(self, event_id: str) -> None:
        self.http.post(f"/sandbox/events/{event_id}/resend").raise_for_status()

    def pending_webhooks(self) -> int:
        pending: int = self.http.get("/sandbox/health").raise_for_status().json()["pending_webhooks"]
        return pending

    def _tell(self, path: str, **params: Any) -> Json:
        answer: Json = self.http.post(path, data=params).raise_for_status().json()
        return answer

    def _get(self, path: str, **params: Any) -> list[Json]:
        answer = self.http.get(path, params=params, headers=_key("sk_test_x")).raise_for_status()
        found: list[Json] = answer.json()["data"]
        return found

    def _post(self, path: str, **data: Any) -> Json:
        answer: Json = self.http.post(path, data=data, headers=_key("sk_test_x")).raise_for_status().json()
        return answer


def _key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
