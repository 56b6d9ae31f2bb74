"""Every query of documents is answered by an index, in its order: they are heard from the service itself."""

from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx2
from documents.app import build
from documents.settings import DocumentsSettings
from documents.store import INDEXES

from contracts.envelope import Message
from dev.parts.kafka import EmbeddedKafka
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from tests.integration.documents.archive import Archive
from tests.integration.documents.test_sending_by_itself import NEVER_QUIET, profile
from tests.parts.asking import ask_everything, heard, refuse_scans
from tests.parts.patience import soon
from tests.parts.wire import publish_soon, sealed
from tests.unit.documents.samples import credit_note
from tests.unit.documents.test_receipt import payment, refund
from tests.unit.documents.test_register_day import closed

CLINIC = "clinic-asked"
CALLERS = ((CLINIC,), (CLINIC, "clinic-other"), ("*",))


async def test_every_query_is_answered_by_an_index_in_its_order(
    mongo_uri: str, own_kafka: EmbeddedKafka, issuer: TokenIssuer, smtp: SmtpSink, font_dir: Path
) -> None:
    settings = {
        "KAFKA": own_kafka.bootstrap,
        "MONGO_URI": mongo_uri,
        "MONGO_DATABASE": f"test_{uuid4().hex[:12]}",
        "JWKS_URL": issuer.jwks_url,
        "ISSUER": issuer.issuer,
        "FONT_DIR": str(font_dir),
        "SMTP_PORT": str(smtp.port),
        "MAIL_FROM": "invoices@clinic.example",
        "REMIND_EVERY_S": "0.1",
    }
    archive = Archive(httpx2.Client(verify=False), own_kafka.bootstrap, issuer, smtp, CLINIC)
    asked = archive.invoice()
    note = credit_note("crn-asked", clinic_id=CLINIC, invoice_id=asked.invoice_id)
    money = payment(
        payment_id="pay-asked", clinic_id=CLINIC, invoice_id=asked.invoice_id, refunds=(refund("settled", "ref-asked"),)
    )
    others = [sealed(note), sealed(money)]
    others += [sealed(closed("day-asked", clinic_id=CLINIC)), sealed(profile(CLINIC))]
    async with heard(build, DocumentsSettings, settings) as (app, http, listener):
        await _fill(http, archive, asked.invoice_id, [sealed(archive.invoice()), sealed(asked), *others])
        # For every parameter of every GET route; one that has no value here, and is not required, is left out.
        values = {"clinic_id": CLINIC, "invoice_id": asked.invoice_id, "patient_id": asked.patient_id}
        values |= {"credit_note_id": "crn-asked", "payment_id": "pay-asked", "day_id": "day-asked"}
        values |= {"delivery_id": "dlv-asked", "token": "none", "position": "0"}
        await ask_everything(http, app, values, issuer, CALLERS)
    refuse_scans(settings, INDEXES, listener, at_least=15)


async def _fill(http: httpx2.AsyncClient, archive: Archive, invoice_id: str, messages: list[Message]) -> None:
    """Two invoices are rendered, and one is sent twice, once under a key that was used before."""
    token = {"Authorization": f"Bearer {archive.issuer.mint('front_desk', CLINIC)}"}
    await publish_soon(archive.kafka, *messages)
    await soon(lambda: http.get(f"/invoices/{invoice_id}.pdf", headers=token), lambda answer: answer.status_code == 200)
    for path in ("credit-notes/crn-asked", "receipts/pay-asked", "receipts/ref-asked", "register-days/day-asked"):
        await soon(partial(http.get, f"/{path}.pdf", headers=token), lambda answer: answer.status_code == 200)
    statement = await http.get("/patients/pat-77/statement.pdf", headers=token)
    assert statement.status_code == 200, statement.text
    manager = {"Authorization": f"Bearer {archive.issuer.mint('billing_manager', CLINIC)}"}
    reminding = {"reminder_days": [7], "send_invoices": True, "quiet": NEVER_QUIET}
    set_ = await http.put(f"/clinics/{CLINIC}/sending-settings", json=reminding, headers=manager)
    assert set_.status_code == 200, set_.text
    for key in ("one", "two", "two"):
        again = {"again": True, "documents": ["invoice", "credit_note", "receipt"]}
        headers = {**token, "Idempotency-Key": key}
        sent = await http.post(f"/invoices/{invoice_id}/send", headers=headers, json=again)
        assert sent.status_code in (200, 202), sent.text

    async def sending() -> list[str]:
        answer = await http.get("/deliveries", params={"invoice_id": invoice_id}, headers=token)
        return [one["status"] for one in answer.json()["items"]]

    await soon(sending, lambda statuses: bool(statuses) and "queued" not in statuses)
