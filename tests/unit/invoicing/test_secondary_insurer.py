"""A second insurer: in order, of no line more than its cost, and paid, credited and refused for itself."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.clinics.insurance_plans import InsurancePlan, LineCover, Share
from invoicing.domain.insurance.split import (
    WantedSplit,
    carried,
    insured_minor,
    refused,
    split,
    split_by_hand,
    split_by_plan,
)
from invoicing.domain.invoice.credit_note import LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import INSURER, Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.parties import Coverage
from invoicing.domain.invoice.payers import THE_PATIENT, Payer
from invoicing.domain.invoice.totals import asked_minor, line_costs
from invoicing.domain.receivables.account import balance
from invoicing.domain.receivables.allocation import allocate_account

from kernel.errors import BusinessError
from tests.parts.sessions import FILLING, material
from tests.unit.invoicing.examples import GROSS_MINOR, NOW, clinic, drafted, finalized, payment
from tests.unit.invoicing.test_insurance_split import drafts, eur, insured, plans

BOTH: dict[str, Any] = {
    "patient": {
        "coverage": {"payer_id": "aok", "payer_name": "AOK"},
        "secondary_coverage": {"payer_id": "dkv", "payer_name": "DKV", "member_id": "M-2"},
    }
}
AOK: Payer = (INSURER, "aok")
DKV: Payer = (INSURER, "dkv")


def percent(payer_id: str, rate: str, maximum: int | None = None) -> InsurancePlan:
    return InsurancePlan(payer_id, lines=(LineCover((), Share("percent", rate)),), yearly_maximum_minor=maximum)


def parts(invoice: Invoice) -> dict[Payer, int]:
    return {(share.part, share.payer_id): share.amount.amount_minor for share in invoice.payers}


def final(draft: Invoice) -> Invoice:
    return finalize(draft, clinic(), "B-1", NOW).state


def twice_covered(draft: Invoice) -> Invoice:
    second = Coverage("dkv", "DKV", "standard", None, None)
    return replace(draft, buyer=replace(draft.buyer, secondary_coverage=second))


@given(drafts(), plans(), plans(), st.integers(0, 20_000), st.integers(0, 20_000))
def test_both_insurers_pay_no_more_than_a_line_costs(
    draft: Invoice, first: InsurancePlan, second: InsurancePlan, used_minor: int, used_by_second_minor: int
) -> None:
    used, used_by_second = {2026: used_minor}, {2026: used_by_second_minor}
    known = insured(first, replace(second, payer_id="dkv"))
    alone = split(draft, insured(first), used)
    after = split(twice_covered(draft), known, used, used_by_second)
    assert after.insurance is not None
    assert after.insurance.secondary is not None
    assert alone.insurance is not None
    of_second = after.insurance.secondary.amount.amount_minor
    of_first = after.insurance.insurer_part.amount_minor - of_second
    assert of_first == alone.insurance.insurer_part.amount_minor, "the second changes nothing of the first"
    assert of_second >= 0 <= after.insurance.patient_part.amount_minor
    assert of_first + of_second + after.insurance.patient_part.amount_minor == asked_minor(draft.totals)
    if second.yearly_maximum_minor is not None:
        assert of_second <= max(0, second.yearly_maximum_minor - used_by_second_minor)
    for line, cost in zip(after.lines, line_costs(draft), strict=True):
        assert line.insurer_part is not None
        assert line.secondary_part is not None
        assert 0 <= line.secondary_part.amount_minor <= line.insurer_part.amount_minor <= cost
    assert sum(line.secondary_part.amount_minor for line in after.lines if line.secondary_part) == of_second
    assert split(after, known, used, used_by_second) == after
    assert split(after, clinic()) == twice_covered(draft)
    assert sum(parts(final(after)).values()) == asked_minor(draft.totals)


def test_the_second_pays_of_what_the_first_leaves() -> None:
    draft = split(drafted(materials=[], **BOTH), insured(percent("aok", "60"), percent("dkv", "80")))
    assert parts(final(draft)) == {AOK: 7_500, DKV: 5_000, THE_PATIENT: 0}
    less = split(drafted(materials=[], **BOTH), insured(percent("aok", "60"), percent("dkv", "10", 1_000)))
    assert parts(final(less)) == {AOK: 7_500, DKV: 1_000, THE_PATIENT: 4_000}
    assert less.insurance is not None
    assert less.insurance.secondary is not None
    assert (less.insurance.secondary.rule, less.insurance.secondary.member_id) == (
        "dkv/*, profile 1, yearly maximum",
        "M-2",
    )


def test_without_a_plan_of_the_first_nobody_knows_what_is_left_for_the_second() -> None:
    draft = drafted(**BOTH)
    assert split(draft, insured(percent("dkv", "80"))) is draft


def test_each_insurer_is_paid_credited_and_refuses_for_themselves() -> None:
    known = insured(percent("aok", "60"), percent("dkv", "20"))
    invoice = final(split(drafted(materials=[], **BOTH), known))
    assert parts(invoice) == {AOK: 7_500, DKV: 2_500, THE_PATIENT: 2_500}
    came = [payment(invoice, 9_000, part="insurer", payer_id="dkv")]
    [paid] = allocate_account([invoice], came, NOW).state
    assert [(share.payer_id, share.paid.amount_minor) for share in paid.payers] == [
        ("aok", 0),
        ("dkv", 2_500),
        (None, 0),
    ]
    account = balance("clinic-berlin", "pat-77", 1, [paid], came, NOW, date(2026, 12, 1))
    assert [(c.payer_id, c.amount) for c in account.credits] == [("dkv", eur(6_500))]
    note = credit_note(paid, [], [LineCredit(paid.lines[0].line_id, net_minor=5_000)], "CN-1", date(2026, 12, 1), NOW)
    assert {(one.part, one.payer_id): one.amount.amount_minor for one in note.payers} == {
        AOK: 3_000,
        DKV: 1_000,
        THE_PATIENT: 1_000,
    }
    after = credit(paid, note, NOW).state
    assert [share.open.amount_minor for share in after.payers] == [4_500, 0, 1_500]
    with pytest.raises(BusinessError) as unclear:
        refused(after, eur(1), NOW)
    assert (unclear.value.code, unclear.value.field) == ("payer-unknown", "/payer_id")
    less = refused(after, eur(500), NOW, "aok").state
    assert [share.open.amount_minor for share in less.payers] == [4_000, 0, 2_000]
    nothing_paid = refused(invoice, eur(2_000), NOW, "dkv").state
    assert parts(nothing_paid) == {AOK: 7_500, DKV: 500, THE_PATIENT: 4_500}


def test_an_insurer_who_covers_the_patient_twice_is_one_payer() -> None:
    twice = {**BOTH["patient"], "secondary_coverage": {"payer_id": "aok", "plan": "spouse"}}
    known = insured(percent("aok", "60"), replace(percent("aok", "20"), plan="spouse"))
    invoice = final(split(drafted(materials=[], patient=twice), known))
    assert parts(invoice) == {AOK: 10_000, THE_PATIENT: 2_500}
    rest = credit_note(invoice, [], None, "CN-1", date(2026, 12, 1), NOW)
    assert [one.amount for one in rest.payers] == [eur(10_000), eur(2_500)]


def test_a_second_insurers_part_is_set_by_hand_and_stays_as_far_as_the_invoice_costs_as_much() -> None:
    draft = drafted(**BOTH)
    both = split_by_hand(draft, WantedSplit(eur(9_000), secondary=WantedSplit(eur(4_000))), NOW).state
    assert parts(final(both)) == {AOK: 9_000, DKV: 4_000, THE_PATIENT: GROSS_MINOR - 13_000}
    cheaper = drafted(materials=[], **BOTH)
    assert parts(final(carried(both, cheaper, None))) == {AOK: 9_000, DKV: 3_500, THE_PATIENT: 0}
    line_id = draft.lines[0].line_id
    by_line = WantedSplit(eur(6_607), secondary=WantedSplit(lines={line_id: eur(6_000)}))
    mixed = split_by_hand(draft, by_line, NOW).state
    assert parts(final(mixed)) == {AOK: 6_607, DKV: 6_000, THE_PATIENT: 607}
    assert split(mixed, None) == mixed
    unclear = [payment(final(mixed), 100, part="insurer")]
    assert allocate_account([final(mixed)], unclear, NOW).events == (), "of two insurers nobody knows whose it is"
    only_material = drafted(procedures=[], materials=[material()], **BOTH)
    assert parts(final(carried(mixed, only_material, None)))[DKV] == 0
    assert split_by_plan(both, None, NOW).state.insurance is None


@pytest.mark.parametrize(
    ("second", "field", "code"),
    [
        (WantedSplit(eur(4_215)), "/secondary/insurer_part", "insurer-part-too-large"),
        (WantedSplit(lines={"none": eur(1)}), "/secondary/lines", "line-unknown"),
    ],
)
def test_a_second_part_that_cannot_be_is_refused_with_its_field(second: WantedSplit, field: str, code: str) -> None:
    with pytest.raises(BusinessError) as wrong:
        split_by_hand(drafted(**BOTH), WantedSplit(eur(9_000), secondary=second), NOW)
    assert (wrong.value.field, wrong.value.code) == (field, code)
    with pytest.raises(BusinessError) as nobody:
        split_by_hand(drafted(), WantedSplit(eur(1), coverage=BOTH_COVERS, secondary=WantedSplit(eur(1))), NOW)
    assert nobody.value.field == "/secondary/payer_id"


BOTH_COVERS = Coverage("aok", None, None, None, None)


def test_each_insurers_maximum_is_their_own() -> None:
    invoice = final(split(drafted(materials=[], **BOTH), insured(percent("aok", "60"), percent("dkv", "20"))))
    assert insured_minor([invoice], percent("aok", "60"), "EUR") == {2026: 7_500}
    assert insured_minor([invoice], percent("dkv", "20"), "EUR") == {2026: 2_500}
    assert invoice.issued is not None
    assert [(claim.payer_id, claim.amount) for claim in invoice.issued.insurers] == [
        ("aok", eur(7_500)),
        ("dkv", eur(2_500)),
    ]
    assert finalized().payers == ()


@pytest.mark.parametrize("wanted", [FILLING])
def test_a_plan_of_the_second_is_by_code_too(wanted: str) -> None:
    second = InsurancePlan("dkv", lines=(LineCover((wanted,), Share("fixed", amount_minor=900)),))
    invoice = final(split(drafted(**BOTH), insured(percent("aok", "50"), second)))
    assert parts(invoice)[DKV] == 900
