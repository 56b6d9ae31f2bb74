"""Fees by factor as the GOZ has them, lab work at cost, and what a claim asks for: from the session to the invoice."""

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from invoicing.domain.corrections.comparison import BilledSession
from invoicing.domain.corrections.proposals import propose
from invoicing.domain.drafts.drafting import draft, priced
from invoicing.domain.drafts.editing import revise
from invoicing.domain.drafts.edits import Edits, LineChange, NewLine
from invoicing.domain.invoice.invoice import Diagnosis, Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.line import LabInvoice
from invoicing.domain.invoice.parties import Coverage, Subscriber
from invoicing.domain.pricing.goz import fee_minor
from invoicing.domain.pricing.terms import Terms
from invoicing.publishing import snapshot

from contracts.clinical import SessionCompleted
from contracts.invoicing import InvoiceDrafted
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.money import Money
from tests.parts import sessions
from tests.parts.sessions import COMPOSITE, EXEMPT, item, material, procedure, taxed
from tests.unit.invoicing.examples import AT, LATER, MANAGER, NOW, SYSTEM, clinic, drafted, price_list, session, terms

GOZ = "http://fhir.de/CodeSystem/bzäk/goz"
EXAM, CROWN = "0010", "2210"
CARIES = {"diagnosis_id": "d-1", "code": "K02.1", "system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm"}


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def by_points() -> Terms:
    """The examination has 100 points, the crown 1,678; the laboratory's work is exempt."""
    lab = {"code": "LAB", "unit": "each", "unit_price_minor": 0, "tax_category": "E", "exemption_reason": EXEMPT}
    return terms(
        item(EXAM, 562, system=GOZ, points=100), item(CROWN, 9437, system=GOZ, points=1678), taxed(COMPOSITE, 1200), lab
    )


def goz(code: str = EXAM, nth: int = 1, **changes: Any) -> dict[str, Any]:
    return procedure(code, nth, system=GOZ, **changes)


@pytest.mark.parametrize(
    ("points", "factor", "cents"),
    [(100, "1", 562), (100, "2.3", 1294), (100, "3.5", 1968), (1678, "2.3", 21706), (28, "2.3", 362), (8, "1", 45)],
)
def test_a_fee_is_points_x_point_value_x_factor_and_rounded_once(points: int, factor: str, cents: int) -> None:
    """2.3 times a single fee that was rounded before would be 12.93 for the examination: section 5(1) GOZ."""
    assert fee_minor(points, factor) == cents


def test_a_factor_multiplies_the_single_fee_of_the_price_list() -> None:
    done = [goz(factor="2.3"), goz(CROWN, 2, factor="3.5", factor_reason="narrow"), procedure(nth=3, factor="1.5")]
    known = terms(item(EXAM, 562, system=GOZ, points=100), item(CROWN, 9437, system=GOZ), item("D2391", 12_501))
    lines = drafted(known, procedures=done, materials=[]).lines
    assert [line.unit_price for line in lines] == [eur(1294), eur(33030), eur(18752)]
    assert [(line.factor, line.factor_reason) for line in lines] == [("2.3", None), ("3.5", "narrow"), ("1.5", None)]


def test_a_quantity_multiplies_the_rounded_fee() -> None:
    [line] = drafted(by_points(), procedures=[goz(factor="2.3", quantity="12")], materials=[]).lines
    assert (line.unit_price, line.amount) == (eur(1294), eur(12 * 1294))


def test_without_a_factor_the_fee_is_the_single_one() -> None:
    [line] = drafted(by_points(), procedures=[goz()], materials=[]).lines
    assert (line.unit_price, line.factor) == (eur(562), None)


@pytest.mark.parametrize(
    ("price", "system", "code", "field"),
    [(563, GOZ, "points-price", "unit_price_minor"), (562, sessions.CDT, "points-system", "points")],
)
def test_points_give_the_single_fee_of_a_service_of_the_goz(price: int, system: str, code: str, field: str) -> None:
    with pytest.raises(BusinessError) as refused:
        price_list(item(EXAM, price, system=system, points=100))
    assert (refused.value.code, refused.value.field) == (code, f"/periods/0/items/0/{field}")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"factor": "2.4"}, "factor-reason-missing"),
        ({"factor": "3.5", "factor_reason": " "}, "factor-reason-missing"),
        ({"factor": "3.6", "factor_reason": "narrow"}, "fee-agreement-missing"),
        ({"factor": "0.9"}, "fee-agreement-missing"),
        ({"factor": "2.3"}, None),
        ({"factor": "3.500", "factor_reason": "narrow"}, None),
        ({"factor": "4.0", "fee_agreed_on": "2026-11-01"}, None),
    ],
)
def test_an_invoice_says_why_a_fee_of_the_goz_is_above_the_usual(said: dict[str, Any], code: str | None) -> None:
    made = drafted(by_points(), procedures=[goz(**said)], materials=[])
    if code is None:
        assert finalize(made, clinic(), "B-1", Change(AT, MANAGER)).state.status == "finalized"
    else:
        with pytest.raises(Conflict) as refused:
            finalize(made, clinic(), "B-1", Change(AT, MANAGER))
        assert refused.value.code == code
        assert "procedure:p-1" in str(refused.value)


