"""Every query of invoicing is answered by an index, in its order: they are heard from the service itself."""

from datetime import timedelta

import httpx2
import pytest
from invoicing.app import build
from invoicing.domain.drafts.drafting import invoice_id_of
from invoicing.settings import InvoicingSettings
from invoicing.store import INDEXES, Store
from invoicing.usecases.catching_up.find_old_invoices import find_old_invoices
from invoicing.usecases.catching_up.find_old_patients import find_old_patients
from invoicing.usecases.catching_up.tell_old_profiles import tell_old_profiles
from invoicing.usecases.catching_up.tell_payers_apart import tell_payers_apart
from invoicing.usecases.completeness.check_completeness import CompletenessCheck

from chassis.database.mongo import Mongo
from chassis.journal.seals import Sealer
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox
from dev.parts.kafka import EmbeddedKafka
from dev.parts.tokens import TokenIssuer
from kernel.clock import utc_now
from tests.integration.invoicing.practice import Practice
from tests.parts.asking import ask_everything, heard, refuse_scans
from tests.parts.patience import soon
from tests.parts.queries import Listener
from tests.parts.sessions import XRAY, clinic, prices, procedure
from tests.parts.wire import publish_soon, sealed

pytestmark = pytest.mark.any_broker

CLINIC, OTHER = "clinic-asked", "clinic-other"
INVOICE = invoice_id_of(CLINIC, "ses-0")
VALUES: dict[str, str] = {
    "clinic_id": CLINIC,
    "patient_id": "pat-77",
    "price_list_id": "standard",
    "invoice_id": INVOICE,
    "status": "draft",
    "from": "2026-11-01",
    "to": "2026-11-30",
    "as_of": "2026-11-20T12:00:00Z",
    "revision": "1",
    "unbilled": "true",
    "problem": "unpriced",
    "credit_note_id": "crn-1",
    "family_id": "fam-1",
    "payer_id": "aok",
    "session_id": "ses-0",
    "number": "clinic-asked-2026-000001",
    "reference": "RF18 5390 0754 7034",
    "q": "oster luc",
}
"""For every parameter of every GET route; one that has no value here, and is not required, is left out."""
FINALIZING = [
    "find invoices",  # the draft
    "find payments",  # that name it
    "find invoices",  # on the account
    "find payments",  # on the account
    "find accounts",
    "find clinics",
    "find voided_sessions",
    "find discount_policies",
    "findAndModify counters",
    "insert accounts",
    "update invoices",
    "insert revisions",
    "insert outbox",
    "commitTransaction",
]
FAMILY_DISCOUNT = {"discount_id": "f", "name": "Family", "given": "family", "kind": "percent", "rate": "0.01"}
CALLERS = ((CLINIC,), (CLINIC, OTHER), ("*",))


async def test_every_query_is_answered_by_an_index_in_its_order(
    own_kafka: EmbeddedKafka, own_settings: dict[str, str], issuer: TokenIssuer
) -> None:
    async with heard(build, InvoicingSettings, own_settings) as (app, http, listener):
        await _fill(http, own_kafka.bootstrap, issuer)
        await ask_everything(http, app, VALUES, issuer, CALLERS)
        for asked in ("pat-77 1984-02-29", "a", "1984-02-29 luc"):
            await ask_everything(http, app, VALUES | {"q": asked}, issuer, CALLERS[:1], taking="q")
        await _work(own_settings)
    refuse_scans(own_settings, INDEXES, listener, at_least=60)
    _refuse_reading_twice(listener)


def _refuse_reading_twice(listener: Listener) -> None:
    """To finalize a draft takes so many operations, each collection is read once for each thing that is asked of it."""
    drawing = [asked for asked in listener.transactions.values() if "findAndModify counters" in asked]
    assert drawing[0] == FINALIZING


