"""Documents, deliveries, jobs and what they hang on."""

from datetime import timedelta

import pytest
from documents.domain.deliveries.delivery import (
    Attempt,
    Delivery,
    begin_attempt,
    end_attempt,
    give_up,
    record_delivered,
    record_report,
    request_delivery,
)
from documents.domain.deliveries.reports import Action, Report
from documents.domain.documents.document import (
    DocumentFailed,
    DocumentRendered,
    DocumentSent,
    File,
    Source,
    record_failed_rendering,
    record_failed_sending,
    record_rendering,
    record_sending,
)
from documents.usecases.documents.invoice_source import source_of
from documents.usecases.jobs import render_job

from contracts.invoicing import Invoice, Totals
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import IllegalTransition
from kernel.money import Money
from tests.unit.documents.samples import ISSUED, invoice, line, payment

BY = Actor("documents", None, "system")
SOURCE = source_of(invoice())
CHANGE = Change(ISSUED, BY)
FILE = File("ab" * 32, SOURCE.content, 1000, 1)


def delivery() -> Delivery:
    return request_delivery("dlv-1", SOURCE, CHANGE).state


def test_each_step_of_a_document_is_a_version() -> None:
    first = record_rendering(None, SOURCE, FILE, CHANGE)
    last = first.then(lambda it: record_sending(it, CHANGE)).then(
        lambda it: record_failed_sending(it, "smtp-550", CHANGE)
    )
    assert (first.state.version, first.state.status, first.state.failure) == (1, "rendered", None)
    assert (last.state.version, last.state.status, last.state.failure) == (3, "failed", "smtp-550")
    assert last.state.file == FILE
    assert [type(event) for event in last.events] == [DocumentRendered, DocumentSent, DocumentFailed]


def test_a_document_that_could_not_be_rendered_again_keeps_the_file_it_had() -> None:
    assert record_failed_rendering(None, SOURCE, "render-crashed", CHANGE).state.file is None
    newer = of(invoice(note="thanks"))
    first = record_rendering(None, SOURCE, FILE, CHANGE).state
    again = record_failed_rendering(first, newer, "render-crashed", CHANGE).state
    assert (again.version, again.status, again.file) == (2, "failed", FILE)
    assert again.shows(SOURCE)
    assert again.failed_on(newer)


def test_a_mail_that_failed_does_not_make_a_failed_rendering() -> None:
    unsent = record_failed_sending(record_rendering(None, SOURCE, FILE, CHANGE).state, "smtp-550", CHANGE).state
    assert unsent.shows(SOURCE)
    assert not unsent.failed_on(SOURCE)


TAKEN = Attempt(ISSUED, "taken", 250, "2.0.0 Ok")


def tried() -> Delivery:
    before = delivery()
    return begin_attempt(before, before.documents, ISSUED).state


def report(action: Action, report_id: str = "one") -> Report:
    return Report(report_id, ISSUED, action, "5.1.1", "no such user")


def test_an_attempt_is_open_until_the_server_has_answered() -> None:
    assert (tried().attempts, tried().interrupted, tried().status) == ((Attempt(ISSUED),), 1, "queued")
    no = Attempt(ISSUED, "refused", 451, "later")
    assert (refused := end_attempt(tried(), no).state).attempts == (no,)
    assert refused.interrupted == 0
    later = Attempt(ISSUED + timedelta(seconds=5), "refused", 451, "later")
    assert end_attempt(tried(), later).state == tried()


def test_a_delivery_keeps_its_first_attempt_and_the_last_ones() -> None:
    it = delivery()
    for second in range(80):
        it = begin_attempt(it, it.documents, ISSUED + timedelta(seconds=second)).state
    assert (len(it.attempts), it.attempts[0].at) == (50, ISSUED)
    assert it.attempts[-1].at == ISSUED + timedelta(seconds=79)


def test_only_what_failed_comes_back() -> None:
    sent = record_delivered(tried(), TAKEN, CHANGE).state
    for action in ("delayed", "relayed", "delivered", "expanded"):
        told = record_report(sent, report(action)).state
        assert (told.status, told.failure, told.reports[0].action) == ("sent", None, action)
    back = record_report(sent, report("failed")).state
    assert (back.status, back.failure, back.version) == ("failed", "bounced-5.1.1", sent.version + 1)
    assert record_report(back, report("failed")).state == back
    assert len(record_report(back, report("failed", "two")).state.reports) == 2


def test_what_came_back_before_the_servers_yes_was_recorded_is_not_sent() -> None:
    early = record_report(tried(), report("failed")).state
    assert early.status == "queued"
    settled = record_delivered(early, TAKEN, CHANGE).state
    assert (settled.status, settled.failure) == ("failed", "bounced-5.1.1")


def test_a_delivery_is_settled_once() -> None:
    done = record_delivered(tried(), TAKEN, CHANGE).state
    assert (done.status, done.version, done.settled_at, done.attempts) == ("sent", 3, ISSUED, (TAKEN,))
    with pytest.raises(IllegalTransition):
        give_up(done, "smtp-550", CHANGE)
    with pytest.raises(IllegalTransition):
        record_delivered(give_up(delivery(), "smtp-550", CHANGE).state, TAKEN, CHANGE)


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
