"""What nobody described is called as in the price list, in the patient's language where the list has it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from invoicing.domain.corrections.comparison import BilledSession
from invoicing.domain.corrections.merge import redrafted
from invoicing.domain.corrections.proposals import propose
from invoicing.domain.drafts.drafting import reprice
from invoicing.domain.drafts.editing import revise
from invoicing.domain.drafts.edits import Edits, LineChange, NewLine
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.pricing.price_list import PriceItem
from invoicing.domain.pricing.terms import Terms

from tests.parts.sessions import CDT, COMPOSITE, CROWN, FILLING, item, material, procedure, taxed
from tests.unit.invoicing.examples import NOW, clinic, drafted, price_list, terms

GERMAN = {"de": "Füllung", "de-AT": "Plombe"}
WORDS = {"description": "Filling", "descriptions": GERMAN}
LISTED = terms(item(FILLING, 12_500, **WORDS), item(CROWN, 68_000, description="Crown"), taxed(COMPOSITE, 1_200))


def filling(locale: str | None = "de-DE", known: Terms = LISTED, **changes: Any) -> Invoice:
    done = [procedure(description=changes.pop("description", None), **changes)]
    return drafted(known, procedures=done, materials=[], patient={"locale": locale})


def called(draft: Invoice) -> list[str]:
    return [line.description for line in draft.lines]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de-DE", "Füllung"),
        ("de", "Füllung"),
        ("DE_ch", "Füllung"),
        ("de-AT", "Plombe"),
        ("de-at-x-wien", "Plombe"),
        ("pl-PL", "Filling"),
        (None, "Filling"),
    ],
)
def test_it_is_called_in_the_patients_language(locale: str | None, expected: str) -> None:
    assert called(filling(locale)) == [expected]


@pytest.mark.parametrize(
    ("description", "texts", "locale", "expected"),
    [
        (None, {"de-AT": "Plombe"}, "de-DE", "Plombe"),
        (None, {"fr": "Obturation"}, "de-DE", "Obturation"),
        ("Filling", {"fr": "Obturation"}, "de-DE", "Filling"),
        (None, {}, "de-DE", None),
    ],
)
def test_some_words_are_better_than_none(
    description: str | None, texts: dict[str, str], locale: str, expected: str | None
) -> None:
    priced = PriceItem("procedure", CDT, FILLING, 1, "Z", "0", None, description, tuple(texts.items()))
    assert priced.described(locale) == expected


def test_what_the_session_says_is_what_is_said() -> None:
    [line] = filling(description="as the dentist wrote").lines
    assert (line.description, line.listed_description) == ("as the dentist wrote", False)
    assert called(filling(description="  ")) == ["Füllung"]


def test_a_material_is_called_by_its_unit() -> None:
    known = terms(taxed(COMPOSITE, 1_200, description="a gram"), taxed(COMPOSITE, 900, unit="ml", description="an ml"))
    used = [material(description=None), material(nth=2, unit="ml", description=None)]
    assert called(drafted(known, procedures=[], materials=used)) == ["a gram", "an ml"]


def test_the_first_list_with_words_says_them() -> None:
    plan = price_list(item(FILLING, 9_000), applies_to={"payer_id": "aok"})
    known = replace(LISTED, scoped=(plan,))
    draft = drafted(
        known, procedures=[procedure(description=None)], materials=[], patient={"coverage": {"payer_id": "aok"}}
    )
    assert draft.totals.net.amount_minor == 9_000
    assert called(draft) == ["Filling"]


def test_words_are_those_of_the_day() -> None:
    periods = [
        {"valid_from": "2026-01-01", "valid_until": "2026-06-30", "items": [item(FILLING, 1, description="old")]},
        {"valid_from": "2026-07-01", "items": [item(FILLING, 1, description="new")]},
    ]
    known = Terms(clinic(), price_list(periods=periods), "EUR")
    assert called(filling(known=known, performed_on="2026-06-30")) == ["old"]
    assert called(filling(known=known, performed_on="2026-07-01")) == ["new"]


def test_a_draft_that_waited_for_its_price_gets_its_words_too() -> None:
    assert called(reprice(filling(known=Terms(clinic(), None, "EUR")), LISTED)) == ["Füllung"]


def edited(draft: Invoice, known: Terms = LISTED, **edits: Any) -> Invoice:
    return revise(draft, Edits(note=None, due_on=None, **edits), known, NOW).state


def test_a_line_of_another_code_is_called_otherwise_and_words_of_a_person_stay() -> None:
    draft = filling(None)
    [line] = draft.lines
    crowned = edited(draft, change=[LineChange(line.line_id, {"code": CROWN})])
    assert called(crowned) == ["Crown"]
    typed = edited(draft, change=[LineChange(line.line_id, {"description": "by hand"})])
    assert called(edited(typed, change=[LineChange(line.line_id, {"tooth": "15"})])) == ["by hand"]
    assert called(edited(typed, change=[LineChange(line.line_id, {"description": ""})])) == ["Filling"]


def test_a_line_that_a_person_adds_is_called_as_in_the_list() -> None:
    new = NewLine("procedure", CROWN, CDT, None, "", None, (), None, "1", date(2026, 11, 20), None)
    assert called(edited(filling(None), add=[new])) == ["Filling", "Crown"]


RENAMED = terms(item(FILLING, 12_500, description="Composite"), item(CROWN, 68_000))


def test_other_words_of_the_list_are_no_conflict_with_what_a_person_changed() -> None:
    draft = filling(None)
    [line] = draft.lines
    mine = edited(draft, change=[LineChange(line.line_id, {"tooth": "15"})])
    again = redrafted(mine, filling(None, RENAMED), RENAMED, NOW).state
    assert (called(again), [line.conflict for line in again.lines]) == (["Composite"], [None])
    coded = edited(draft, change=[LineChange(line.line_id, {"code": CROWN})])
    assert called(redrafted(coded, filling(None), LISTED, NOW).state) == ["Crown"]


def test_other_words_of_the_list_propose_nothing_for_a_final_invoice() -> None:
    final = finalize(filling(None), clinic(), "B-1", NOW).state
    [after] = propose(BilledSession(final, (), {}), (filling(None, RENAMED), RENAMED), 2, NOW).state
    assert (after.proposals, after.deviations, after.problems, called(after)) == ((), (), (), ["Filling"])
