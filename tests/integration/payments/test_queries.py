"""Every query of payments is answered by an index, in its order: they are heard from the service itself."""

import json
from uuid import uuid4

import httpx2
import pytest
from payments.app import build
from payments.settings import PaymentsSettings
from payments.store import INDEXES

from dev.parts.kafka import EmbeddedKafka
from dev.parts.tokens import TokenIssuer
from tests.integration.payments.desk import AT, Desk, Json, money
from tests.integration.payments.stripe_side import StripeSide
from tests.parts.asking import ask_everything, heard, refuse_scans
from tests.parts.patience import soon
from tests.parts.statements import Moved, camt, mt940
from tests.parts.wire import publish_soon, sealed

pytestmark = pytest.mark.any_broker

CLINIC, OTHER = "clinic-asked", "clinic-other"
CALLERS = ((CLINIC,), (CLINIC, OTHER), ("*",))
REFERENCE = "RF18539007547034"
VALUES = {
    "clinic_id": CLINIC,
    "patient_id": "pat-77",
    "invoice_id": "inv-1",
    "method": "cash",
    "status": "settled",
    "payment_id": "pay-1",
    "transaction_id": "trn-1",
    "awaiting_approval": "true",
    "refund_unseen": "true",
    "card_id": "crd-1",
    "payout_id": "po_1",
    "bank_statement_id": "bst-1",
    "date": "2026-11-20",
    "from": "2026-11-20",
    "to": "2026-11-21",
}
"""For every parameter of every GET route; one that has no value here, and is not required, is left out."""


@pytest.fixture
def own_settings(settings: dict[str, str], own_kafka: EmbeddedKafka) -> dict[str, str]:
    return {**settings, "KAFKA": own_kafka.bootstrap, "MONGO_DATABASE": f"test_{uuid4().hex[:12]}"}


async def test_every_query_is_answered_by_an_index_in_its_order(
    own_settings: dict[str, str], issuer: TokenIssuer, stripe_side: StripeSide
) -> None:
    async with heard(build, PaymentsSettings, own_settings) as (app, http, listener):
        filling = _Filling(http, own_settings["KAFKA"], issuer, stripe_side)
        await filling.pay()
        await filling.hear_from_the_bank()
        await filling.keep_a_card()
        await ask_everything(http, app, VALUES, issuer, CALLERS)
        for status in ("matched", "imported"):  # of bank transactions and statements; "settled" is of payments
            await ask_everything(http, app, {**VALUES, "status": status}, issuer, CALLERS, taking="status")
    refuse_scans(own_settings, INDEXES, listener, at_least=30)


