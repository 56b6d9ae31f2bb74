"""What a session says otherwise of a final invoice at no other cost is told, until a person took notice of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.completeness.fates import LoggedItem, LoggedSession, SessionVersion, fates
from invoicing.domain.corrections.claim_changes import acknowledge, pending
from invoicing.domain.corrections.comparison import BilledSession
from invoicing.domain.corrections.proposals import propose, reject
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, void

from kernel.change import Change
from kernel.errors import Conflict, IllegalTransition
from tests.parts.sessions import CDT, item, procedure
from tests.unit.invoicing.examples import AT, MANAGER, NOW, SYSTEM, clinic, drafted, terms

PRICES = terms(item("D1", 10_000), item("D2", 5_000))
AOK = {"payer_id": "aok", "plan": "standard", "member_id": "X1"}
FIRST, SECOND = "procedure:p-1", "procedure:p-2"


def session_says(version: int = 1, second: bool = True, patient: dict[str, Any] | None = None, **first: Any) -> Invoice:
    procedures = [procedure(**{"code": "D1", "nth": 1, **first}), *([procedure("D2", 2)] if second else [])]
    patient = {"coverage": AOK, **(patient or {})}
    return drafted(PRICES, version=version, procedures=procedures, materials=[], patient=patient)


def billed(**changes: Any) -> Invoice:
    return finalize(session_says(**changes), clinic(), "B-1", Change(AT, MANAGER)).state


def corrected(invoice: Invoice, version: int, minute: int = 0, **changes: Any) -> Invoice:
    change = Change(AT + timedelta(minutes=minute), SYSTEM)
    [after] = propose(BilledSession(invoice), (session_says(version, **changes), PRICES), version, change).state
    return after


def test_another_tooth_costs_nothing_and_is_told_beside_what_is_billed() -> None:
    invoice = billed()
    after = corrected(invoice, 2, tooth="15", surfaces=["M", "O"])
    [deviation] = after.deviations
    assert (deviation.line_id, deviation.fields, deviation.session_version) == (FIRST, ("tooth", "surfaces"), 2)
    assert deviation.now is not None
    assert (deviation.now.tooth, deviation.now.surfaces) == ("15", ("M", "O"))
    assert (after.proposals, after.problems, after.version) == ((), ("session-corrected",), 3)
    assert (after.lines, after.tax, after.totals) == (invoice.lines, invoice.tax, invoice.totals)


def test_whose_insurance_and_who_treated_are_told_of_all_and_an_address_is_not() -> None:
    invoice = billed()
    cover = {**AOK, "member_id": "X2"}
    after = corrected(invoice, 2, patient={"coverage": cover, "name": "Ada Øster", "email": "new@example.org"})
    [deviation] = after.deviations
    assert (deviation.line_id, deviation.fields, deviation.now) == (None, ("coverage",), None)
    assert deviation.coverage is not None
    assert deviation.coverage.member_id == "X2"
    same = corrected(invoice, 2, patient={"name": "Ada Øster"}, description="Composite")
    assert (same.deviations, same.problems) == ((), ())
    provider = {"provider_id": "doc-4", "name": "A", "npi": "1245319599"}
    procedures = [procedure("D1", 1), procedure("D2", 2)]
    treated = drafted(
        PRICES, version=2, procedures=procedures, materials=[], patient={"coverage": AOK}, provider=provider
    )
    [after] = propose(BilledSession(invoice), (treated, PRICES), 2, NOW).state
    [deviation] = after.deviations
    assert (deviation.line_id, deviation.fields) == (None, ("provider",))
    assert deviation.provider is not None
    assert deviation.provider.npi == "1245319599"


def test_who_took_notice_is_kept_and_is_asked_again_only_for_something_else() -> None:
    noticed = acknowledge(corrected(billed(), 2, tooth="15"), NOW).state
    [deviation] = noticed.deviations
    assert (deviation.acknowledged_by, deviation.acknowledged_at, deviation.reason) == (MANAGER, NOW.at, "because")
    assert (noticed.problems, pending(noticed)) == ((), False)
    with pytest.raises(Conflict) as refused:
        acknowledge(noticed, NOW)
    assert refused.value.code == "nothing-to-acknowledge"
    again = corrected(noticed, 3, 5, tooth="15", description="Composite, one surface")
    assert (again.deviations, again.problems) == (noticed.deviations, ())
    other = corrected(again, 4, 6, tooth="16")
    assert ([deviation.acknowledged_at for deviation in other.deviations], other.problems) == (
        [None],
        ("session-corrected",),
    )
    back = corrected(other, 5, 7)
    assert (back.deviations, back.problems) == ((), ())


def test_a_line_that_is_billed_anew_or_taken_back_is_a_proposal_and_no_deviation() -> None:
    invoice = billed()
    other = corrected(invoice, 2, code="D2", tooth="15")
    assert ([proposal.kind for proposal in other.proposals], other.deviations) == (["supplement", "credit"], ())
    both = corrected(invoice, 2, tooth="15", quantity="2")
    assert ([proposal.kind for proposal in both.proposals], [deviation.fields for deviation in both.deviations]) == (
        ["supplement"],
        [("tooth",)],
    )
    rejected = reject(both, both.proposals[0].proposal_id, NOW).state
    assert rejected.problems == ("session-corrected",), "what differs waits still"
    assert acknowledge(rejected, NOW).state.problems == ()
    assert acknowledge(both, NOW).state.problems == ("session-corrected",), "what is proposed waits still"
    [gone] = propose(BilledSession(both), None, 3, NOW).state
    assert (gone.deviations, gone.problems) == ((), ("session-voided",))


def test_only_of_a_final_invoice_that_counts() -> None:
    with pytest.raises(IllegalTransition):
        acknowledge(session_says(), NOW)
    assert void(corrected(billed(), 2, tooth="15"), NOW).state.deviations == ()


def test_the_proof_of_completeness_names_what_differs() -> None:
    heard = LoggedItem("procedure", "p-1", "D1", CDT, "1")
    session = LoggedSession(
        billed().invoice_id,
        "clinic-berlin",
        "pat-77",
        "ses-1",
        "2026-11-20",
        AT,
        (SessionVersion(1, False, (heard,)), SessionVersion(2, False, (heard,))),
    )
    [fate] = fates(session, [acknowledge(corrected(billed(), 2, tooth="15"), NOW).state])
    assert (fate.state, fate.differs) == ("billed", ("tooth",))


WORDS = st.lists(
    st.tuples(st.sampled_from(["14", "15", None]), st.sampled_from([(), ("O",)]), st.booleans(), st.booleans()),
    max_size=6,
)


@given(WORDS)
def test_what_differs_follows_from_the_newest_word_alone(
    words: list[tuple[str | None, tuple[str, ...], bool, bool]],
) -> None:
    invoice = first = billed(tooth="14", surfaces=["O"])
    noticed: set[object] = set()
    for nth, (tooth, surfaces, second, notice) in enumerate(words):
        version = nth + 2
        invoice = corrected(invoice, version, nth, tooth=tooth, surfaces=list(surfaces), second=second)
        fields = (*(["tooth"] if tooth != "14" else []), *(["surfaces"] if surfaces != ("O",) else []))
        assert [deviation.fields for deviation in invoice.deviations] == ([fields] if fields else [])
        assert pending(invoice) == bool(fields and (tooth, surfaces) not in noticed)
        assert ("session-corrected" in invoice.problems) == (pending(invoice) or bool(invoice.proposals))
        noticed &= {(tooth, surfaces)}
        if notice and pending(invoice):
            invoice = acknowledge(invoice, replace(NOW, at=AT + timedelta(minutes=nth))).state
            noticed = {(tooth, surfaces)}
    assert (invoice.lines, invoice.totals) == (first.lines, first.totals)
