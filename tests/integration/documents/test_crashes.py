"""`kill -9` at bad moments: what was begun is finished by the next process, and seen once."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from dev.parts.service import ServicePart
from tests.integration.documents.archive import Archive
from tests.parts.patience import until

Dying = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def dying_at(service: ServicePart, stored: Database[dict[str, Any]]) -> Dying:
    return partial(_dying_at, service, stored)


@contextmanager
def _dying_at(service: ServicePart, stored: Database[dict[str, Any]], point: str) -> Iterator[None]:
    """The service runs armed while the body gives it a reason to die; afterwards it runs as before."""
    # What is still to be done for others would be that reason, before the service is up.
    until(lambda: stored["jobs"].count_documents({}), lambda waiting: waiting == 0)
    service.stop()
    service.set({"FAILPOINT": f"{point}:1"})
    service.start()
    try:
        yield
        until(lambda: service.child.exit_code, lambda code: code == -9)
    finally:
        service.set({"FAILPOINT": ""})
        service.stop()
        service.start()


@pytest.mark.parametrize("point", ["mid-render", "after-render"])
def test_a_service_killed_in_mid_render_gives_the_document_once(point: str, archive: Archive, dying_at: Dying) -> None:
    invoice = archive.invoice(lines=50)
    with dying_at(point):
        archive.publish(invoice)
    assert archive.pdf(invoice.invoice_id).status_code == 200
    assert [type_ for type_, _ in archive.published(invoice.invoice_id)] == ["document-rendered"]


def test_the_render_process_ends_with_the_service_that_started_it(
    archive: Archive, service: ServicePart, dying_at: Dying
) -> None:
    with dying_at("mid-render"):
        archive.publish(archive.invoice(lines=50))
    log = service.child.log_tail(200).splitlines()
    started = {json.loads(line)["pid"] for line in log if "render-process-started" in line}
    assert started
    until(lambda: {_service_of(pid) for pid in started} - {None, service.child.pid}, lambda strangers: not strangers)


def test_a_mail_sent_again_after_a_crash_carries_the_same_id(archive: Archive, dying_at: Dying) -> None:
    invoice = archive.invoice()
    archive.rendered(invoice)
    with dying_at("after-mail"):
        ordered = archive.send(invoice.invoice_id)
    delivery = archive.delivery(invoice.invoice_id)
    assert delivery["status"] == "sent"
    first, second = archive.mails(ordered.json()["delivery_id"])
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert [type_ for type_, _ in archive.published(invoice.invoice_id, 2)] == ["document-rendered", "document-sent"]


def test_a_mail_that_was_cut_off_twice_is_not_sent_a_third_time(
    archive: Archive, service: ServicePart, stored: Database[dict[str, Any]]
) -> None:
    """Nobody knows whether the mail server's yes was on its way each time."""
    invoice = archive.invoice()
    archive.rendered(invoice)
    until(lambda: stored["jobs"].count_documents({}), lambda waiting: waiting == 0)
    service.stop()
    service.set({"FAILPOINT": "after-mail:1"})
    service.start()
    try:
        delivery_id = archive.send(invoice.invoice_id).json()["delivery_id"]
        until(lambda: service.child.exit_code, lambda code: code == -9)
        service.stop()
        service.start()
        until(lambda: service.child.exit_code, lambda code: code == -9)
    finally:
        service.set({"FAILPOINT": ""})
        service.stop()
        service.start()
    delivery = archive.delivery(invoice.invoice_id)
    assert (delivery["status"], delivery["failure"]) == ("failed", "mail-interrupted")
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["open", "open"]
    first, second = archive.mails(delivery_id)
    assert first["Message-ID"] == second["Message-ID"]


def _service_of(pid: int) -> int | None:
    """A render process is a fork of one that the service has started. None for a process that has ended."""
    template = _parent_of(pid)
    return None if template is None else _parent_of(template)


def _parent_of(pid: int) -> int | None:
    """None for a process that has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # also when it goes while it is read
        return None
