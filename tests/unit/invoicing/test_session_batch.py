"""Sessions in whatever order their versions come: what the newest one says is what is billed."""

from itertools import permutations

import pytest
from invoicing.domain.corrections.session_batch import SessionBatch
from invoicing.domain.drafts.drafting import invoice_id_of
from invoicing.domain.invoice.events import InvoiceRevised
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, void

from contracts.clinical import SessionVoided
from kernel.change import Change
from tests.unit.invoicing.examples import AT, MANAGER, NOW, SYSTEM, clinic, session, terms

HEARD = Change(AT, SYSTEM)
ID = invoice_id_of("clinic-berlin", session().session_id)
Version = tuple[str, int]


def batch(*known: Invoice) -> SessionBatch:
    return SessionBatch({("clinic-berlin", None): terms()}, {i.invoice_id: i for i in known}, {}, {}, {})


def hear(sessions: SessionBatch, *versions: Version) -> None:
    for kind, version in versions:
        if kind == "void":
            body = {"session_id": session().session_id, "clinic_id": "clinic-berlin", "version": version}
            sessions.cancel(SessionVoided.model_validate({**body, "patient_id": "pat-77", "reason": "twice"}), HEARD)
        else:
            sessions.follow(session(version=version), HEARD)


def test_a_session_that_is_completed_again_after_it_was_voided_has_its_draft_again() -> None:
    sessions = batch()
    hear(sessions, ("whole", 1), ("void", 2))
    [event] = sessions.follow(session(version=3), HEARD)
    draft = sessions.invoices[ID]
    assert event == InvoiceRevised(draft)
    assert (draft.status, draft.version, draft.session_version) == ("draft", 3, 3)
    assert (draft.voided_at, draft.voided_by, draft.totals) == (None, None, draft.totals)
    assert finalize(draft, clinic(), "B-1", NOW).state.status == "finalized"


@pytest.mark.parametrize("last", ["whole", "void"])
def test_the_newest_version_decides_in_whatever_order_they_come(last: str) -> None:
    said: list[Version] = [("whole", 1), ("void", 2), ("whole", 3), ("void", 4)]
    said = said if last == "void" else [*said, ("whole", 5)]
    for order in permutations(said):
        sessions = batch()
        hear(sessions, *order)
        invoice = sessions.invoices.get(ID)
        status = "void" if invoice is None else invoice.status
        assert status == ("draft" if last == "whole" else "void"), order


def voided_by_a_person(*versions: Version) -> SessionBatch:
    first = batch()
    hear(first, *versions)
    return batch(void(first.invoices[ID], NOW).state)


def test_what_a_person_voided_does_not_come_back_by_itself() -> None:
    sessions = voided_by_a_person(("whole", 1))
    [same] = sessions.follow(session(version=2), HEARD)
    [other] = sessions.follow(session(version=3, materials=[]), HEARD)
    assert (same.invoice.proposals, same.invoice.problems, same.invoice.session_version) == ((), (), 2)
    [proposal] = other.invoice.proposals
    assert [line.line_id for line in proposal.lines] == ["procedure:p-1"], "all that it says, not the difference only"
    assert (other, other.invoice.problems) == (InvoiceRevised(other.invoice), ("session-corrected",))
    assert (other.invoice.status, other.invoice.voided_by, other.invoice.reason) == ("void", MANAGER, "because")


def test_what_is_proposed_of_a_session_whose_invoice_is_void_falls_with_the_session() -> None:
    sessions = voided_by_a_person(("whole", 1))
    sessions.follow(session(version=2, materials=[]), HEARD)
    hear(sessions, ("void", 3))
    assert (sessions.invoices[ID].proposals, sessions.invoices[ID].problems) == ((), ())
    hear(sessions, ("void", 4))
    assert (sessions.invoices[ID].session_version, sessions.voided) == (3, {ID: 4}), "a void one says no more"
    assert sessions.follow(session(version=4, materials=[]), HEARD) == ()
