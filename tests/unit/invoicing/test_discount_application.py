"""The discount policy: who gets what, how discounts meet on a line, and that nobody's order matters."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invoicing.api.schemas.discount_policies import DiscountPolicyBody
from invoicing.domain.discounts.policy import DiscountPolicy, check
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.line import Line
from invoicing.domain.invoice.totals import asked_minor, left_minor, line_costs
from invoicing.domain.pricing.terms import Terms

from kernel.errors import BusinessError, Conflict
from kernel.money import Money
from tests.parts.sessions import CDT, Json, item, procedure
from tests.unit.invoicing.examples import NOW, allocated, clinic, drafted, price_list

AOK = {"payer_id": "aok", "plan": "plus"}
LISTS = {
    basis: price_list(
        item("D1", 10_000),
        item("D2", 5_000),
        item("D3", 333),
        *[
            {**item(f"T{n}", price, tax_category="S", tax_rate=rate), "exemption_reason": None}
            for n, (price, rate) in enumerate([(11_900, "19"), (999, "7"), (1, "20")])
        ],
        basis=basis,
    )
    for basis in ("net", "gross")
}


def discount(discount_id: str, rate: str | None = None, minor: int | None = None, **changes: Any) -> Json:
    """Automatic, and for everybody, unless something else is said."""
    measure = (
        {"kind": "percent", "rate": rate}
        if minor is None
        else {
            "kind": "fixed",
            "amount": {"amount_minor": minor, "currency": "EUR"},
        }
    )
    return {"discount_id": discount_id, "name": f"discount {discount_id}", "given": "everybody", **measure, **changes}


def policy(*discounts: Json, limits: Any = ()) -> DiscountPolicy:
    body = DiscountPolicyBody.model_validate({"discounts": discounts, "limits": limits})
    return replace(check(body.policy("clinic-berlin")), version=1)


def known(*discounts: Json, basis: str = "net", family: int = 0, **changes: Any) -> Terms:
    families = {"pat-77": family} if family else {}
    return Terms(clinic(), LISTS[basis], "EUR", policy=policy(*discounts, **changes), families=families)


def done(terms: Terms, *codes: str, **changes: Any) -> Invoice:
    procedures = [procedure(code, nth) for nth, code in enumerate(codes)]
    return drafted(terms, **{"procedures": procedures, "materials": [], **changes})


def taken(line: Line) -> dict[str, int]:
    return {offer.discount_id: offer.amount.amount_minor for offer in line.discounts}


def test_a_percentage_of_a_line_and_a_sum_off_the_invoice() -> None:
    draft = done(known(discount("a", "10"), discount("b", None, 600, scope="invoice")), "D1", "D2", "D3")
    assert [taken(line) for line in draft.lines] == [
        {"a": 1_000, "b": 391},
        {"a": 500, "b": 196},
        {"a": 33, "b": 13},
    ]
    assert draft.totals.discounts == Money(1_533 + 600, "EUR")
    assert draft.totals.due == Money(15_333 - 2_133, "EUR")
    offer = draft.lines[0].discounts[1]
    assert (offer.name, offer.kind, offer.scope, offer.automatic) == ("discount b", "fixed", "invoice", True)


def test_a_discount_fits_by_code_day_and_plan() -> None:
    terms = known(
        discount("code", "10", codes=["D1"]),
        discount("day", "20", valid_from="2026-11-20", valid_until="2026-11-20"),
        discount("past", "30", valid_until="2026-11-19"),
        discount("plan", "5", given="plan", plans=[AOK]),
        discount("other", "50", given="plan", plans=[{"plan": "basic"}, {"payer_id": "tk"}]),
    )
    covered = {"coverage": {**AOK, "payer_name": None, "member_id": None, "relationship": None}}
    draft = done(terms, "D1", "D2", patient=covered)
    assert [set(taken(line)) for line in draft.lines] == [{"code", "day", "plan"}, {"day", "plan"}]
    assert [set(taken(line)) for line in done(terms, "D1").lines] == [{"code", "day"}]


@pytest.mark.parametrize(("family", "expected"), [(0, 0), (2, 0), (3, 1_000), (5, 1_000)])
def test_a_family_counts_from_its_size(family: int, expected: int) -> None:
    draft = done(known(discount("f", "10", given="family", family_size=3), family=family), "D1")
    assert sum(taken(draft.lines[0]).values()) == expected


def test_what_does_not_stack_is_taken_alone_when_it_is_more() -> None:
    stack = [discount("a", "10"), discount("b", "5")]
    assert taken(done(known(*stack, discount("x", "12", stackable=False)), "D1").lines[0]) == {"a": 1_000, "b": 500}
    assert taken(done(known(*stack, discount("x", "16", stackable=False)), "D1").lines[0]) == {"x": 1_600}
    both = [discount("x", "16", stackable=False), discount("y", None, 1_601, stackable=False, codes=["D1"])]
    assert [taken(line) for line in done(known(*stack, *both), "D1", "D2").lines] == [{"y": 1_601}, {"x": 800}]


def test_everything_off_is_no_charge_as_soon_as_it_is_final() -> None:
    draft = done(known(discount("a", "100")), "D1", "T0", "T1")
    assert (draft.totals.gross, draft.totals.due, draft.problems) == (Money(0, "EUR"), Money(0, "EUR"), ())
    assert draft.totals.discounts == Money(10_000 + 11_900 + 999, "EUR")
    assert allocated(finalize(draft, clinic(), "B-1", NOW).state, []).status == "no_charge"


def test_a_discount_of_another_currency_is_not_given() -> None:
    there = {"amount": {"amount_minor": 100, "currency": "CHF"}}
    assert done(known(discount("a", None, 1, **there)), "D1").totals.discounts is None


@pytest.mark.parametrize(
    ("discounts", "code", "field"),
    [
        ([discount("a", "1"), discount("a", "2")], "discount-twice", "/discounts/1/discount_id"),
        ([discount("a", "101")], "discount-contradicts", "/discounts/0/rate"),
        ([discount("a", "0")], "discount-contradicts", "/discounts/0/rate"),
        ([discount("a", "1") | {"kind": "fixed"}], "discount-contradicts", "/discounts/0/rate"),
        ([discount("a", None, 0)], "discount-contradicts", "/discounts/0/amount"),
        ([discount("a", "1", given="plan")], "discount-contradicts", "/discounts/0/plans"),
        ([discount("a", "1", given="prompt-payment", scope="invoice")], "discount-contradicts", "/discounts/0/days"),
        ([discount("a", "1", given="prompt-payment", days=7)], "discount-contradicts", "/discounts/0/scope"),
        (
            [discount("a", "1", valid_from="2026-01-02", valid_until="2026-01-01")],
            "discount-contradicts",
            "/discounts/0/valid_until",
        ),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(discounts: list[Json], code: str, field: str) -> None:
    with pytest.raises(BusinessError) as refused:
        policy(*discounts)
    assert (refused.value.code, refused.value.field) == (code, field)


CODES = st.lists(st.sampled_from(["D1", "D2", "D3", "T0", "T1", "T2", "nothing"]), min_size=1, max_size=8)
DISCOUNTS = st.lists(
    st.builds(
        lambda rate, minor, percent, **changes: discount("", rate, None if percent else minor, **changes),
        st.sampled_from(["0.5", "3", "10", "33.33", "50", "99.9", "100"]),
        st.integers(1, 30_000),
        st.booleans(),
        scope=st.sampled_from(["line", "invoice"]),
        stackable=st.booleans(),
        codes=st.sampled_from([[], ["D1", "T0"], ["T1", "T2", "D3"]]),
        valid_from=st.sampled_from([None, "2026-11-20", "2026-11-21"]),
    ),
    max_size=6,
).map(lambda found: [offer | {"discount_id": f"d-{n}"} for n, offer in enumerate(found)])
BASES = st.sampled_from(["net", "gross"])


def by_line(draft: Invoice) -> dict[str, tuple[Line, dict[str, int]]]:
    return {line.line_id: (line, taken(line)) for line in draft.lines}


@given(CODES, DISCOUNTS, BASES, st.randoms())
@settings(max_examples=150)
def test_two_front_desks_come_to_the_same_price_in_whatever_order(
    codes: list[str], discounts: list[Json], basis: str, random: Any
) -> None:
    procedures = [procedure(code, nth) for nth, code in enumerate(codes)]
    here = done(known(*discounts, basis=basis), procedures=procedures)
    random.shuffle(discounts)
    random.shuffle(procedures)
    there = done(known(*discounts, basis=basis), procedures=procedures)
    assert there.totals == here.totals
    assert set(there.tax) == set(here.tax)
    assert by_line(there) == by_line(here)


@given(CODES, DISCOUNTS, BASES)
@settings(max_examples=150)
def test_what_is_taken_from_the_lines_sums_and_no_line_is_below_zero(
    codes: list[str], discounts: list[Json], basis: str
) -> None:
    plain, draft = done(known(basis=basis), *codes), done(known(*discounts, basis=basis), *codes)
    total = sum(part for line in draft.lines for part in taken(line).values())
    assert draft.totals.discounts == (Money(total, "EUR") if total else None)
    for line in draft.lines:
        assert left_minor(line) >= 0
        assert line.net is None or 0 <= line.net.amount_minor <= left_minor(line)
    if basis == "gross":
        assert draft.totals.due == plain.totals.due - Money(total, "EUR")
    else:
        assert draft.totals.net == plain.totals.net - Money(total, "EUR")
    assert asked_minor(draft.totals) == draft.totals.due.amount_minor >= 0
    assert sum(line_costs(draft)) == asked_minor(draft.totals)
    for group in draft.tax:
        assert abs(group.tax.amount_minor - group.base.amount_minor * Fraction(group.rate) / 100) <= Fraction(1, 2)


@given(CODES, DISCOUNTS)
@settings(max_examples=100)
def test_the_patient_gets_the_best_of_one_alone_and_all_that_stack(codes: list[str], discounts: list[Json]) -> None:
    best = done(known(*discounts), *codes).totals.due
    ways = [[offer] for offer in discounts] + [[offer for offer in discounts if offer["stackable"]]]
    for way in ways:
        assert best.amount_minor <= done(known(*way), *codes).totals.due.amount_minor


@given(CODES, DISCOUNTS, BASES, st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9_000)), max_size=6))
@settings(max_examples=100)
def test_credited_in_any_parts_a_discounted_invoice_is_credited_to_the_cent(
    codes: list[str], discounts: list[Json], basis: str, parts: list[tuple[int, int]]
) -> None:
    draft = done(known(*discounts, basis=basis), *[code for code in codes if code != "nothing"] or ["D1"])
    invoice, notes = finalize(draft, clinic(), "B-1", NOW).state, list[CreditNote]()
    asks = [LineCredit(invoice.lines[n % len(invoice.lines)].line_id, None, minor) for n, minor in parts]
    for ask in [*([offer] for offer in asks), None]:
        try:
            note = credit_note(invoice, notes, ask, "CN", date(2026, 11, 20), NOW)
        except Conflict:
            break
        except BusinessError:
            continue
        invoice, notes = credit(invoice, note, NOW).state, [*notes, note]
    assert sum(note.net.amount_minor for note in notes) == draft.totals.net.amount_minor
    assert sum(g.tax.amount_minor for note in notes for g in note.tax) == draft.totals.tax.amount_minor
    assert invoice.totals.due.amount_minor == 0 or draft.totals.net.amount_minor == 0


@given(CODES, DISCOUNTS, BASES, st.sampled_from(["33.33", "80", "100"]), st.booleans())
@settings(max_examples=100)
def test_insurer_and_patient_share_what_is_left_after_discounts(
    codes: list[str], discounts: list[Json], basis: str, rate: str, by_line_: bool
) -> None:
    share = {"kind": "percent", "rate": rate}
    way: Json = {"lines": [{"share": share}]} if by_line_ else {"invoice": share}
    insured = replace(known(*discounts, basis=basis), clinic=clinic(insurance=[{"payer_id": "aok", **way}]))
    draft = done(insured, *codes, patient={"coverage": {"payer_id": "aok"}})
    assert draft.insurance is not None
    both = draft.insurance.insurer_part + draft.insurance.patient_part
    assert both == draft.totals.due
    assert draft.insurance.patient_part.amount_minor >= 0
    if by_line_:
        parts = [line.insurer_part.amount_minor for line in draft.lines if line.insurer_part]
        assert sum(parts) == draft.insurance.insurer_part.amount_minor


def test_an_invoice_does_not_tell_more_parts_of_discounts_than_a_record_holds() -> None:
    procedures = [procedure("D1", nth) for nth in range(1_001)]
    four = [discount(f"d-{n}", "1") for n in range(4)]
    assert done(known(*four), procedures=procedures[:-1]).totals.discounts == Money(4_000 * 100, "EUR")
    with pytest.raises(BusinessError) as refused:
        done(known(*four), procedures=procedures)
    assert refused.value.code == "too-many-discounts"


def test_codes_of_every_system_are_meant() -> None:
    terms = known(discount("a", "10", codes=["D1"]))
    assert taken(done(terms, procedures=[procedure("D1", system=CDT)]).lines[0]) == {"a": 1_000}
