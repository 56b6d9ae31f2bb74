"""What the clinical system of the demo says: valid, the same each time, and new in each run."""

from datetime import date

import pytest

from contracts.clinical import SessionCompleted, SessionCorrected
from dev.demo.sessions import FEWEST, Morning, morning_of, session_prefix
from dev.demo.treatments import TREATMENTS, UNPRICED, price_list

ON = date(2026, 11, 23)


def morning(run: str = "20261123-001", seed: int = 1, sessions: int = 30) -> Morning:
    return morning_of(run, ON, seed, sessions)


def test_the_same_seed_and_run_make_the_same_sessions() -> None:
    assert morning() == morning()
    assert [s.procedures for s in morning(seed=2).completed] != [s.procedures for s in morning().completed]


def test_each_run_has_sessions_of_its_own() -> None:
    first, second = (set(morning(run).last_versions) for run in ("20261123-001", "20261123-002"))
    assert not first & second
    assert all(session_id.startswith(session_prefix("20261123-001")) for session_id in first)


@pytest.mark.parametrize("sessions", [FEWEST, 30, 60])
def test_a_morning_of_any_length_has_every_special_session(sessions: int) -> None:
    said = morning(sessions=sessions)
    unpriced = [s for s in said.completed if UNPRICED in {p.code for p in s.procedures}]
    patients = [s.patient.patient_id for s in said.completed]
    assert (len(said.completed), len(unpriced), len(said.voided)) == (sessions, 1, 1)
    assert said.corrected
    assert len(set(patients)) < len(patients)


def test_fewer_sessions_than_special_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        morning(sessions=FEWEST - 1)


def test_what_is_said_can_be_read_as_it_is_on_the_wire() -> None:
    for session in morning().completed:
        assert SessionCompleted.model_validate_json(session.model_dump_json()) == session
    for correction in morning().corrected:
        assert SessionCorrected.model_validate_json(correction.model_dump_json()) == correction


def test_every_treatment_but_the_one_without_a_price_is_in_the_price_list() -> None:
    priced = {item["code"] for item in price_list("2026-01-01")["periods"][0]["items"]}
    done = {procedure.code for session in morning(sessions=300).completed for procedure in session.procedures}
    assert done - priced == {UNPRICED}
    assert set(TREATMENTS) <= priced


def test_several_tax_categories_are_on_the_price_list() -> None:
    taxed = {(item["tax_category"], item.get("tax_rate")) for item in price_list("2026-01-01")["periods"][0]["items"]}
    assert taxed == {("E", None), ("S", "7"), ("S", "19")}
