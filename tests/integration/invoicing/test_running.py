"""How the process behaves: what it says about itself, what it keeps to itself, and how it ends."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from chassis.messaging.reading import Record
from contracts.topics import INVOICES
from dev.parts.kafka import EmbeddedKafka
from dev.parts.service import ServicePart
from dev.parts.tokens import TokenIssuer
from tests.integration.invoicing.practice import Practice, body_of, refusal
from tests.parts.patience import until
from tests.parts.sessions import clinic, prices, procedure
from tests.parts.wire import read, sealed


@pytest.fixture(scope="module")
def own_service(own_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServicePart]:
    settings = {**own_settings, "LOG_LEVEL": "DEBUG"}
    with ServicePart("invoicing", tmp_path_factory.mktemp("own-service"), settings) as running:
        yield running


@pytest.fixture
def own_practice(own_service: ServicePart, own_kafka: EmbeddedKafka, issuer: TokenIssuer) -> Iterator[Practice]:
    with httpx2.Client(base_url=own_service.url, timeout=60, trust_env=False, verify=False) as http:
        yield Practice(http, own_kafka.bootstrap, issuer, f"clinic-{uuid4().hex[:8]}").configured()


def metrics(service: ServicePart) -> dict[str, float]:
    """The samples, by name with labels."""
    lines = [line for line in service.asked("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_it_measures_lag_outbox_dead_letters_and_latency(own_practice: Practice, own_service: ServicePart) -> None:
    refused = f"ses-{own_practice.clinic}"
    own_practice.hears(
        own_practice.session(), own_practice.session(refused, procedures=[procedure(nth=n) for n in range(2_000)])
    )
    own_practice.until_version(1)
    own_practice.rejected(refused)
    measured = until(
        lambda: metrics(own_service),
        lambda m: m.get('chairside_dead_letters_total{code="too-many-lines",topic="clinical.sessions"}') == 1,
    )
    assert measured['chairside_handler_seconds_count{topic="clinical.sessions"}'] >= 1
    assert measured['chairside_events_published_total{topic="invoicing.invoices"}'] >= 1
    route = 'chairside_http_request_seconds_count{method="GET",route="/invoices/{invoice_id}",status="200"}'
    assert measured[route] >= 1
    lags = [n for n in measured if n.startswith("chairside_consumer_lag_records")]
    until(lambda: metrics(own_service), lambda m: {m[name] for name in lags} == {0.0})
    until(lambda: metrics(own_service), lambda m: m["chairside_outbox_documents"] == 0)
    until(lambda: metrics(own_service), lambda m: m["chairside_outbox_oldest_age_seconds"] == 0)
    everything = own_service.asked("/metrics").text
    assert not [secret for secret in ("pat-77", "ses-1", own_practice.clinic, "inv_") if secret in everything]


SECRETS = {
    "name": "Wyrzykowska-Ößtür",
    "email": "wyrzykowska@example.org",
    "street": "Grünlinde 77c",
    "birth": "1931-07-13",
    "member": "M-OESSTUER",
    "note": "wants no letter at home",
}


def test_no_log_line_tells_anything_about_a_patient(own_practice: Practice, own_service: ServicePart) -> None:
    """Through a whole life of an invoice, and everything that goes wrong on its way."""
    patient = {
        "name": SECRETS["name"],
        "email": SECRETS["email"],
        "birth_date": SECRETS["birth"],
        "address": {"lines": [SECRETS["street"]], "city": "Berlin"},
        "coverage": {"payer_id": "aok", "member_id": SECRETS["member"]},
    }
    named = f"ses-{own_practice.clinic}"
    broken = sealed(own_practice.session(f"{named}-broken", patient=patient))
    value = broken.value or b""
    unread = [replace(broken, value=spoilt) for spoilt in (value[:-1], value.replace(b'y":"1"', b'y":"-1"'))]
    too_much = own_practice.session(
        f"{named}-much", patient=patient, procedures=[procedure(nth=n) for n in range(1_600)]
    )
    own_practice.hears(*unread, too_much, own_practice.session(named, patient=patient))
    own_practice.until_version(1, named)
    own_practice.rejected(f"{named}-much")
    path = f"/invoices/{own_practice.invoice_id(named)}"
    assert refusal(own_practice.patch(path, {"note": {"text": SECRETS["note"]}}, 1)) == (422, "invalid-request")
    body_of(own_practice.patch(path, {"note": SECRETS["note"]}, 1))
    assert refusal(own_practice.put(f"/clinics/{own_practice.clinic}", clinic(name=[SECRETS["name"]])))[0] == 422
    assert refusal(own_practice.post(f"{path}/finalize", 1)) == (412, "version-stale")
    body_of(own_practice.post(f"{path}/finalize", 2))
    own_practice.hears(own_practice.corrected(named, patient=patient), own_practice.payment(13_214, named))
    own_practice.until_version(4, named)
    assert own_practice.get("/invoices", patient_id=SECRETS["name"]).status_code == 422
    own_practice.get(f"/{SECRETS['email']}")
    own_practice.put(f"/clinics/{own_practice.clinic}/price-lists/{SECRETS['email']}", prices())

    log = own_service.child.log.read_text()
    assert "dead-letter" in log
    assert '"route": "/invoices/{invoice_id}/finalize"' in log
    assert [(what, secret) for what, secret in SECRETS.items() if secret in log] == []
    escaped = {what: secret.encode("ascii", "backslashreplace").decode() for what, secret in SECRETS.items()}
    assert [(what, secret) for what, secret in escaped.items() if secret in log] == []


def test_it_is_not_ready_while_the_broker_is_down_and_goes_on_when_it_is_back(
    own_practice: Practice, own_kafka: EmbeddedKafka
) -> None:
    draft = own_practice.drafted()
    assert own_practice.http.get("/health/ready").json() == {"status": "ok"}
    own_kafka.stop()
    down = until(lambda: own_practice.http.get("/health/ready"), lambda answer: answer.status_code == 503)
    assert down.json()["silent"] == {"broker": "does not answer"}
    assert own_practice.http.get("/health/live").status_code == 200
    body_of(own_practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1))
    own_kafka.start()
    until(lambda: own_practice.http.get("/health/ready").status_code, lambda status: status == 200)
    assert [event.type for event in own_practice.events(2)] == ["invoice-drafted", "invoice-finalized"]
    own_practice.drafted("ses-2")


def test_told_to_stop_in_the_middle_of_work_it_ends_well_and_loses_nothing(
    own_practice: Practice, own_service: ServicePart, own_kafka: EmbeddedKafka
) -> None:
    count = 300
    own_practice.hears(*(own_practice.session(f"ses-{n}", patient={"patient_id": f"pat-{n}"}) for n in range(count)))
    until(lambda: len(own_practice.all_invoices()), lambda drafted: drafted > 0)
    own_service.stop()
    assert own_service.child.exit_code == 0, own_service.child.log_tail()
    log = own_service.child.log.read_text()
    assert log.rindex('"event": "stopped"') > log.rindex('"event": "stopping"')
    own_service.start()
    drafts = until(own_practice.all_invoices, lambda items: len(items) == count)
    assert {draft["version"] for draft in drafts} == {1}

    wanted = {f"{draft['invoice_id']}:1".encode() for draft in drafts}
    values: dict[bytes, set[bytes]] = {}

    def all_said(found: Sequence[Record]) -> bool:
        id_ = dict(found[-1].headers)["ce_id"]
        if id_ in wanted:
            values.setdefault(id_ or b"", set()).add(found[-1].value or b"")
        return values.keys() == wanted

    read(own_kafka.bootstrap, INVOICES.name, all_said)
    assert {len(versions) for versions in values.values()} == {1}


def test_forty_finalized_at_once_in_two_processes_have_forty_numbers_in_a_row(
    own_practice: Practice, own_settings: dict[str, str], tmp_path: Path
) -> None:
    """The last of this file: the embedded broker keeps the partitions of a static member that left."""
    own_practice.hears(*(own_practice.session(f"ses-{n}", patient={"patient_id": f"pat-{n}"}) for n in range(40)))
    drafts = until(own_practice.all_invoices, lambda items: len(items) == 40)
    second = ServicePart("invoicing", tmp_path, {**own_settings, "ORDINAL": "1"})
    with (
        second,
        httpx2.Client(base_url=second.url, timeout=60, trust_env=False, verify=False) as http,
        ThreadPoolExecutor(8) as hands,
    ):
        where = [own_practice, replace(own_practice, http=http)] * 20
        answers = list(
            hands.map(lambda at, draft: at.post(f"/invoices/{draft['invoice_id']}/finalize", 1), where, drafts)
        )
    finals = [body_of(answer) for answer in answers]
    year = finals[0]["issued_on"][:4]
    assert sorted(final["number"] for final in finals) == [
        f"{own_practice.clinic}-{year}-{n:06d}" for n in range(1, 41)
    ]
    assert second.child.exit_code == 0, second.child.log_tail()
