"""Input that nobody here wrote: the dental procedures of HL7's FHIR Dental Data Exchange guide."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.terminal import chairside
from tests.integration.invoicing.practice import Practice, body_of, money
from tests.parts.patience import until
from tests.parts.sessions import item, prices

pytestmark = pytest.mark.any_broker

FILE = Path(__file__).parents[4] / "shared" / "data" / "fhir-dental-procedures.json"
PRICES = {"D2330": 9_000, "D2331": 11_000, "D2391": 12_500}


@pytest.mark.skipif(not FILE.exists(), reason="needs ../shared/data, which is not part of it")
def test_fhir_procedures_become_priced_drafts_with_tooth_and_surface_on_each_line(practice: Practice) -> None:
    listed = prices(periods=[{"valid_from": "2020-01-01", "items": [item(*price) for price in PRICES.items()]}])
    body_of(practice.put(f"/clinics/{practice.clinic}/price-lists/standard", listed))
    done = chairside(practice.kafka, "publish", str(FILE), "--clinic", practice.clinic)
    assert done.exit_code == 0, done.output

    procedures = json.loads(FILE.read_text())
    drafts = until(practice.all_invoices, lambda items: sum(len(i["lines"]) for i in items) == len(procedures))
    lines: dict[str, Any] = {line["source_id"]: line for draft in drafts for line in draft["lines"]}
    assert lines.keys() == {procedure["id"] for procedure in procedures}
    for procedure in procedures:
        line = lines[procedure["id"]]
        assert line["code"] == next(c["code"] for c in procedure["code"]["coding"] if "cdt" in c["system"])
        assert line["tooth"] == universal_number(procedure)
        assert line["surfaces"], procedure["id"]
        assert line["performed_on"] == procedure["performedDateTime"][:10]
        assert line["net"] == money(PRICES[line["code"]])
    assert {(draft["status"], tuple(draft["problems"])) for draft in drafts} == {("draft", ())}

    again = chairside(practice.kafka, "publish", str(FILE), "--clinic", practice.clinic)
    assert again.exit_code == 0
    practice.drafted("ses-last", procedures=[], materials=[{"material_id": "m", "sku": "S"}])
    assert len(practice.all_invoices()) == len(drafts) + 1


def universal_number(procedure: dict[str, Any]) -> str:
    """As the file has it, in the American numbering."""
    [tooth] = [
        coding["code"]
        for contained in procedure["contained"]
        for coding in contained["location"]["coding"]
        if "UniversalToothDesignation" in coding["system"]
    ]
    return str(tooth)
