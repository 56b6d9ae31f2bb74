"""Insurer's and patient's part: together what the invoice costs, and never more of the insurer than was agreed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.clinics.insurance_plans import InsurancePlan, LineCover, Share, plan_for
from invoicing.domain.insurance.split import (
    WantedSplit,
    carried,
    insured_minor,
    refused,
    split,
    split_by_hand,
    split_by_plan,
)
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.parties import Coverage
from invoicing.domain.invoice.totals import asked_minor, line_costs
from invoicing.domain.pricing.terms import Terms
from invoicing.domain.receivables.allocation import allocate_account

from kernel.change import Change
from kernel.errors import BusinessError, Conflict, IllegalTransition
from kernel.money import Money
from tests.parts.sessions import COMPOSITE, CROWN, FILLING, item, material, procedure, taxed
from tests.unit.invoicing.examples import (
    AT,
    GROSS_MINOR,
    LATER,
    MANAGER,
    NOW,
    clinic,
    drafted,
    finalized,
    payment,
    price_list,
)

AOK: dict[str, Any] = {"patient": {"coverage": {"payer_id": "aok", "plan": "standard", "member_id": "X123"}}}
ALL = Share("percent", "100")
shares = st.builds(Share, st.just("percent"), st.integers(0, 100).map(str)) | st.builds(
    Share, st.just("fixed"), amount_minor=st.integers(0, 9_000)
)


def insured(*plans: InsurancePlan) -> Clinic:
    return replace(clinic(), insurance=plans)


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


@st.composite
def drafts(draw: st.DrawFn) -> Invoice:
    """Lines at any price, some with VAT of one of two rates, and a rounding of the invoice now and then."""
    codes = draw(st.lists(st.sampled_from([FILLING, CROWN]), min_size=1, max_size=4))
    skus = draw(st.lists(st.sampled_from([COMPOSITE, "GLOVES"]), max_size=4))
    prices = [item(code, draw(st.integers(0, 9_999))) for code in (FILLING, CROWN)]
    prices += [taxed(sku, draw(st.integers(0, 9_999)), rate) for sku, rate in ((COMPOSITE, "19"), ("GLOVES", "7"))]
    done = [procedure(code, nth) for nth, code in enumerate(codes)]
    used = [material(sku, nth) for nth, sku in enumerate(skus)]
    draft = drafted(Terms(clinic(), price_list(*prices), "EUR"), procedures=done, materials=used, **AOK)
    rounding = draw(st.sampled_from([0, 0, 1, -1])) if draft.totals.gross.amount_minor else 0
    totals = replace(draft.totals, rounding=eur(rounding), due=eur(draft.totals.due.amount_minor + rounding))
    return replace(draft, totals=totals)


@st.composite
def plans(draw: st.DrawFn) -> InsurancePlan:
    maximum = draw(st.none() | st.integers(0, 20_000))
    if draw(st.booleans()):
        return InsurancePlan("aok", None, (), draw(shares), maximum)
    codes = st.lists(st.sampled_from([FILLING, CROWN, COMPOSITE]), max_size=2).map(tuple)
    covers = draw(st.lists(st.builds(LineCover, codes, shares), min_size=1, max_size=3))
    return InsurancePlan("aok", "standard", tuple(covers), None, maximum)


def parts_of(draft: Invoice) -> tuple[int, int]:
    assert draft.insurance is not None
    return draft.insurance.insurer_part.amount_minor, draft.insurance.patient_part.amount_minor


@given(drafts())
def test_what_the_lines_cost_sums_to_what_the_invoice_costs(draft: Invoice) -> None:
    assert sum(line_costs(draft)) == asked_minor(draft.totals)
    assert all(cost >= 0 for cost in line_costs(draft))


@given(drafts(), plans(), st.integers(0, 20_000))
def test_both_parts_are_what_the_invoice_costs_and_the_insurers_is_within_its_maximum(
    draft: Invoice, plan: InsurancePlan, used_minor: int
) -> None:
    used = {AT.year: used_minor}
    after = split(draft, insured(plan), used)
    insurer, patient = parts_of(after)
    assert insurer + patient == asked_minor(draft.totals)
    assert insurer >= 0 <= patient
    if plan.yearly_maximum_minor is not None:
        assert insurer <= max(0, plan.yearly_maximum_minor - used_minor)
    if plan.lines:
        parts = [line.insurer_part.amount_minor for line in after.lines if line.insurer_part is not None]
        assert sum(parts) == insurer
        assert all(part <= cost for part, cost in zip(parts, line_costs(draft), strict=True))
    assert split(after, insured(plan), used) == after
    assert split(after, clinic()) == draft


@given(drafts())
def test_who_is_covered_in_full_pays_nothing(draft: Invoice) -> None:
    for plan in (InsurancePlan("aok", invoice=ALL), InsurancePlan("aok", lines=(LineCover((), ALL),))):
        assert parts_of(split(draft, insured(plan)))[1] == 0


def performed(draft: Invoice, days: list[date]) -> Invoice:
    """The draft with its lines done on these days, over and over."""
    return replace(
        draft, lines=tuple(replace(line, performed_on=day) for line, day in zip(draft.lines, cycle(days), strict=False))
    )


@given(st.lists(drafts(), max_size=6), plans(), st.integers(1, 12), st.data())
def test_the_insurers_parts_of_a_benefit_year_never_exceed_the_maximum(
    all_: list[Invoice], plan: InsurancePlan, month: int, data: st.DataObject
) -> None:
    """Done over three years, and finalized in any order, whenever that is."""
    plan = replace(plan, renews_in_month=month)
    known = insured(plan)
    done: list[Invoice] = []
    for nth, draft in enumerate(all_):
        days = data.draw(st.lists(st.dates(date(2025, 1, 1), date(2027, 12, 31)), min_size=1, max_size=3))
        change = Change(AT + timedelta(days=data.draw(st.integers(0, 800))), MANAGER)
        used = insured_minor(done, plan, "EUR")
        after = split(replace(performed(draft, days), invoice_id=f"inv-{nth}"), known, used)
        done.append(finalize(after, known, f"B-{nth}", change).state)
    used = insured_minor(done, plan, "EUR")
    assert sum(used.values()) == sum(parts_of(invoice)[0] for invoice in done)
    if plan.yearly_maximum_minor is not None:
        assert all(minor <= plan.yearly_maximum_minor for minor in used.values())
    assert not any(insured_minor(done, replace(plan, payer_id="dkv"), "EUR").values())
    assert not any(insured_minor(done, plan, "CHF").values())


def crown(day: date, minor: int = 100_000) -> Invoice:
    prices = Terms(clinic(), price_list(item(CROWN, minor)), "EUR")
    return performed(drafted(prices, procedures=[procedure(CROWN)], materials=[], **AOK), [day])


EIGHTY = Share("percent", "80")
BY_LINE = InsurancePlan("aok", lines=(LineCover((), EIGHTY),), yearly_maximum_minor=100_000)
OF_INVOICE = InsurancePlan("aok", invoice=EIGHTY, yearly_maximum_minor=100_000)


@pytest.mark.parametrize("plan", [BY_LINE, OF_INVOICE], ids=["by line", "of the invoice"])
def test_a_maximum_counts_by_the_day_of_service_and_not_of_issue(plan: InsurancePlan) -> None:
    in_january = Change(datetime(2026, 1, 12, 9, tzinfo=UTC), MANAGER)
    known = insured(plan)
    first = finalize(split(crown(date(2026, 1, 8)), known), known, "B-1", in_january).state
    used = insured_minor([first], plan, "EUR")
    assert used == {2026: 80_000}
    assert parts_of(split(crown(date(2025, 12, 29)), known, used)) == (80_000, 20_000)
    assert parts_of(split(crown(date(2026, 1, 2)), known, used)) == (20_000, 80_000)


@pytest.mark.parametrize("plan", [BY_LINE, OF_INVOICE], ids=["by line", "of the invoice"])
@pytest.mark.parametrize(
    ("month", "day", "insurer"),
    [(1, date(2026, 6, 30), 20_000), (7, date(2026, 6, 30), 80_000), (7, date(2026, 7, 1), 20_000)],
)
def test_a_plan_renews_in_a_month_of_its_own(plan: InsurancePlan, month: int, day: date, insurer: int) -> None:
    plan = replace(plan, renews_in_month=month)
    known = insured(plan)
    august = finalize(split(crown(date(2026, 8, 3)), known), known, "B-1", NOW).state
    assert parts_of(split(crown(day), known, insured_minor([august], plan, "EUR")))[0] == insurer


def test_an_invoice_over_the_turn_of_the_year_has_both_maximums() -> None:
    lines = [procedure(CROWN, nth) for nth in range(4)]
    prices = Terms(clinic(), price_list(item(CROWN, 100_000)), "EUR")
    draft = performed(drafted(prices, procedures=lines, materials=[], **AOK), [date(2025, 12, 29), date(2026, 1, 5)])
    assert parts_of(split(draft, insured(BY_LINE)))[0] == parts_of(split(draft, insured(OF_INVOICE)))[0] == 200_000
    assert parts_of(split(draft, insured(BY_LINE), {2025: 100_000}))[0] == 100_000


def test_what_is_refused_is_there_again_for_the_year_in_which_it_was_done() -> None:
    known = insured(BY_LINE)
    invoice = finalize(split(crown(date(2026, 1, 8)), known), known, "B-1", NOW).state
    assert insured_minor([refused(invoice, eur(30_000), NOW).state], BY_LINE, "EUR") == {2026: 50_000}


@given(drafts(), plans(), st.integers(0, 30_000), st.integers(0, 30_000))
def test_each_part_is_paid_for_itself(draft: Invoice, plan: InsurancePlan, patient: int, insurer: int) -> None:
    invoice = finalize(split(draft, insured(plan)), insured(plan), "B-1", NOW).state
    came = [payment(invoice, patient), payment(invoice, insurer, "pay-2", part="insurer")]
    [after] = allocate_account([invoice], came, NOW).state
    insurer_part, patient_part = parts_of(after)
    assert after.insurance is not None
    assert after.insurance.patient_paid == eur(min(patient, patient_part))
    assert after.insurance.insurer_paid == eur(min(insurer, insurer_part))
    assert after.totals.due == eur(max(0, patient_part - patient) + max(0, insurer_part - insurer))


def test_the_first_cover_that_fits_a_line_counts_and_no_line_is_paid_more_than_it_costs() -> None:
    fixed = LineCover((COMPOSITE,), Share("fixed", amount_minor=1_000))
    plan = InsurancePlan("aok", "standard", (LineCover((FILLING,), Share("percent", "80")), fixed))
    after = split(drafted(**AOK), insured(plan))
    assert [line.insurer_part for line in after.lines] == [eur(10_000), eur(714)]
    assert parts_of(after) == (10_714, GROSS_MINOR - 10_714)
    assert after.insurance is not None
    assert (after.insurance.payer_id, after.insurance.member_id) == ("aok", "X123")
    assert after.insurance.rule == "aok/standard, profile 1"


def test_a_maximum_takes_from_the_last_lines_and_says_so() -> None:
    plan = InsurancePlan("aok", lines=(LineCover((), ALL),), yearly_maximum_minor=13_000)
    after = split(drafted(**AOK), insured(plan), {2026: 200})
    assert [line.insurer_part for line in after.lines] == [eur(12_500), eur(300)]
    assert after.insurance is not None
    assert after.insurance.rule == "aok/*, profile 1, yearly maximum"


def test_a_plan_by_name_comes_before_the_one_for_all_others() -> None:
    named, rest = InsurancePlan("aok", "standard", invoice=ALL), InsurancePlan("aok", invoice=ALL)
    assert plan_for((rest, named), "aok", "standard") is named
    assert plan_for((rest, named), "aok", "plus") is plan_for((rest, named), "aok", None) is rest
    assert plan_for((named,), "aok", "plus") is plan_for((rest, named), "dkv", "standard") is None


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, insured(InsurancePlan("aok", invoice=ALL))),
        (AOK, insured(InsurancePlan("dkv", invoice=ALL))),
        (AOK, replace(insured(InsurancePlan("aok", invoice=ALL)), currency="CHF")),
        (AOK, None),
    ],
)
def test_who_has_no_plan_here_is_not_split(changes: dict[str, Any], known: Clinic | None) -> None:
    draft = drafted(**changes)
    assert split(draft, known) is draft


def test_a_split_by_hand_stays_as_far_as_the_invoice_costs_as_much() -> None:
    known = insured(InsurancePlan("aok", invoice=ALL))
    by_hand = split_by_hand(drafted(**AOK), WantedSplit(eur(9_000)), NOW).state
    assert parts_of(by_hand) == (9_000, GROSS_MINOR - 9_000)
    assert (by_hand.version, by_hand.changed_by) == (2, MANAGER)
    assert by_hand.insurance is not None
    assert by_hand.insurance.rule == "by hand"
    assert split(by_hand, known, {2026: 99_999}) == by_hand
    fresh = split(drafted(procedures=[procedure()], materials=[], **AOK), known)
    assert parts_of(carried(by_hand, fresh, known)) == (9_000, 3_500)
    cheap = split(drafted(procedures=[], materials=[material()], **AOK), known)
    assert parts_of(carried(by_hand, cheap, known)) == (714, 0)
    assert carried(drafted(**AOK), fresh, known) is fresh
    assert parts_of(split_by_plan(by_hand, known, NOW).state) == (GROSS_MINOR, 0)


def test_lines_by_hand_keep_their_parts_while_they_are_there() -> None:
    draft = drafted(**AOK)
    first, second = (line.line_id for line in draft.lines)
    by_hand = split_by_hand(draft, WantedSplit(lines={second: eur(500), first: eur(1_000)}), NOW).state
    assert [line.insurer_part for line in by_hand.lines] == [eur(1_000), eur(500)]
    assert parts_of(by_hand)[0] == 1_500
    fresh = drafted(materials=[], **AOK)
    assert parts_of(carried(by_hand, fresh, None)) == (1_000, 11_500)


def test_a_payer_that_the_person_names_is_the_payer() -> None:
    wanted = WantedSplit(eur(1), coverage=Coverage("dkv", "DKV", None, "M-1", None))
    after = split_by_hand(drafted(**AOK), wanted, NOW).state
    assert after.insurance is not None
    assert (after.insurance.payer_id, after.insurance.payer_name, after.insurance.member_id) == ("dkv", "DKV", "M-1")


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (WantedSplit(eur(GROSS_MINOR + 1)), "insurer-part-too-large", "/insurer_part"),
        (WantedSplit(eur(-1)), "insurer-part-too-large", "/insurer_part"),
        (WantedSplit(Money(1, "CHF")), "currency-differs", "/insurer_part"),
        (WantedSplit(lines={"none": eur(1)}), "line-unknown", "/lines"),
        (WantedSplit(lines={"procedure:p-1": eur(12_501)}), "insurer-part-too-large", "/lines"),
    ],
)
def test_a_split_that_cannot_be_is_refused_and_says_where(wanted: WantedSplit, code: str, field: str) -> None:
    with pytest.raises(BusinessError) as refused:
        split_by_hand(drafted(**AOK), wanted, NOW)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_without_coverage_and_payer_there_is_nobody_to_pay() -> None:
    with pytest.raises(BusinessError) as refused:
        split_by_hand(drafted(), WantedSplit(eur(1)), NOW)
    assert refused.value.code == "payer-unknown"


def test_a_final_invoice_is_not_split_any_more() -> None:
    with pytest.raises(IllegalTransition):
        split_by_hand(finalized(**AOK), WantedSplit(eur(1)), Change(LATER, MANAGER))


@given(st.integers(0, 12_000), st.integers(0, 12_000), st.data())
def test_what_the_insurer_refuses_is_the_patients_and_the_sum_stays(
    patient: int, insurer: int, data: st.DataObject
) -> None:
    invoice = finalize(split_by_hand(drafted(**AOK), WantedSplit(eur(10_000)), NOW).state, clinic(), "B-1", NOW).state
    came = [payment(invoice, patient), payment(invoice, insurer, "pay-2", part="insurer")]
    [before] = allocate_account([invoice], came, NOW).state
    owed = max(0, 10_000 - insurer)
    amount = data.draw(st.integers(0, owed))
    after = refused(before, eur(amount), NOW).state
    assert (parts_of(after), after.version) == ((10_000 - amount, GROSS_MINOR - 10_000 + amount), before.version + 1)
    assert replace(after, insurance=before.insurance, payers=before.payers, version=before.version) == before
    [settled] = allocate_account([after], came, NOW).state
    assert settled.totals.due == eur(max(0, GROSS_MINOR - 10_000 + amount - patient) + owed - amount)
    with pytest.raises(BusinessError):
        refused(before, eur(owed + 1), NOW)


def test_nothing_is_refused_of_a_draft_or_of_what_is_not_split() -> None:
    with pytest.raises(IllegalTransition):
        refused(drafted(**AOK), eur(1), NOW)
    with pytest.raises(Conflict) as not_split:
        refused(finalized(), eur(1), NOW)
    assert not_split.value.code == "invoice-not-split"
