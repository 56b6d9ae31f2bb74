"""Every query that the API can ask is answered by an index, in its order: they are heard from the service itself.

They are judged by the declared indexes, and a real MongoDB (CHAIRSIDE_TEST_MONGO) has to explain them without a scan
or a sort in memory. The embedded database is not asked: it takes an index only where it has all of a filter's fields,
and sorts in memory also where the index has the order; there it is only seen that the declared indexes were made.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import chain, combinations

import httpx
import pytest
from fastapi import FastAPI
from invoicing.app import build
from invoicing.domain.drafting import invoice_id_of
from invoicing.settings import InvoicingSettings
from invoicing.store import INDEXES, Store
from invoicing.usecases.completeness import CompletenessCheck
from pymongo import MongoClient, monitoring

from chassis.broker import Producer
from chassis.kernel.clock import utc_now
from chassis.mongo import Mongo
from chassis.outbox import Outbox
from chassis.seals import Sealer
from deploy.embedded.kafka import EmbeddedKafka
from deploy.embedded.tokens import TokenIssuer
from tests.integration.invoicing.practice import Json, Practice
from tests.parts.choice import EMBEDDED, chosen_mongo
from tests.parts.patience import soon
from tests.parts.queries import Listener, Query, is_served, stages
from tests.parts.sessions import clinic, prices, procedure
from tests.parts.wire import publish_soon, sealed

CLINIC, OTHER = "clinic-asked", "clinic-other"
INVOICE = invoice_id_of(CLINIC, "ses-0")
VALUES: dict[str, str] = {
    "clinic_id": CLINIC, "patient_id": "pat-77", "price_list_id": "standard", "invoice_id": INVOICE,
    "status": "draft", "from": "2026-11-01", "to": "2026-11-30", "as_of": "2026-11-20T12:00:00Z", "revision": "1",
    "unbilled": "true", "credit_note_id": "crn-1", "family_id": "fam-1",
}  # fmt: skip
"""For every parameter of every GET route; one that has no value here, and is not required, is left out."""
FAMILY_DISCOUNT = {"discount_id": "f", "name": "Family", "given": "family", "kind": "percent", "rate": "0.01"}
CALLERS = ((CLINIC,), (CLINIC, OTHER), ("*",))


@pytest.fixture(scope="module")
def listener(own_settings: dict[str, str]) -> Listener:
    found = Listener(own_settings["MONGO_DATABASE"])
    monitoring.register(found)
    return found


@pytest.fixture
async def app(own_settings: dict[str, str], listener: Listener) -> AsyncIterator[FastAPI]:
    told = {name.lower(): value for name, value in own_settings.items()}
    running = build(InvoicingSettings(**told, ordinal="asked"))  # type: ignore[arg-type]
    async with running.router.lifespan_context(running):
        yield running


def calls(app: FastAPI) -> Iterator[tuple[str, dict[str, str]]]:
    """Each GET route, with every choice of the parameters that it takes."""
    for path, methods in app.openapi()["paths"].items():
        if "get" not in methods or path.startswith(("/health", "/metrics")):
            continue
        taken = methods["get"].get("parameters", [])
        required = {p["name"]: VALUES[p["name"]] for p in taken if p["in"] == "query" and p["required"]}
        optional = [p["name"] for p in taken if p["in"] == "query" and not p["required"] and p["name"] in VALUES]
        place = path.format(**{p["name"]: VALUES[p["name"]] for p in taken if p["in"] == "path"})
        for chosen in chain.from_iterable(combinations(optional, n) for n in range(len(optional) + 1)):
            yield place, {**required, **{name: VALUES[name] for name in chosen}}


async def test_every_query_is_answered_by_an_index_in_its_order(
    app: FastAPI, listener: Listener, own_kafka: EmbeddedKafka, own_settings: dict[str, str], issuer: TokenIssuer
) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://invoicing") as http:
        await _fill(http, own_kafka.bootstrap, issuer)
        for clinics in CALLERS:
            token = {"Authorization": f"Bearer {issuer.mint('auditor', *clinics)}"}
            for path, params in calls(app):
                answer = await http.get(path, params={**params, "limit": 1}, headers=token)
                assert answer.status_code in (200, 404, 422), (path, params, answer.text)
                body = answer.json()
                cursor = body.get("next_cursor") if isinstance(body, dict) else None
                if cursor:
                    await http.get(path, params={**params, "limit": 1, "cursor": cursor}, headers=token)
    await _work(own_settings)
    asked = [query for query in listener.queries.values() if query.collection in INDEXES]
    assert len(asked) > 40
    assert [query.shape for query in asked if not is_served(INDEXES[query.collection], query)] == []
    if chosen_mongo() == EMBEDDED:
        assert _missing(own_settings) == []
    else:
        assert _scanning(own_settings, asked) == []


def _scanning(settings: dict[str, str], asked: list[Query]) -> list[str]:
    """What the database itself would scan or sort for."""
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        database = client[settings["MONGO_DATABASE"]]
        plans = {q.shape: database[q.collection].find(q.filter, sort=q.sort or None).explain() for q in asked}
    winning = {shape: stages(plan["queryPlanner"]["winningPlan"]) for shape, plan in plans.items()}
    return [shape for shape, found in winning.items() if found & {"COLLSCAN", "SORT"}]


def _missing(settings: dict[str, str]) -> list[str]:
    """Declared indexes that the database does not have."""
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        database = client[settings["MONGO_DATABASE"]]
        made = {name: set(database[name].index_information()) for name in INDEXES}
    return [
        f"{name} {one.document['name']}"
        for name, all_ in INDEXES.items()
        for one in all_
        if one.document["name"] not in made[name]
    ]


async def _fill(http: httpx.AsyncClient, kafka: str, issuer: TokenIssuer) -> None:
    """Two clinics, and what people and other services do with their invoices."""
    token = {"Authorization": f"Bearer {issuer.mint('billing_manager', '*')}"}
    asked = Practice(httpx.Client(), kafka, issuer, CLINIC)
    other = Practice(httpx.Client(), kafka, issuer, OTHER)
    sessions = [asked.session(f"ses-{n}") for n in range(4)]
    unpriced = asked.session("ses-9", procedures=[procedure("D9999")])
    await publish_soon(kafka, *map(sealed, (*sessions, unpriced, other.session())))

    async def is_there() -> bool:
        return len((await http.get("/invoices", headers=token)).json()["items"]) == 6

    await soon(is_there)
    for one in (CLINIC, OTHER):
        assert (await http.put(f"/clinics/{one}", json=clinic(), headers=token)).status_code == 200
        listed = f"/clinics/{one}/price-lists/standard"
        assert (await http.put(listed, json=prices(), headers=token)).status_code == 200
        policy = {"discounts": [FAMILY_DISCOUNT]}
        assert (await http.put(f"/clinics/{one}/discount-policy", json=policy, headers=token)).status_code == 200
        family = {"patient_ids": ["pat-77", "pat-78"]}
        assert (await http.put(f"/clinics/{one}/families/fam-1", json=family, headers=token)).status_code == 200
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


async def _work(settings: dict[str, str]) -> None:
    """What the workers ask, as if days had passed."""
    later = utc_now() + timedelta(days=9)
    mongo = Mongo(settings["MONGO_URI"], settings["MONGO_DATABASE"])
    store = Store(mongo)
    outbox = Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test")
    for work in (Sealer(store.seals, clock=lambda: later), CompletenessCheck(store, outbox, lambda: later, 2)):
        while await work():
            pass
    await store.verifier.verify(CLINIC)
    await mongo.close()
