"""Prices: what is done costs what it cost on the day it was done, and what has no price is a line all the same."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.drafts.drafting import reprice
from invoicing.domain.invoice.line import Line
from invoicing.domain.pricing.terms import Terms

from kernel.errors import BusinessError
from kernel.money import Money
from tests.parts.sessions import CDT, COMPOSITE, CROWN, FILLING, GLOVES, item, material, procedure, taxed
from tests.unit.invoicing.examples import clinic, drafted, price_list, terms

PERIODS = {
    "periods": [
        {"valid_from": "2026-07-01", "valid_until": "2026-11-19", "items": [item(FILLING, 11_000)]},
        {"valid_from": "2026-01-01", "valid_until": "2026-06-30", "items": [item(FILLING, 10_000)]},
        {"valid_from": "2026-11-21", "items": [item(FILLING, 12_000)]},
    ]
}


def filling_on(day: str | None, **changes: Any) -> Line:
    line: Line = drafted(terms(**PERIODS), procedures=[procedure(performed_on=day)], materials=[], **changes).lines[0]
    return line


@pytest.mark.parametrize(
    ("day", "price"),
    [
        ("2025-12-31", None),
        ("2026-01-01", 10_000),
        ("2026-06-30", 10_000),
        ("2026-07-01", 11_000),
        ("2026-11-19", 11_000),
        ("2026-11-20", None),
        ("2026-11-21", 12_000),
        ("2099-01-01", 12_000),
    ],
)
def test_a_procedure_costs_what_the_list_said_on_the_day_it_was_performed(day: str, price: int | None) -> None:
    line = filling_on(day)
    assert (line.performed_on, line.unpriced) == (date.fromisoformat(day), price is None)
    assert line.net == (None if price is None else Money(price, "EUR"))


def test_procedures_of_one_session_are_priced_each_by_its_own_day() -> None:
    days = ["2026-06-30", "2026-07-01", "2026-11-20"]
    done = [procedure(nth=nth, performed_on=day) for nth, day in enumerate(days)]
    lines = drafted(terms(**PERIODS), procedures=done, materials=[]).lines
    assert [line.net and line.net.amount_minor for line in lines] == [10_000, 11_000, None]


def test_a_material_is_priced_by_the_day_of_its_procedure_or_else_of_the_visit() -> None:
    periods = [
        {"valid_from": "2026-01-01", "valid_until": "2026-06-30", "items": [taxed(COMPOSITE, 100)]},
        {"valid_from": "2026-07-01", "items": [taxed(COMPOSITE, 200)]},
    ]
    done = [procedure(nth=1, performed_on="2026-06-30", provider_id="doc-9"), procedure(nth=2, performed_on=None)]
    used = [
        material(nth=nth, quantity="1", procedure_id=of)
        for nth, of in enumerate(["p-1", "p-2", None, "p-of-another-day"])
    ]
    lines = [
        line
        for line in drafted(terms(periods=periods), procedures=done, materials=used).lines
        if line.kind == "material"
    ]
    assert [line.unit_price and line.unit_price.amount_minor for line in lines] == [100, 200, 200, 200]
    assert [line.performed_on.month for line in lines] == [6, 11, 11, 11]
    assert lines[0].provider_id == "doc-9"


def test_without_a_day_of_its_own_it_is_the_day_on_which_the_session_ended_at_the_clinic() -> None:
    """23:30 UTC is half past midnight in Berlin: the next day, and the next prices."""
    assert filling_on(None, completed_at="2026-11-20T22:30:00Z").performed_on == date(2026, 11, 20)
    line = filling_on(None, completed_at="2026-11-20T23:30:00Z")
    assert (line.performed_on, line.net) == (date(2026, 11, 21), Money(12_000, "EUR"))


def test_a_price_says_which_version_of_which_list_it_came_from() -> None:
    trace = drafted().lines[0].price
    assert trace is not None
    assert (trace.price_list_id, trace.price_list_version, trace.rule) == ("standard", 3, "clinic")


def test_a_quantity_multiplies_and_is_rounded_half_up_on_its_line() -> None:
    known = terms(taxed(COMPOSITE, 335))
    halves = [material(nth=nth, quantity=quantity) for nth, quantity in enumerate(["0.5", "1.5", "3"])]
    lines = drafted(known, procedures=[], materials=halves).lines
    assert [line.net for line in lines] == [Money(168, "EUR"), Money(503, "EUR"), Money(1_005, "EUR")]


def test_a_price_is_for_one_code_of_one_system_and_for_one_unit() -> None:
    known = terms(item(FILLING, 100), taxed(FILLING, 200), taxed(COMPOSITE, 300, unit="ml"))
    done = [procedure(FILLING, 1), procedure(FILLING, 2, system="urn:other")]
    used = [material(FILLING, 1, unit="g", quantity="1"), material(COMPOSITE, 2, unit="g"), material(GLOVES, 3)]
    lines = drafted(known, procedures=done, materials=used).lines
    assert [line.net and line.net.amount_minor for line in lines] == [100, None, 200, None, None]


CODES = st.sampled_from([FILLING, CROWN, "D9999", "no such"])
SKUS = st.sampled_from([COMPOSITE, GLOVES, "no such"])


@given(
    codes=st.lists(CODES, max_size=30),
    skus=st.lists(SKUS, max_size=30),
    known=st.sampled_from([terms(), terms(**PERIODS), Terms(None, None, "EUR"), Terms(clinic(), None, "CHF")]),
)
def test_every_procedure_and_every_material_is_a_line_with_or_without_a_price(
    codes: list[str], skus: list[str], known: Terms
) -> None:
    done = [procedure(code.replace(" ", "-"), nth) for nth, code in enumerate(codes)] or [procedure()]
    used = [material(sku.replace(" ", "-"), nth) for nth, sku in enumerate(skus)]
    invoice = drafted(known, procedures=done, materials=used)
    assert len(invoice.lines) == len(done) + len(used)
    assert [line.source_id for line in invoice.lines] == [
        *(d["procedure_id"] for d in done),
        *(u["material_id"] for u in used),
    ]
    for line in invoice.lines:
        assert line.unpriced == (line.net is None) == (line.price is None) == (line.unit_price is None)
    assert ("unpriced" in invoice.problems) == any(line.unpriced for line in invoice.lines)
    assert ("clinic-not-configured" in invoice.problems) == (known.clinic is None)
    assert invoice.totals.net.amount_minor == sum(line.net.amount_minor for line in invoice.lines if line.net)


def test_a_draft_of_a_clinic_that_nobody_configured_keeps_its_lines_without_prices() -> None:
    invoice = drafted(Terms(None, None, "CHF"))
    assert invoice.problems == ("clinic-not-configured", "unpriced")
    assert [line.code for line in invoice.lines] == [FILLING, COMPOSITE]
    assert invoice.totals.gross == Money(0, "CHF")


def test_when_the_clinic_is_configured_the_draft_gets_its_prices_and_its_currency() -> None:
    waiting = drafted(Terms(None, None, "CHF"))
    priced = reprice(waiting, terms())
    assert priced.problems == ()
    assert priced.totals == drafted().totals
    assert [line.net for line in priced.lines] == [line.net for line in drafted().lines]


def test_a_price_that_was_there_stays_when_a_missing_one_is_added() -> None:
    before = drafted(terms(item(FILLING, 12_500)))
    after = reprice(before, terms(item(FILLING, 99_999), taxed(COMPOSITE, 1_200)))
    assert [line.net for line in after.lines] == [Money(12_500, "EUR"), Money(600, "EUR")]
    assert after.problems == ()


def test_a_draft_with_prices_does_not_change_its_currency() -> None:
    before = drafted(terms(item(FILLING, 12_500)))
    assert reprice(before, terms(taxed(COMPOSITE, 1_200), currency="CHF")) == before


@pytest.mark.parametrize(
    ("periods", "code"),
    [
        ([("2026-01-01", "2026-06-30"), ("2026-06-30", None)], "price-list-overlap"),
        ([("2026-01-01", None), ("2027-01-01", None)], "price-list-overlap"),
        ([("2027-01-01", None), ("2026-01-01", None)], "price-list-overlap"),
        ([("2026-02-01", "2026-01-31")], "price-list-period"),
    ],
)
def test_a_list_in_which_a_day_has_two_periods_or_none_at_all_is_refused(
    periods: list[tuple[str, str | None]], code: str
) -> None:
    listed: list[dict[str, object]] = [
        {"valid_from": first, "valid_until": last, "items": []} for first, last in periods
    ]
    with pytest.raises(BusinessError) as refused:
        price_list(periods=listed)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("items", "code", "field"),
    [
        ([item(FILLING, 1), item(FILLING, 2)], "price-list-twice", "/periods/0/items/1"),
        ([item(FILLING, 1, exemption_reason=None)], "exemption-reason-missing", "/periods/0/items/0/exemption_reason"),
        ([item(FILLING, 1, tax_rate="19")], "tax-rate", "/periods/0/items/0/tax_rate"),
        ([item(FILLING, 1, tax_category="Z", tax_rate="0.5")], "tax-rate", "/periods/0/items/0/tax_rate"),
        ([taxed(COMPOSITE, 1, "0")], "tax-rate", "/periods/0/items/0/tax_rate"),
        ([taxed(COMPOSITE, 1, "0.00")], "tax-rate", "/periods/0/items/0/tax_rate"),
    ],
)
def test_an_item_that_contradicts_another_or_the_tax_rules_is_refused(
    items: list[dict[str, Any]], code: str, field: str
) -> None:
    with pytest.raises(BusinessError) as refused:
        price_list(*items)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    ("written", "kept"), [("19", "19"), ("19.00", "19"), ("019.50", "19.5"), ("0.1", "0.1"), ("100", "100")]
)
def test_a_rate_is_kept_in_its_shortest_form_so_that_it_is_one_group_of_the_breakdown(written: str, kept: str) -> None:
    listed = price_list(taxed(COMPOSITE, 100, written), taxed(GLOVES, 100, kept))
    assert [entry.tax_rate for entry in listed.periods[0].items] == [kept, kept]


def test_the_same_code_in_two_systems_or_units_is_no_contradiction() -> None:
    listed = price_list(
        item(FILLING, 1), item(FILLING, 2, system="urn:other"), taxed(FILLING, 3), taxed(FILLING, 4, unit="ml")
    )
    assert [i.scope for i in listed.periods[0].items] == [CDT, "urn:other", "g", "ml"]
