"""What people set on lines stays when the session is corrected, and a conflict is never settled in silence."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.corrections.merge import merged
from invoicing.domain.drafts.manual_prices import HandPrice, give_back, set_price, waive
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, redraft
from invoicing.domain.pricing.terms import Terms

from kernel.errors import BusinessError, Conflict, IllegalTransition, NotFound
from kernel.money import Money
from tests.parts.sessions import item, procedure
from tests.unit.invoicing.examples import AT, MANAGER, NOW, clinic, drafted, finalized, terms

PRICES = terms(item("D1", 10_000), item("D2", 5_000))
SILENT = replace(NOW, reason=None)


def two(**changes: Any) -> Invoice:
    body = {"procedures": [procedure("D1", 1), procedure("D2", 2)], "materials": [], **changes}
    return drafted(PRICES, **body)


def ids(invoice: Invoice) -> list[str]:
    return [line.line_id for line in invoice.lines]


def eur(minor: int) -> HandPrice:
    return HandPrice(Money(minor, "EUR"))


def corrected(before: Invoice, *procedures: Any) -> Invoice:
    fresh = drafted(PRICES, procedures=list(procedures), materials=[], version=2)
    return redraft(before, merged(before, fresh, PRICES), NOW)


def test_a_price_by_hand_says_who_why_and_what_it_was() -> None:
    draft = two()
    after = set_price(draft, ids(draft)[0], eur(8_000), PRICES, NOW).state
    line = after.lines[0]
    assert line.override is not None
    assert (line.unit_price, line.net, line.edited) == (Money(8_000, "EUR"), Money(8_000, "EUR"), True)
    assert (line.override.before, line.override.reason, line.override.by) == (Money(10_000, "EUR"), "because", MANAGER)
    assert (after.totals.gross, after.version) == (Money(13_000, "EUR"), draft.version + 1)


def test_a_waived_line_costs_nothing_and_lets_the_draft_be_finalized() -> None:
    waiting = drafted(PRICES, procedures=[procedure("D1", 1), procedure("D9", 2)], materials=[])
    with pytest.raises(Conflict):
        finalize(waiting, clinic(), "B-1", NOW)
    waived = waive(waiting, ids(waiting)[1], PRICES, NOW).state
    assert waived.lines[1].waiver is not None
    assert (waived.problems, waived.totals.gross) == ((), Money(10_000, "EUR"))
    assert finalize(waived, clinic(), "B-1", NOW).state.status == "finalized"


def test_an_unpriced_line_takes_a_price_only_with_its_tax() -> None:
    waiting = drafted(PRICES, procedures=[procedure("D9")], materials=[])
    [line_id] = ids(waiting)
    for price, field in (
        (eur(100), "/tax_category"),
        (HandPrice(Money(100, "EUR"), "S"), "/tax_rate"),
        (HandPrice(Money(100, "EUR"), "E"), "/exemption_reason"),
        (HandPrice(Money(100, "CHF"), "Z"), "/unit_price"),
    ):
        with pytest.raises(BusinessError) as refused:
            set_price(waiting, line_id, price, PRICES, NOW)
        assert refused.value.field == field
    taxed = set_price(waiting, line_id, HandPrice(Money(100, "EUR"), "S", "19"), PRICES, NOW).state
    assert (taxed.totals.tax, taxed.problems) == (Money(19, "EUR"), ())


def test_giving_back_asks_the_price_list_again() -> None:
    draft = two()
    there = waive(draft, ids(draft)[0], PRICES, NOW).state
    back = give_back(there, ids(draft)[0], PRICES, NOW).state
    assert (back.lines, back.totals) == (draft.lines, draft.totals)


def test_only_a_draft_is_priced_by_hand_and_only_with_a_reason() -> None:
    done = finalized()
    with pytest.raises(IllegalTransition):
        set_price(done, ids(done)[0], eur(1), PRICES, NOW)
    draft = two()
    with pytest.raises(BusinessError, match="why"):
        waive(draft, ids(draft)[0], PRICES, SILENT)
    with pytest.raises(NotFound):
        waive(draft, "procedure:nobody", PRICES, NOW)


def test_a_correction_elsewhere_leaves_a_hand_price_alone() -> None:
    draft = two()
    mine = set_price(draft, ids(draft)[0], eur(8_000), PRICES, NOW).state
    after = corrected(mine, procedure("D1", 1), procedure("D2", 2, quantity="3"))
    assert [line.net for line in after.lines] == [Money(8_000, "EUR"), Money(15_000, "EUR")]
    assert after.problems == ()


def test_a_correction_of_the_same_line_is_a_conflict_until_a_person_decides() -> None:
    draft = two()
    first = ids(draft)[0]
    mine = set_price(draft, first, eur(8_000), PRICES, NOW).state
    after = corrected(mine, procedure("D1", 1, quantity="2"), procedure("D2", 2))
    assert (after.lines[0].net, after.lines[0].conflict) == (Money(16_000, "EUR"), "session-changed")
    assert after.problems == ("conflicting-edit",)
    with pytest.raises(Conflict):
        finalize(after, clinic(), "B-1", NOW)
    assert set_price(after, first, eur(9_000), PRICES, NOW).state.problems == ()
    assert give_back(after, first, PRICES, NOW).state.lines[0].net == Money(20_000, "EUR")


def test_a_line_that_the_session_took_away_stays_until_a_person_lets_it_go() -> None:
    draft = two()
    second = ids(draft)[1]
    mine = waive(draft, second, PRICES, NOW).state
    after = corrected(mine, procedure("D1", 1))
    assert [(line.line_id, line.conflict) for line in after.lines][1] == (second, "session-removed")
    assert ids(give_back(after, second, PRICES, NOW).state) == ids(draft)[:1]
    assert waive(after, second, PRICES, NOW).state.problems == ()


@given(price=st.integers(0, 10**6), quantities=st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_whatever_is_corrected_a_hand_price_is_never_lost_in_silence(price: int, quantities: list[int]) -> None:
    draft = two()
    first = ids(draft)[0]
    now = set_price(draft, first, eur(price), PRICES, NOW).state
    for quantity in quantities:
        now = corrected(now, procedure("D1", 1, quantity=str(quantity)), procedure("D2", 2))
        line = now.lines[0]
        assert line.override is not None
        assert line.net == Money(price * quantity, "EUR")
    assert (now.lines[0].conflict is not None) == (quantities[-1] != 1)
    assert now.totals.gross.amount_minor == price * quantities[-1] + 5_000


def test_without_a_hand_on_it_a_draft_is_what_the_session_says() -> None:
    draft, fresh = two(), two(version=2)
    assert merged(draft, fresh, Terms(clinic(), None, "EUR")) is fresh
    assert draft.drafted_at == AT
