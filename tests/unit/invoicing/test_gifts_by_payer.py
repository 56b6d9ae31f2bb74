"""What is given away of an insurer's part is the insurer's gain: a discount, a waiver, a credit note."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.clinics.insurance_plans import InsurancePlan, LineCover, Share
from invoicing.domain.drafts.discount_grants import WantedDiscount, grant, remove
from invoicing.domain.drafts.manual_prices import give_back, waive
from invoicing.domain.insurance.split import WantedSplit, split_by_hand
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.pricing.terms import Terms

from kernel.change import Change
from tests.parts.sessions import CROWN, FILLING, item, procedure
from tests.unit.invoicing.examples import LATER, MANAGER, NOW, drafted, terms
from tests.unit.invoicing.test_insurance_split import eur, insured
from tests.unit.invoicing.test_payers import AOK

BECAUSE = Change(LATER, MANAGER, "under warranty")
FIRST, SECOND = "procedure:p-1", "procedure:p-2"
ALL_OF_THE_FILLING = InsurancePlan("aok", lines=(LineCover((FILLING,), Share("percent", "100")),))
LISTED = terms(item(FILLING, 6_000), item(CROWN, 4_000))
PLANNED = replace(LISTED, clinic=insured(ALL_OF_THE_FILLING))


def two_lines(known: Terms, **lines: int) -> Invoice:
    """A filling of 60.00 and a crown of 40.00, split by the plan or, with parts, by hand."""
    draft = drafted(known, procedures=[procedure(), procedure(CROWN, 2)], materials=[], **AOK)
    if not lines:
        return draft
    wanted = {id_: eur(lines[name]) for name, id_ in (("first", FIRST), ("second", SECOND)) if name in lines}
    return split_by_hand(draft, WantedSplit(lines=wanted) if wanted else WantedSplit(eur(lines["whole"])), NOW).state


def parts(draft: Invoice) -> tuple[int, int]:
    assert draft.insurance is not None
    return draft.insurance.insurer_part.amount_minor, draft.insurance.patient_part.amount_minor


@pytest.mark.parametrize(
    ("known", "lines", "before", "after"),
    [
        (PLANNED, {}, (6_000, 4_000), (0, 4_000)),
        (LISTED, {"first": 6_000}, (6_000, 4_000), (0, 4_000)),
        (LISTED, {"first": 3_000, "second": 1_000}, (4_000, 6_000), (1_000, 3_000)),
        (LISTED, {"whole": 6_000}, (6_000, 4_000), (2_400, 1_600)),
    ],
    ids=["by plan", "by hand", "shared by hand", "of the whole by hand"],
)
def test_a_line_that_is_waived_costs_nobody_anything_and_is_as_before_when_it_is_given_back(
    known: Terms, lines: dict[str, int], before: tuple[int, int], after: tuple[int, int]
) -> None:
    draft = two_lines(known, **lines)
    assert parts(draft) == before
    waived = waive(draft, FIRST, known, BECAUSE).state
    assert parts(waived) == after
    assert parts(give_back(waived, FIRST, known, BECAUSE).state) == before


@pytest.mark.parametrize(
    ("known", "lines", "line_id", "after"),
    [
        (PLANNED, {}, FIRST, (3_000, 4_000)),
        (PLANNED, {}, SECOND, (6_000, 2_000)),
        (PLANNED, {}, None, (3_000, 2_000)),
        (LISTED, {"first": 6_000}, FIRST, (3_000, 4_000)),
        (LISTED, {"first": 3_600, "second": 1_000}, FIRST, (2_800, 4_200)),
        (LISTED, {"whole": 6_000}, None, (3_000, 2_000)),
    ],
)
def test_a_discount_is_the_gain_of_who_bears_what_it_is_given_on(
    known: Terms, lines: dict[str, int], line_id: str | None, after: tuple[int, int]
) -> None:
    draft = two_lines(known, **lines)
    half = grant(draft, WantedDiscount(None, "goodwill", "50", None, line_id), known, BECAUSE).state
    assert parts(half) == after
    withdrawn = remove(half, half.discounts[0].discount_id, known, BECAUSE).state
    assert parts(withdrawn) == parts(draft)


@given(st.integers(0, 6_000), st.integers(0, 4_000), st.integers(1, 100), st.sampled_from([FIRST, SECOND, None]))
def test_nobody_pays_more_because_of_a_discount(first: int, second: int, rate: int, line_id: str | None) -> None:
    draft = two_lines(LISTED, first=first, second=second)
    less = grant(draft, WantedDiscount(None, "goodwill", str(rate), None, line_id), LISTED, BECAUSE).state
    for before, after in zip(parts(draft), parts(less), strict=True):
        assert after <= before
        assert after >= before - before * rate // 100 - 2, "nobody gains more than their share of it"
