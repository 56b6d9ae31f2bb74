"""Every query of cash-register is answered by an index, in its order: they are heard from the service itself."""

from uuid import uuid4

import httpx2
from cash_register.app import build
from cash_register.domain.exports.vat import UNKNOWN
from cash_register.settings import CashRegisterSettings
from cash_register.store import INDEXES

from dev.parts.kafka import EmbeddedKafka
from dev.parts.tokens import TokenIssuer
from tests.integration.cash_register.invoices_and_clinics import in_berlin, paid_in_cash
from tests.integration.cash_register.till import TODAY, Till, eur, refunded
from tests.parts.asking import ask_everything, heard, refuse_scans
from tests.parts.patience import soon
from tests.parts.wire import publish_soon, sealed

CLINIC, REGISTER = "clinic-asked", "register-asked"
VALUES = {"clinic_id": CLINIC, "register_id": REGISTER, "date": TODAY, "from": TODAY, "to": TODAY}
"""For every parameter of every GET route; one that has no value here, and is not required, is left out."""
CALLERS = ((CLINIC,), (CLINIC, "clinic-other"), ("*",))


async def test_every_query_is_answered_by_an_index_in_its_order(
    mongo_uri: str, own_kafka: EmbeddedKafka, issuer: TokenIssuer
) -> None:
    settings = {
        "KAFKA": own_kafka.bootstrap,
        "MONGO_URI": mongo_uri,
        "MONGO_DATABASE": f"test_{uuid4().hex[:12]}",
        "JWKS_URL": issuer.jwks_url,
        "ISSUER": issuer.issuer,
        "RECKON_EVERY_S": "0.2",
    }
    async with heard(build, CashRegisterSettings, settings) as (app, http, listener):
        await _fill(http, own_kafka.bootstrap, issuer)
        await ask_everything(http, app, VALUES, issuer, CALLERS)
    refuse_scans(settings, INDEXES, listener, at_least=15)


def _tells_the_vat(report: httpx2.Response) -> bool:
    """Of some of what was taken: the invoice was heard."""
    return any(line["vat_key"] != UNKNOWN.number for line in report.json()["totals"]["taken_under_vat"])


async def _fill(http: httpx2.AsyncClient, kafka: str, issuer: TokenIssuer) -> None:
    """Cash that came before its day and after it, some of it returned; a day from its opening to its approval."""
    till = Till(httpx2.Client(verify=False), kafka, issuer, CLINIC, REGISTER)
    early, late = till.payment(5_000), till.payment(2_500)
    days = f"/registers/{REGISTER}/days"

    async def post(path: str, body: object = None) -> None:
        headers = {
            "Authorization": f"Bearer {issuer.mint('billing_manager', CLINIC)}",
            "Idempotency-Key": uuid4().hex,
        }
        params = {} if path == days else {"clinic_id": CLINIC}
        answer = await http.post(path, json=body, params=params, headers=headers)
        assert answer.status_code in (200, 201), answer.text

    async def read(path: str, **params: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {issuer.mint('auditor', CLINIC)}"}
        return await http.get(path, params=params or {"clinic_id": CLINIC}, headers=headers)

    settings = {"name": "Asked", "currency": "EUR"}
    headers = {"Authorization": f"Bearer {issuer.mint('billing_manager', CLINIC)}"}
    params = {"clinic_id": CLINIC}
    put = await http.put(f"/registers/{REGISTER}", json=settings, params=params, headers=headers)
    assert put.status_code == 200, put.text
    await publish_soon(kafka, sealed(early))
    await soon(lambda: read(f"/registers/{REGISTER}/waiting"), lambda answer: bool(answer.json().get("items")))
    await post(days, {"clinic_id": CLINIC, "date": TODAY, "currency": "EUR", "opening": eur(10_000)})
    await publish_soon(kafka, sealed(late), sealed(refunded(late, 500)))
    await soon(lambda: read(f"{days}/{TODAY}"), lambda answer: answer.json()["movement_count"] == 3)
    await publish_soon(kafka, sealed(in_berlin(CLINIC)), sealed(paid_in_cash(CLINIC, late.payment_id, 2_500)))
    await soon(lambda: read(f"{days}/{TODAY}/x-report"), _tells_the_vat)
    await post(f"{days}/{TODAY}/movements", {"kind": "pay_out", "amount": eur(700), "reason": "bank"})
    await post(f"{days}/{TODAY}/close", {"counted": eur(16_000), "reason": "short"})

    exports, today = f"/clinics/{CLINIC}/exports", {"from": TODAY, "to": TODAY}
    await soon(lambda: read(f"{exports}/cash-book", **today), lambda answer: "Forderungsaufloesung" in answer.text)
    assert (await read(f"{exports}/dsfinv-k", **today, register_id=REGISTER)).status_code == 200
