"""Whatever was heard of a session and whatever became of its invoice: each item has one fate, the true one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.completeness.fates import (
    STATES,
    UNBILLED,
    Fate,
    LoggedItem,
    LoggedSession,
    SessionVersion,
    fates,
    overdue,
    unbilled,
)
from invoicing.domain.corrections.proposals import reject
from invoicing.domain.invoice.invoice import Invoice, Proposal
from invoicing.domain.invoice.lifecycle import finalize, void
from invoicing.domain.invoice.line import Waiver
from invoicing.domain.pricing.terms import Terms
from invoicing.usecases.completeness.check_completeness import is_due

from kernel.change import Change
from kernel.money import Money
from tests.parts.sessions import CDT, FILLING, XRAY, material, procedure
from tests.unit.invoicing.examples import AT, LATER, MANAGER, NOW, clinic, drafted, terms

ITEMS = (
    LoggedItem("procedure", "p-1", FILLING, CDT, "1"),
    LoggedItem("procedure", "p-2", XRAY, CDT, "1"),
    LoggedItem("material", "m-1", "COMP-A2", "g", "0.5"),
)


def heard(*versions: SessionVersion) -> LoggedSession:
    invoice_id = drafted().invoice_id
    return LoggedSession(invoice_id, "clinic-berlin", "pat-77", "ses-1", "2026-11-20", AT, versions)


def whole(*items: LoggedItem, version: int = 1) -> SessionVersion:
    return SessionVersion(version, False, items or ITEMS)


def invoice(known: Terms | None = None, **changes: object) -> Invoice:
    body = {"procedures": [procedure(), procedure(XRAY, 2)], "materials": [material()]}
    return drafted(known or terms(), **{**body, **changes})


def final(draft: Invoice) -> Invoice:
    return finalize(draft, clinic(), "B-1", Change(AT, MANAGER)).state


def states(found: Sequence[Fate]) -> list[str]:
    return [fate.state for fate in found]


def test_what_is_on_a_draft_is_unbilled_and_on_a_final_invoice_billed() -> None:
    assert states(fates(heard(whole()), [invoice()])) == ["drafted"] * 3
    billed = fates(heard(whole()), [final(invoice())])
    assert billed[2] == Fate(ITEMS[2], 1, "billed", invoice().invoice_id, "material:m-1", "B-1")
    assert states(billed) == ["billed"] * 3


def test_what_has_no_price_is_told_as_such() -> None:
    assert states(fates(heard(whole()), [invoice(Terms(clinic(), None, "EUR"))])) == ["unpriced"] * 3


def test_what_was_waived_says_by_whom_and_why() -> None:
    draft = invoice()
    waiver = Waiver("goodwill", MANAGER, AT)
    lines = (replace(draft.lines[0], waiver=waiver, unpriced=True), *draft.lines[1:])
    first = fates(heard(whole()), [replace(draft, lines=lines)])[0]
    assert (first.state, first.reason, first.by) == ("waived", "goodwill", MANAGER)


@given(st.sets(st.sampled_from(range(3))), st.sampled_from(["draft", "final"]))
def test_each_line_that_is_gone_is_missing_and_no_other(gone: set[int], status: str) -> None:
    full = invoice() if status == "draft" else final(invoice())
    left = replace(full, lines=tuple(line for n, line in enumerate(full.lines) if n not in gone))
    found = fates(heard(whole()), [left])
    assert {n for n, fate in enumerate(found) if fate.state == "missing"} == gone
    assert len(found) == 3


def test_a_whole_invoice_that_is_gone_leaves_everything_missing() -> None:
    assert states(fates(heard(whole()), [])) == ["missing"] * 3


def test_what_a_correction_took_back_is_removed_and_not_missing() -> None:
    found = fates(heard(whole(), whole(ITEMS[0], version=2)), [invoice(procedures=[procedure()], materials=[])])
    assert states(found) == ["drafted", "removed", "removed"]
    assert found[1].reason == "not in version 2"


def test_what_a_correction_took_back_too_late_is_still_billed() -> None:
    assert states(fates(heard(whole(), whole(ITEMS[0], version=2)), [final(invoice())])) == ["billed"] * 3


def test_what_awaits_a_persons_word_is_proposed() -> None:
    later = invoice()
    first = final(invoice(procedures=[procedure()], materials=[]))
    proposal = Proposal("prop-1", "supplement", 2, later.lines[1:], Money(1, "EUR"), AT)
    found = fates(heard(whole(ITEMS[0]), whole(version=2)), [replace(first, proposals=(proposal,))])
    assert states(found) == ["billed", "proposed", "proposed"]


def test_what_a_supplement_bills_is_billed_there() -> None:
    first = final(invoice(procedures=[procedure()], materials=[]))
    more = replace(final(invoice()), invoice_id="inv-2", number="B-2", supplement_to=first.invoice_id)
    more = replace(more, lines=more.lines[1:])
    found = fates(heard(whole()), [first, more])
    assert [fate.number for fate in found] == ["B-1", "B-2", "B-2"]


def test_a_session_that_was_voided_leaves_nothing_to_bill() -> None:
    voided = heard(whole(), SessionVersion(2, True, ()))
    assert states(fates(voided, [void(invoice(), NOW).state])) == ["session-voided"] * 3
    assert states(fates(voided, [])) == ["session-voided"] * 3
    assert states(fates(voided, [final(invoice())])) == ["billed"] * 3


def test_what_a_person_voided_says_by_whom_and_why() -> None:
    found = fates(heard(whole()), [void(invoice(), NOW).state])
    assert states(found) == ["invoice-voided"] * 3
    assert (found[0].reason, found[0].by) == ("because", MANAGER)


def test_what_is_proposed_instead_of_a_void_invoice_is_unbilled_until_a_person_decides() -> None:
    later = invoice()
    proposal = Proposal("prop-1", "supplement", 2, later.lines, Money(1, "EUR"), AT)
    asked = replace(void(invoice(), NOW).state, proposals=(proposal,))
    found = fates(heard(whole(), whole(version=2)), [asked])
    assert (states(found), len(unbilled(found))) == (["proposed"] * 3, 3)
    refused = reject(asked, "prop-1", Change(LATER, MANAGER, "a gift")).state
    found = fates(heard(whole(), whole(version=2)), [refused])
    assert [(fate.state, fate.reason, fate.by) for fate in found] == [("rejected", "a gift", MANAGER)] * 3


def test_a_line_that_is_not_what_was_said_says_in_what() -> None:
    draft = invoice()
    lines = (replace(draft.lines[0], quantity="2", code="D9999"), *draft.lines[1:])
    found = fates(heard(whole()), [replace(draft, lines=lines)])
    assert [fate.differs for fate in found] == [("code", "quantity"), (), ()]


SAYINGS = st.lists(st.tuples(st.booleans(), st.sets(st.sampled_from(ITEMS))), min_size=1, max_size=5)


@given(SAYINGS, st.lists(st.sampled_from(["draft", "final", "void", "gone"]), max_size=2))
def test_every_item_ever_heard_of_has_one_fate_whatever_the_order(
    versions: list[tuple[bool, set[LoggedItem]]], kinds: list[str]
) -> None:
    sayings = [
        SessionVersion(n, voided, () if voided else tuple(sorted(items, key=lambda i: i.source_id)))
        for n, (voided, items) in enumerate(versions, 1)
    ]
    make: dict[str, Callable[[], Invoice]] = {
        "draft": invoice,
        "final": lambda: final(invoice()),
        "void": lambda: void(invoice(), NOW).state,
    }
    invoices = [make[kind]() for kind in kinds if kind != "gone"]
    found = fates(heard(*sayings), invoices)
    assert {fate.item for fate in found} == {item for saying in sayings for item in saying.items}
    assert len({fate.item.key for fate in found}) == len(found)
    assert {fate.state for fate in found} <= set(STATES)
    assert fates(heard(*reversed(sayings)), invoices) == found
    live = [known for known in invoices if known.status != "void"]
    if not live and not sayings[-1].voided:
        last = {item.key for item in sayings[-1].items}
        assert {fate.item.key for fate in unbilled(found)} == (set() if invoices else last)
    assert all(fate.state in UNBILLED for fate in unbilled(found))


def test_what_is_unbilled_is_overdue_only_after_the_limit() -> None:
    session = heard(whole())
    found = fates(session, [])
    assert overdue(session, found, 72, AT + timedelta(hours=72)) == ()
    assert overdue(session, found, 72, AT + timedelta(hours=72, seconds=1)) == found
    assert overdue(session, fates(session, [final(invoice())]), 1, AT + timedelta(days=9)) == ()


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (None, True),
        ("2026-11-20T02:00:00+00:00", False),
        ("2026-11-20T08:00:00+00:00", False),
        ("2026-11-20T01:59:59+00:00", True),
        ("2026-11-19T02:30:00+00:00", True),
    ],
)
def test_the_check_of_a_night_is_done_once(last: str | None, due: bool) -> None:
    at = None if last is None else datetime.fromisoformat(last)
    assert is_due(AT, at, 2) is due
    assert is_due(AT.replace(hour=1), at, 2) is (last is None)