def test_a_person_may_say_why_and_another_factor_is_priced_anew() -> None:
    made = drafted(by_points(), procedures=[goz(factor="2.3")], materials=[])
    asked = LineChange("procedure:p-1", {"factor": "3.5", "factor_reason": "narrow"})
    edits = Edits(note=None, due_on=None, change=[asked], add=[NewLine("procedure", CROWN, GOZ, factor="1.5")])
    after = revise(made, edits, by_points(), NOW).state
    assert [(line.unit_price, line.factor) for line in after.lines] == [(eur(1968), "3.5"), (eur(14156), "1.5")]
    assert after.lines[0].session is not None
    assert after.lines[0].session.fields == ("factor", "factor_reason")


def test_a_line_points_to_no_diagnosis_that_nobody_told() -> None:
    asked = LineChange("procedure:p-1", {"diagnosis_ids": ("d-9",)})
    with pytest.raises(BusinessError) as refused:
        revise(drafted(), Edits(note=None, due_on=None, change=[asked]), terms(), NOW)
    assert (refused.value.code, refused.value.field) == ("diagnosis-unknown", "/change/0/diagnosis_ids")


def test_a_code_of_exemption_is_that_of_its_group_where_all_of_it_has_one() -> None:
    care, other = "VATEX-EU-132-1C", "VATEX-EU-132-1E"
    done = [procedure("D2391"), procedure("D0220", 2), procedure("D2740", 3)]
    known = terms(item("D2391", 100, exemption_code=care), item("D0220", 200, exemption_code=care), item("D2740", 300))
    made = drafted(known, procedures=done[:2], materials=[])
    assert [line.exemption_code for line in made.lines] == [care, care]
    assert [group.exemption_code for group in made.tax] == [care]
    assert [group.exemption_code for group in drafted(known, procedures=done, materials=[]).tax] == [None]
    several = terms(item("D2391", 100, exemption_code=care), item("D0220", 200, exemption_code=other))
    assert [group.exemption_code for group in drafted(several, procedures=done[:2], materials=[]).tax] == [None]
    with pytest.raises(BusinessError) as refused:
        price_list(item("D2391", 100, tax_category="Z", exemption_reason=None, exemption_code=care))
    assert refused.value.code == "exemption-code"


def lab_work(**changes: Any) -> dict[str, Any]:
    asked = {"number": "L-77", "laboratory": "Dentallabor Nord", "amount": {"amount_minor": 41250, "currency": "EUR"}}
    return material("LAB", quantity="1", unit="each", lab_invoice=asked | changes)


def test_lab_work_is_passed_on_at_cost_and_taxed_as_listed() -> None:
    [line] = drafted(by_points(), procedures=[], materials=[lab_work()]).lines
    assert (line.unit_price, line.amount, line.tax_category) == (eur(41250), eur(41250), "E")
    assert line.lab_invoice == LabInvoice("L-77", "Dentallabor Nord", None, eur(41250), None)
    assert priced(line, by_points(), None) == line


def test_lab_work_in_another_currency_or_in_no_list_waits_for_a_price() -> None:
    foreign = lab_work(amount={"amount_minor": 41250, "currency": "CHF"})
    assert drafted(by_points(), procedures=[], materials=[foreign]).lines[0].unpriced
    assert drafted(procedures=[], materials=[lab_work()]).lines[0].unpriced


def test_another_factor_after_finalizing_is_another_price() -> None:
    known = by_points()
    root = finalize(
        drafted(known, procedures=[goz(factor="2.3")], materials=[]), clinic(), "B-1", Change(AT, MANAGER)
    ).state
    later = draft(session(version=2, procedures=[goz(factor="3.5")], materials=[]), known, LATER, SYSTEM)
    [after] = propose(BilledSession(root), (later, known), 2, NOW).state
    assert [(proposal.kind, proposal.amount) for proposal in after.proposals] == [
        ("supplement", eur(1968)),
        ("credit", eur(1294)),
    ]


