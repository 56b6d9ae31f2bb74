"""All four services as processes: sessions go in on Kafka, paid invoices, PDFs and a closed till come out."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
import pytest
from documents.adapters.pdf.fonts import make
from documents.settings import cached_fonts

from contracts.topics import DAYS, INVOICES, PAYMENTS, SERVICES, dead_letter
from dev.parts.part import running
from dev.parts.processes import free_port
from dev.parts.service import ServicePart
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from dev.stripe_sandbox.part import StripeSandbox
from tests.compose import engine
from tests.compose.running import attached
from tests.integration.cash_register.till import Till, eur
from tests.integration.cli.terminal import records
from tests.integration.documents.archive import Archive, text_of
from tests.integration.invoicing.practice import GROSS_MINOR, Practice, body_of
from tests.integration.payments.desk import Desk
from tests.integration.payments.stripe_side import StripeSide
from tests.parts.patience import until

CLINIC = "clinic-berlin"
SECRET = "whsec_end_to_end"
OPENING = 10_000
CARD, CASH = 5_000, 4_000
BANK = GROSS_MINOR - CARD - CASH
Json = dict[str, Any]


@dataclass
class House:
    """The services, each as the person who works with it sees it."""

    practice: Practice
    desk: Desk
    till: Till
    archive: Archive


@pytest.fixture
def house(request: pytest.FixtureRequest) -> House:
    """Processes of our own; or with CHAIRSIDE_TEST_HOUSE=compose the compose project that is up, and new."""
    kind = os.environ.get("CHAIRSIDE_TEST_HOUSE") or "processes"
    found: House = request.getfixturevalue(f"house_of_{kind}")
    return found


@pytest.fixture
def house_of_compose(tmp_path: Path) -> House:
    running = attached()
    urls = {name: engine.urls(name)[0] for name in SERVICES}
    stripe = f"http://{engine.address('stripe', 8000)}"
    return _house(running.topics.bootstrap, running.tokens, SmtpSink(tmp_path), stripe, urls)


@pytest.fixture
def house_of_processes(fresh_kafka: str, mongo_uri: str, tmp_path: Path) -> Iterator[House]:
    make(cached_fonts())
    ports = {name: free_port() for name in SERVICES}
    issuer = TokenIssuer(tmp_path / "tokens")
    smtp = SmtpSink(tmp_path / "smtp")
    hook = f"http://127.0.0.1:{ports['payments']}/stripe/webhook"
    stripe = StripeSandbox(tmp_path / "stripe", webhook_secret=SECRET, webhook_url=hook)
    services = {}
    for name in SERVICES:
        settings = {
            "KAFKA": fresh_kafka,
            "MONGO_URI": mongo_uri,
            "MONGO_DATABASE": f"test_{uuid4().hex[:12]}",
            "JWKS_URL": issuer.jwks_url,
            "ISSUER": issuer.issuer,
            "SMTP_PORT": str(smtp.port),
            "STRIPE_API_KEY": "sk_test_end_to_end",
            "STRIPE_API_BASE": stripe.url,
            "STRIPE_WEBHOOK_SECRET": SECRET,
        }
        services[name] = ServicePart(name, tmp_path / "services", settings, ports[name])
    with running([issuer, smtp, stripe]), running(list(services.values())):
        yield _house(fresh_kafka, issuer, smtp, stripe.url, {name: part.url for name, part in services.items()})
    assert {name: part.child.exit_code for name, part in services.items()} == dict.fromkeys(SERVICES, 0)


def _house(kafka: str, issuer: TokenIssuer, smtp: SmtpSink, stripe_url: str, urls: Mapping[str, str]) -> House:
    http = {
        name: httpx2.Client(base_url=url, timeout=60, trust_env=False, verify=False)
        for name, url in {**urls, "stripe": stripe_url}.items()
    }
    return House(
        Practice(http["invoicing"], kafka, issuer, CLINIC).configured(),
        Desk(http["payments"], kafka, issuer, StripeSide(http["stripe"]), CLINIC),
        Till(http["cash-register"], kafka, issuer, CLINIC, "till-1"),
        Archive(http["documents"], kafka, issuer, smtp, CLINIC),
    )


def test_a_session_becomes_a_paid_invoice_with_a_pdf_and_the_books_balance(house: House) -> None:
    practice, desk, till, archive = house.practice, house.desk, house.till, house.archive
    today = datetime.now(ZoneInfo("Europe/Berlin")).date().isoformat()
    body_of(till.open(today, OPENING), 201)
    practice.hears(practice.session("ses-paid"), practice.session("ses-open"))
    invoice_id = practice.until_version(1, "ses-paid")["invoice_id"]
    practice.until_version(1, "ses-open")
    final = body_of(practice.post(f"/invoices/{invoice_id}/finalize", 1))
    body_of(practice.post(f"/invoices/{practice.invoice_id('ses-open')}/finalize", 1))

    transfer = desk.transfer(BANK, invoice_id=invoice_id)
    until(lambda: desk.post("/payments", transfer).status_code, lambda status: status == 201)
    practice.until_version(3, "ses-paid")
    cash = desk.cash(CASH, invoice_id=invoice_id, tendered=eur(5_000))
    until(lambda: desk.post("/payments", cash).status_code, lambda status: status == 201)
    practice.until_version(4, "ses-paid")
    started = desk.charge(CARD, invoice_id=invoice_id)
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    paid = practice.until_version(5, "ses-paid")
    assert (paid["status"], paid["totals"]["due"], paid["lines"]) == ("paid", eur(0), final["lines"])
    assert sorted(a["method"] for a in paid["allocations"]) == ["bank_transfer", "card", "cash"]

    answer = archive.pdf(invoice_id)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    text = text_of(answer.content)
    for words in (final["number"], "Łucja Øster", "132.14", "D2391"):
        assert words in text

    till.until_booked(1, today)
    closed = body_of(till.close(eur(OPENING + CASH), today))
    assert (closed["status"], closed["expected"], closed["variance"]) == ("closed", eur(OPENING + CASH), eur(0))
    practice.until_balance(GROSS_MINOR)
    assert_that_no_money_is_lost(house)


def assert_that_no_money_is_lost(house: House) -> None:
    """From what the topics say at the end: what was billed is what was paid and what is open; the till has the cash."""
    kafka = house.practice.kafka
    invoices = newest(kafka, INVOICES.name)
    payments = newest(kafka, PAYMENTS.name)
    [day] = newest(kafka, DAYS.name)
    billed, paid, due = (sum(i["totals"][what]["amount_minor"] for i in invoices) for what in ("gross", "paid", "due"))
    came = {p["method"]: p["settled"]["amount_minor"] for p in payments}
    assert came == {"bank_transfer": BANK, "cash": CASH, "card": CARD}
    assert (billed, paid, due) == (2 * GROSS_MINOR, sum(came.values()), GROSS_MINOR)
    [account] = house.practice.balance()["balances"]
    assert [account[what]["amount_minor"] for what in ("billed", "paid", "open", "balance")] == [billed, paid, due, due]
    assert (day["status"], day["cash_in"], day["counted"]) == ("closed", eur(CASH), eur(OPENING + CASH))
    for service in SERVICES:
        assert records(kafka, dead_letter(service)) == []


def newest(kafka: str, topic: str) -> list[Json]:
    """The last version of everything on the topic."""
    last: dict[str, Json] = {}
    for record in records(kafka, topic):
        subject, body = dict(record.headers)["ce_subject"], json.loads(record.value or b"")
        if body["version"] >= last.get(str(subject), body)["version"]:
            last[str(subject)] = body
    return list(last.values())
