"""A patient's instalments and card on file, in the hands of a test; the day on which a card is charged is let come."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pymongo

from tests.integration.payments.conftest import Settings
from tests.integration.payments.desk import Desk, Json, body_of, money
from tests.parts.patience import until
from tests.parts.wire import published

CONSENT = {"text_version": "card-consent-2026-01", "given_by": "patient"}
TODAY = datetime.now(UTC).date()
FAR = TODAY + timedelta(days=300)


@dataclass
class Plan:
    """One invoice of 100.00 in two parts: 40.00 that is due today, 60.00 that is due much later."""

    desk: Desk
    settings: Settings

    def body(self, **changes: object) -> Json:
        return {"clinic_id": self.desk.clinic, "patient_id": "pat-77", "consent": CONSENT, **changes}

    def keep(self, card: str = "pm_card_visa") -> Json:
        """A card that the patient entered at the desk, once it is active."""
        started = body_of(self.desk.post("/cards-on-file", self.body()), 201)
        self.desk.stripe.enter_kept_card(started["client_secret"], card)
        return self.until_card(started["card"]["card_id"], "active")

    def until_card(self, card_id: str, status: str) -> Json:
        path = f"/cards-on-file/{card_id}"
        return until(lambda: body_of(self.desk.get(path), 200), lambda card: card["status"] == status)

    def invoice(self, first: int = 4_000, rest: int = 6_000, due_on: date = TODAY) -> str:
        return self.desk.known_invoice(due=first + rest, instalments=self.parts(first, rest, due_on))

    def parts(self, first: int = 4_000, rest: int = 6_000, due_on: date = TODAY) -> list[Json]:
        """As invoicing tells them."""
        parts = [(1, due_on, first), (2, FAR, rest)]
        return [{"number": n, "due_on": str(on), "amount": money(amount)} for n, on, amount in parts]

    def charges(self) -> list[Json]:
        items: list[Json] = body_of(self.desk.get("/card-charges", patient_id="pat-77"), 200)["items"]
        return items

    def announced(self) -> Json:
        """The only charge, once it was announced."""
        [charge] = until(self.charges, bool)
        return charge

    def until_charge(self, charge_id: str, status: str, attempts: int | None = None) -> Json:
        def found() -> Json:
            [charge] = [listed for listed in self.charges() if listed["charge_id"] == charge_id]
            return charge

        return until(found, lambda c: c["status"] == status and attempts in (None, c["attempts"]))

    def let_day_come(self, charge_id: str) -> None:
        """The worker finds it due."""
        with pymongo.MongoClient[Json](self.settings["MONGO_URI"]) as mongo:
            rows = mongo[self.settings["MONGO_DATABASE"]]["card_charges"]
            past = datetime.now(UTC) - timedelta(seconds=1)
            assert rows.update_one({"_id": charge_id}, {"$set": {"due_at": past}}).matched_count == 1

    def payments(self) -> list[Json]:
        items: list[Json] = body_of(self.desk.get("/payments", method="card"), 200)["items"]
        return items

    def published(self, charge: Json) -> list[tuple[str, str]]:
        """Type and state of what was published of a charge."""
        version = charge["version"]
        events = published(self.desk.kafka, "payments.payments", charge["charge_id"], version)
        return [(event.type, event.body["status"]) for event in events]