def test_what_a_claim_says_otherwise_at_no_other_cost_is_a_deviation() -> None:
    done = [goz(factor="3.5", factor_reason="narrow", diagnosis_ids=["d-1"])]
    now = [goz(factor="3.5", factor_reason="very narrow", diagnosis_ids=["d-1"])]
    cover = {"coverage": {"payer_id": "aok"}}
    root = finalize(
        drafted(by_points(), procedures=done, materials=[], diagnoses=[CARIES], patient=cover),
        clinic(),
        "B-1",
        Change(AT, MANAGER),
    ).state
    grouped = {"coverage": {"payer_id": "aok", "group_number": "G-1"}}
    other = CARIES | {"code": "K02.2"}
    told = session(version=2, procedures=now, materials=[], diagnoses=[other], patient=grouped)
    [after] = propose(BilledSession(root), (draft(told, by_points(), LATER, SYSTEM), by_points()), 2, NOW).state
    assert after.proposals == ()
    assert [(each.line_id, each.fields) for each in after.deviations] == [
        (None, ("coverage",)),
        (None, ("diagnoses",)),
        ("procedure:p-1", ("factor_reason",)),
    ]
    assert after.deviations[1].diagnoses == (Diagnosis("d-1", "K02.2", CARIES["system"]),)
    told_again = session(version=3, procedures=now, materials=[], diagnoses=[CARIES], patient=grouped)
    [again] = propose(BilledSession(after), (draft(told_again, by_points(), LATER, SYSTEM), by_points()), 3, NOW).state
    assert (None, ("diagnoses",)) not in [(each.line_id, each.fields) for each in again.deviations]


def test_the_draft_knows_what_a_claim_asks_for() -> None:
    cover = {
        "payer_id": "delta",
        "group_number": "G-100",
        "assignment_of_benefits": True,
        "relationship": "child",
        "subscriber": {"name": "Ola Øster", "subscriber_id": "S-1", "birth_date": "1956-01-31"},
    }
    done = [procedure(diagnosis_ids=["d-1"])]
    made = drafted(procedures=done, diagnoses=[CARIES], patient={"coverage": cover})
    assert made.buyer.coverage == Coverage(
        "delta", None, None, None, "child", "G-100", Subscriber("Ola Øster", "S-1", date(1956, 1, 31)), True
    )
    assert made.diagnoses == (Diagnosis("d-1", "K02.1", CARIES["system"]),)
    assert made.lines[0].diagnosis_ids == ("d-1",)
    assert replace(made.lines[0], diagnosis_ids=()) == drafted().lines[0]


def test_all_of_it_is_told_and_stored_as_it_is() -> None:
    done = [goz(factor="4", factor_reason="narrow", fee_agreed_on="2026-11-01", diagnosis_ids=["d-1"])]
    cover = {"coverage": {"payer_id": "dkv", "subscriber": {"name": "Ola"}, "assignment_of_benefits": False}}
    made = drafted(by_points(), procedures=done, materials=[lab_work()], diagnoses=[CARIES], patient=cover)
    told = InvoiceDrafted.model_validate_json(snapshot(made))
    assert [(line.factor, line.fee_agreed_on) for line in told.lines] == [("4", date(2026, 11, 1)), (None, None)]
    assert told.lines[1].lab_invoice is not None
    assert told.lines[1].lab_invoice.amount == eur(41250)
    assert told.diagnoses[0].code == "K02.1"
    assert told.buyer.coverage is not None
    assert told.buyer.coverage.assignment_of_benefits is False
    assert msgspec.json.decode(snapshot(made), type=Invoice) == made


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"diagnoses": [CARIES, CARIES]}, "diagnosis d-1 is in the session twice"),
        ({"procedures": [procedure(diagnosis_ids=["d-2"])], "diagnoses": [CARIES]}, "which is not told"),
        ({"procedures": [procedure(factor="101")]}, "at most 100"),
        ({"procedures": [procedure(factor="0")]}, "greater than zero"),
        ({"materials": [lab_work(amount={"amount_minor": -1, "currency": "EUR"})]}, "must not be negative"),
    ],
)
def test_a_session_that_contradicts_itself_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SessionCompleted.model_validate(sessions.session(**changes))