async def _fill(http: httpx2.AsyncClient, kafka: str, issuer: TokenIssuer) -> None:
    """Two clinics, and what people and other services do with their invoices."""
    token = {"Authorization": f"Bearer {issuer.mint('billing_manager', '*')}"}
    asked = Practice(httpx2.Client(verify=False), kafka, issuer, CLINIC)
    other = Practice(httpx2.Client(verify=False), kafka, issuer, OTHER)
    sessions = [asked.session(f"ses-{n}") for n in range(4)]
    unpriced = asked.session("ses-9", procedures=[procedure("D9999")])
    await publish_soon(kafka, *map(sealed, (*sessions, unpriced, other.session())))

    async def is_there() -> bool:
        return len((await http.get("/invoices", headers=token)).json()["items"]) == 6

    await soon(is_there)
    for clinic_id in (CLINIC, OTHER):
        assert (await http.put(f"/clinics/{clinic_id}", json=clinic(), headers=token)).status_code == 200
        listed = f"/clinics/{clinic_id}/price-lists/standard"
        assert (await http.put(listed, json=prices(), headers=token)).status_code == 200
        policy = {"discounts": [FAMILY_DISCOUNT]}
        assert (await http.put(f"/clinics/{clinic_id}/discount-policy", json=policy, headers=token)).status_code == 200
        family = {"patient_ids": ["pat-77", "pat-78"]}
        assert (await http.put(f"/clinics/{clinic_id}/families/fam-1", json=family, headers=token)).status_code == 200
    steps = (("0", "finalize", None), ("1", "finalize", None), ("1", "void", {"reason": "x"}))
    for session, step, body in steps:
        id_ = invoice_id_of(CLINIC, f"ses-{session}")
        version = (await http.get(f"/invoices/{id_}", headers=token)).json()["version"]
        match = {**token, "If-Match": f'"{version}"'}
        assert (await http.post(f"/invoices/{id_}/{step}", json=body, headers=match)).status_code == 200
    payment = asked.payment(13_214, "ses-0")
    corrected = [asked.corrected("ses-2"), asked.voided("ses-3"), asked.session("ses-2"), payment]
    await publish_soon(kafka, *map(sealed, corrected))

    async def is_paid() -> bool:
        return bool((await http.get(f"/invoices/{INVOICE}", headers=token)).json()["status"] == "paid")

    await soon(is_paid)
    more = [procedure(), procedure(XRAY, 2)]
    for version, done in ((2, more), (3, [procedure()]), (4, more)):
        await publish_soon(kafka, sealed(asked.corrected("ses-0", version, procedures=done)))
        await _decide(http, token, version)


async def _decide(http: httpx2.AsyncClient, token: dict[str, str], version: int) -> None:
    """Whatever the session's newest word proposes is confirmed."""

    async def is_heard() -> bool:
        return bool((await http.get(f"/invoices/{INVOICE}", headers=token)).json()["session_version"] == version)

    await soon(is_heard)
    for invoice in (await http.get("/invoices", params={"clinic_id": CLINIC}, headers=token)).json()["items"]:
        for proposal in invoice["proposals"]:
            path = f"/invoices/{invoice['invoice_id']}/proposals/{proposal['proposal_id']}/confirm"
            match = {**token, "If-Match": f'"{invoice["version"]}"', "Idempotency-Key": proposal["proposal_id"]}
            assert (await http.post(path, headers=match)).status_code == 201


async def _work(settings: dict[str, str]) -> None:
    """What the workers ask, as if days had passed."""
    later = utc_now() + timedelta(days=9)
    mongo = Mongo(settings["MONGO_URI"], settings["MONGO_DATABASE"])
    store = Store(mongo)
    outbox = Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test")
    for work in (
        Sealer(store.seals, clock=lambda: later),
        CompletenessCheck(store, outbox, lambda: later, 2),
        tell_payers_apart(store, outbox, lambda: later),
        find_old_invoices(store, outbox, lambda: later),
        find_old_patients(store, outbox, lambda: later),
        tell_old_profiles(store, outbox, lambda: later),
    ):
        while await work():
            pass
    await store.verifier.verify(CLINIC)
    await mongo.close()
