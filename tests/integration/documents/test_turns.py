"""One clinic's documents, and one mail server's slowness, hold up nobody else."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pymongo.database import Database

from dev.parts.processes import free_port
from dev.parts.service import ServicePart
from tests.integration.documents.archive import Archive, code_of
from tests.parts.patience import until
from tests.unit.documents.samples import PATIENT, line

pytestmark = pytest.mark.any_broker

Stored = Database[dict[str, Any]]


def of_another_clinic(archive: Archive) -> Archive:
    return replace(archive, clinic=f"clinic-{uuid4().hex[:8]}")


def rendered(stored: Stored, archive: Archive) -> int:
    return stored.documents.count_documents({"source.clinic_id": archive.clinic, "status": "rendered"})


def test_a_clinic_with_one_document_does_not_wait_for_all_of_another(archive: Archive, stored: Stored) -> None:
    many, other = [archive.invoice(lines=60) for _ in range(12)], of_another_clinic(archive)
    archive.publish(*many)
    until(lambda: stored.jobs.count_documents({"clinic_id": archive.clinic}), lambda count: count >= len(many) - 2)
    other.rendered(other.invoice())
    assert rendered(stored, archive) < len(many) // 2
    until(lambda: rendered(stored, archive), lambda count: count == len(many))


def test_a_document_that_somebody_asks_for_does_not_wait_for_the_rest_of_its_clinic(
    archive: Archive, stored: Stored
) -> None:
    many = [archive.invoice(lines=60) for _ in range(12)]
    archive.publish(*many)
    until(lambda: stored.jobs.count_documents({"clinic_id": archive.clinic}), lambda count: count >= len(many) - 2)
    assert archive.pdf(many[-1].invoice_id).status_code == 200
    assert rendered(stored, archive) < len(many) // 2
    until(lambda: rendered(stored, archive), lambda count: count == len(many))


@contextmanager
def changed(service: ServicePart, settings: dict[str, str], back: dict[str, str]) -> Iterator[None]:
    """The service runs with other settings while the body does."""
    service.stop()
    service.set(settings)
    service.start()
    try:
        yield
    finally:
        service.set(back)
        service.stop()
        service.start()


class SlowForOne:
    """Takes every recipient at once, but one domain's never."""

    def __init__(self) -> None:
        self.waiting = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.endswith("@slow.example"):
            self.waiting += 1
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return "250 OK"


@pytest.fixture
def slow_for_one(archive: Archive, service: ServicePart) -> Iterator[SlowForOne]:
    """A mail server that never takes one domain's mail, and gives it back when it is over."""
    handler = SlowForOne()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    here, there = {"SMTP_PORT": str(controller.port)}, {"SMTP_PORT": str(archive.smtp.port)}
    with changed(service, {**here, "MAIL_TIMEOUT_S": "900"}, {**there, "MAIL_TIMEOUT_S": "60"}):
        yield handler
    controller.stop()


def test_mail_that_never_ends_holds_up_no_other_mail_and_no_document(
    archive: Archive, slow_for_one: SlowForOne, stored: Stored
) -> None:
    other = of_another_clinic(archive)
    slow = [whose.invoice(buyer=PATIENT.model_copy(update={"email": f"{n}@slow.example"}))
            for whose in (archive, other) for n in range(6)]  # fmt: skip
    quick = [(whose, whose.invoice()) for whose in (archive, other)]
    archive.publish(*slow, *(invoice for _, invoice in quick))
    for invoice in slow:
        whose = archive if invoice.clinic_id == archive.clinic else other
        assert whose.pdf(invoice.invoice_id).status_code == 200
        assert whose.send(invoice.invoice_id).status_code == 202
    until(lambda: slow_for_one.waiting)
    for whose, invoice in quick:
        assert whose.pdf(invoice.invoice_id).status_code == 200
        assert whose.send(invoice.invoice_id).status_code == 202
        assert whose.delivery(invoice.invoice_id)["status"] == "sent"
    assert other.rendered(other.invoice()).status_code == 200
    assert slow_for_one.waiting == 2
    assert stored.deliveries.count_documents({"clinic_id": archive.clinic, "status": "queued"}) == 6
    for row in stored.jobs.find({"kind": "mail"}):
        assert "slow.example" not in str(row)


def test_a_document_over_its_limit_fails_by_itself_and_says_why(archive: Archive, service: ServicePart) -> None:
    large, small = archive.invoice(lines=1), archive.invoice()
    wordy = tuple(line(number, description="Composite, posterior, " * 9) for number in range(1000))
    large = large.model_copy(update={"lines": wordy})
    with changed(service, {"RENDER_CPU_S": "1"}, {"RENDER_CPU_S": "120"}):
        archive.publish(large, small)
        assert archive.pdf(small.invoice_id).status_code == 200
        answer = archive.pdf(large.invoice_id)
        assert code_of(answer) == (500, "rendering-failed")
        assert answer.json()["detail"].endswith("render-over-cpu-limit")
        metrics = service.asked("/metrics").text
    counted = 'chairside_job_attempts_total{kind="render",outcome="failed",reason="render-over-cpu-limit"} 1.0'
    assert counted in metrics
    [(type_, document)] = archive.published(large.invoice_id)
    assert (type_, document.failure) == ("document-failed", "render-over-cpu-limit")


def test_a_document_whose_service_ends_each_time_ends_as_failed(archive: Archive, service: ServicePart) -> None:
    """It is killed in mid-render twice, which is as often as it may try; the third one gives it up."""
    poison = archive.invoice(lines=50)
    with changed(service, {"FAILPOINT": "mid-render:1"}, {"FAILPOINT": ""}):
        archive.publish(poison)
        until(lambda: service.child.exit_code, lambda code: code == -9)
        service.launch()
        until(lambda: service.child.exit_code, lambda code: code == -9)
    answer = archive.pdf(poison.invoice_id)
    assert code_of(answer) == (500, "rendering-failed")
    assert answer.json()["detail"].endswith("render-interrupted")
