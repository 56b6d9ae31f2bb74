"""Real dental procedures, published by the command line, become priced drafts with tooth and surface on each line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.invoicing.practice import Practice
from tests.parts.patience import until
from tests.parts.sessions import item, prices

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "fhir-dental-procedures.json"


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples in ../shared/data are not here")
def test_fhir_procedures_become_priced_drafts_with_tooth_and_surface_on_each_line(practice: Practice) -> None:
    procedures = json.loads(EXAMPLES.read_text())
    codes = sorted({p["code"]["coding"][0]["code"] for p in procedures})
    listed = prices(*(item(code, 9_000 + 100 * nth) for nth, code in enumerate(codes)))
    listed["periods"][0]["valid_from"] = "2024-01-01"
    assert practice.put(f"/clinics/{practice.clinic}/price-lists/standard", listed).status_code == 200

    command = [sys.executable, "-m", "chassis.cli", "publish", str(EXAMPLES)]
    subprocess.run([*command, "--bootstrap", practice.kafka, "--clinic", practice.clinic], check=True, timeout=120)
    days = {p["performedDateTime"] for p in procedures}
    drafts = until(practice.all_invoices, lambda found: len(found) == len(days))

    lines = [line for draft in drafts for line in draft["lines"]]
    assert sorted(line["code"] for line in lines) == sorted(p["code"]["coding"][0]["code"] for p in procedures)
    assert all(line["tooth"] and line["surfaces"] and line["net"]["amount_minor"] >= 9_000 for line in lines)
    assert [draft["problems"] for draft in drafts] == [[]] * len(drafts)
    assert sum(line["net"]["amount_minor"] for line in lines) == sum(
        draft["totals"]["gross"]["amount_minor"] for draft in drafts
    )
