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
from kernel.errors import IllegalTransition
from tests.unit.invoicing.examples import AT, NOW, SYSTEM, clinic, session, terms

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


def test_what_a_person_voided_does_not_come_back_by_itself() -> None:
    first = batch()
    hear(first, ("whole", 1))
    sessions = batch(void(first.invoices[ID], NOW).state)
    with pytest.raises(IllegalTransition):
        sessions.follow(session(version=2), HEARD)