class _Filling:
    """What people, Stripe and the bank do at two clinics."""

    def __init__(self, http: httpx2.AsyncClient, kafka: str, issuer: TokenIssuer, stripe: StripeSide) -> None:
        self._http = http
        self._kafka = kafka
        self._stripe = stripe
        self._token = {"Authorization": f"Bearer {issuer.mint('billing_manager', '*')}"}
        self._desks = [Desk(httpx2.Client(verify=False), kafka, issuer, stripe, clinic) for clinic in (CLINIC, OTHER)]

    async def pay(self) -> None:
        """In all three ways, and something back."""
        for nth, desk in enumerate(self._desks, 1):
            invoice = desk.invoice(invoice_id=f"inv-{nth}", payment_reference=REFERENCE, number=f"B-{nth}")
            await publish_soon(self._kafka, sealed(desk.day()), sealed(invoice))

            async def is_known(desk: Desk = desk, nth: int = nth) -> bool:
                answer = await self._post("/payments", desk.cash(100, invoice_id=f"inv-{nth}"))
                return answer.status_code == 201

            await soon(is_known)
            for body in (desk.cash(200), desk.transfer(300), desk.transfer(400)):
                payment = (await self._post("/payments", body, 201)).json()
            await self._post(f"/payments/{payment['payment_id']}/refunds", {"amount": payment["amount"], "reason": "x"})
            started = (await self._post("/card-payments", desk.card(500), 201)).json()
            self._stripe.enter_card(started["client_secret"]).raise_for_status()
            await self._until(f"/payments/{started['payment']['payment_id']}", "settled")

    async def keep_a_card(self) -> None:
        """Have an instalment announced for it, and take another one back."""
        for desk in self._desks:
            body = {"clinic_id": desk.clinic, "patient_id": "pat-78", "consent": {"text_version": "1"}}
            kept = (await self._post("/cards-on-file", body, 201)).json()
            self._stripe.enter_kept_card(kept["client_secret"])
            await self._until(f"/cards-on-file/{kept['card']['card_id']}", "active")
            part = {"number": 1, "due_on": str(AT.date()), "amount": money(700)}
            buyer = {"patient_id": "pat-78", "name": "Ole Øster"}
            invoice = desk.invoice(due=700, instalments=[part], patient_id="pat-78", buyer=buyer)
            await publish_soon(self._kafka, sealed(invoice))

            async def is_announced(desk: Desk = desk) -> bool:
                answer = await self._http.get("/card-charges", params={"clinic_id": desk.clinic}, headers=self._token)
                return bool(answer.json()["items"])

            await soon(is_announced)
            gone = (await self._post("/cards-on-file", body, 201)).json()["card"]["card_id"]
            answer = await self._http.delete(f"/cards-on-file/{gone}", headers=self._token)
            assert answer.status_code == 200, answer.text

    async def hear_from_the_bank(self) -> None:
        """One transfer that is matched by itself, one by hand and taken back, one set aside."""
        moves = [Moved(1_000, reference=REFERENCE), Moved(777, "who knows"), Moved(888, "nobody"), Moved(-5, iban=None)]
        for desk in self._desks:
            await self._upload(desk.clinic, camt(moves), "camt.053")

            async def is_worked_off(clinic: str = desk.clinic) -> bool:
                return not await self._transactions(clinic, "new")

            await soon(is_worked_off)
            by_amount = {
                transaction["amount"]["amount_minor"]: transaction
                for transaction in await self._transactions(desk.clinic)
            }
            path = f"/bank-transactions/{by_amount[777]['transaction_id']}"
            share = {"patient_id": "pat-77", "amount": by_amount[777]["amount"]}
            await self._post(f"{path}/match", {"shares": [share], "allow_credit": True}, 200)
            await self._post(f"{path}/unmatch", {"reason": "x"}, 200)
            aside = f"/bank-transactions/{by_amount[888]['transaction_id']}/set-aside"
            await self._post(aside, {"reason": "x"}, 200)
            for content, format_ in ((camt([*moves, Moved(9)]), "camt.053"), (mt940(moves), "mt940")):
                await self._upload(desk.clinic, content, format_)
            for rows in ("2026-11-20,1.00,a", "2026-11-20,1.00,a\n2026-11-20,2.00,b"):
                await self._upload(desk.clinic, f"d,a,t\n{rows}".encode(), "csv")
            later = desk.invoice(invoice_id=f"inv-later-{desk.clinic}", number="B-77", payment_reference="RF712348231")
            await publish_soon(self._kafka, sealed(later))

    async def _upload(self, clinic: str, content: bytes, format_: str) -> None:
        columns = {"account": "1", "currency": "EUR", "booked_on": "d", "amount": "a", "text": "t"}
        params = {"clinic_id": clinic, "format": format_, "columns": json.dumps(columns)}
        taken = await self._http.post("/bank-statements", content=content, params=params, headers=self._token)
        assert taken.status_code == 201, taken.text

    async def _transactions(self, clinic: str, status: str | None = None) -> list[Json]:
        params = {"clinic_id": clinic} | ({"status": status} if status else {})
        answer = await self._http.get("/bank-transactions", params=params, headers=self._token)
        items: list[Json] = answer.raise_for_status().json()["items"]
        return items

    async def _until(self, path: str, status: str) -> None:
        async def is_it() -> bool:
            return bool((await self._http.get(path, headers=self._token)).json()["status"] == status)

        await soon(is_it)

    async def _post(self, path: str, body: Json, status: int | None = None) -> httpx2.Response:
        answer = await self._http.post(path, json=body, headers={**self._token, "Idempotency-Key": uuid4().hex})
        assert status in (None, answer.status_code), answer.text
        return answer
