"""Documents, deliveries, jobs and what they hang on."""

from datetime import timedelta

import pytest
from documents.domain.deliveries.delivery import Delivery, delivered, given_up
from documents.domain.documents.document import File, Source, rendered, rendering_failed, sending_failed, sent
from documents.domain.job import pause_before_next
from documents.usecases.documents.queue_renderings import render_job, source_of

from contracts.invoicing import Invoice, Totals
from kernel.actor import Actor
from kernel.errors import IllegalTransition
from kernel.money import Money
from tests.unit.documents.samples import ISSUED, invoice, line, payment

BY = Actor("documents", None, "system")
SOURCE = source_of(invoice())
FILE = File("ab" * 32, SOURCE.content, 1000, 1)


def delivery() -> Delivery:
    return Delivery("dlv-1", 1, "clinic-berlin", "inv-1", SOURCE.document_id, "queued", ISSUED, BY)


def test_each_step_of_a_document_is_a_version() -> None:
    first = rendered(None, SOURCE, FILE, ISSUED, BY)
    last = sending_failed(sent(first, ISSUED, BY), "smtp-550", ISSUED, BY)
    assert (first.version, first.status, first.failure) == (1, "rendered", None)
    assert (last.version, last.status, last.failure) == (3, "failed", "smtp-550")
    assert last.file == FILE


def test_a_document_that_could_not_be_rendered_again_keeps_the_file_it_had() -> None:
    assert rendering_failed(None, SOURCE, "render-crashed", ISSUED, BY).file is None
    newer = of(invoice(note="thanks"))
    again = rendering_failed(rendered(None, SOURCE, FILE, ISSUED, BY), newer, "render-crashed", ISSUED, BY)
    assert (again.version, again.status, again.file) == (2, "failed", FILE)
    assert again.shows(SOURCE)
    assert again.failed_on(newer)


def test_a_mail_that_failed_does_not_make_a_failed_rendering() -> None:
    unsent = sending_failed(rendered(None, SOURCE, FILE, ISSUED, BY), "smtp-550", ISSUED, BY)
    assert unsent.shows(SOURCE)
    assert not unsent.failed_on(SOURCE)


def test_a_delivery_is_settled_once() -> None:
    done = delivered(delivery(), ISSUED)
    assert (done.status, done.version, done.settled_at) == ("sent", 2, ISSUED)
    with pytest.raises(IllegalTransition):
        given_up(done, "smtp-550", ISSUED)
    with pytest.raises(IllegalTransition):
        delivered(given_up(delivery(), "smtp-550", ISSUED), ISSUED)


def test_pauses_double_up_to_five_minutes() -> None:
    pauses = [pause_before_next(attempts, timedelta(seconds=5)) for attempts in (0, 1, 2, 3, 7, 1000)]
    assert [pause.total_seconds() for pause in pauses] == [5, 5, 10, 20, 300, 300]


def of(snapshot: Invoice) -> Source:
    return source_of(snapshot)


def test_payments_and_what_follows_make_no_other_document() -> None:
    euro = Money(25000, "EUR")
    paid = Totals(net=euro, tax=Money(0, "EUR"), gross=euro, paid=euro, credited=Money(0, "EUR"), due=Money(0, "EUR"))
    later = invoice(
        version=7, status="archived", totals=paid, allocations=(payment(25000, ISSUED),), paid_at=ISSUED, reason="x"
    )
    assert of(later).content == SOURCE.content
    assert of(later).document_id == SOURCE.document_id
    assert of(later).source_version == 7


@pytest.mark.parametrize(
    "other", [{"number": "2026-000124"}, {"invoice_id": "inv-2"}, {"lines": 3}, {"note": "thanks"}]
)
def test_other_content_is_another_rendering(other: dict[str, object]) -> None:
    assert of(invoice(**other)).content != SOURCE.content  # type: ignore[arg-type]
    changed = invoice().model_copy(update={"lines": (line(1), line(2, tooth="15"))})
    assert of(changed).content != SOURCE.content


def test_an_invoice_has_one_render_job_whatever_its_content() -> None:
    jobs = {render_job(of(snapshot), ISSUED, None).job_id for snapshot in (invoice(), invoice(note="thanks"))}
    assert len(jobs) == 1
    assert render_job(of(invoice("inv-2")), ISSUED, None).job_id not in jobs
