"""Price lists as CSV over HTTP: taken over whole or not at all, by the same way as those that come as JSON."""

from typing import Any

import httpx2
import pytest

from tests.integration.invoicing.practice import Json, Practice, body_of, refusal
from tests.parts.sessions import CDT, FILLING, clinic, item, prices, taxed

pytestmark = pytest.mark.any_broker

HEADER = "valid_from,valid_until,kind,system_or_unit,code,price,tax_category,tax_rate,exemption_reason\n"
PRICES = f"2026-01-01,,procedure,{CDT},D2391,125.00,E,,Treatment\n2026-01-01,,material,g,COMP-A2,12.00,S,19,\n"


def lists(practice: Practice, name: str = "standard") -> str:
    return f"/clinics/{practice.clinic}/price-lists/{name}"


def put_csv(practice: Practice, text: str | bytes, content_type: str = "text/csv", **params: Any) -> httpx2.Response:
    token = practice.issuer.mint(practice.role, *(practice.token_for or (practice.clinic,)))
    return practice.http.put(
        f"{lists(practice)}/import",
        content=text,
        params=params,
        headers={"Authorization": f"Bearer {token}", "Content-Type": content_type},
    )


def test_an_imported_list_is_the_list_and_prices_what_waited_for_it(practice: Practice) -> None:
    body_of(practice.put(lists(practice), prices(taxed("OTHER", 1))))
    draft = practice.drafted()
    assert "unpriced" in draft["problems"]
    stored = body_of(put_csv(practice, HEADER + PRICES, reason="prices of 2026"))
    assert stored == body_of(practice.get(lists(practice)))
    assert stored["version"] == 3
    unsaid: Json = {"unit": None, "description": None, "descriptions": {}, "points": None, "exemption_code": None}
    assert stored["periods"][0]["items"][0] == {
        **item(FILLING, 12_500),
        **unsaid,
        "tax_rate": "0",
        "exemption_reason": "Treatment",
    }
    priced = practice.until_version(draft["version"] + 1)
    assert (priced["problems"], priced["lines"][0]["price"]["price_list_version"]) == ([], 3)
    revisions = body_of(practice.get(f"{lists(practice)}/revisions"))["items"]
    assert [(revision["version"], revision["reason"]) for revision in revisions if revision["version"] == 3] == [
        (3, "prices of 2026")
    ]


def test_of_a_file_with_a_bad_row_nothing_is_taken_over_and_each_bad_row_is_told(practice: Practice) -> None:
    before = body_of(practice.get(lists(practice)))
    refused = put_csv(practice, HEADER + PRICES + "2026-01-01,,material,g,A,1.999,Z,0,\n" + PRICES)
    assert refusal(refused) == (422, "price-file-invalid")
    problem = refused.json()
    assert [(f["row"], f["column"], f["code"]) for f in problem["faults"]] == [
        (4, "price", "too-many-decimals"),
        (5, "code", "price-list-twice"),
        (6, "code", "price-list-twice"),
    ]
    assert (problem["faults_total"], problem["bad_rows_total"]) == (3, 3)
    assert body_of(practice.get(lists(practice))) == before


@pytest.mark.parametrize("decimal", ["point", "comma"])
def test_an_export_is_imported_as_the_same_list(practice: Practice, decimal: str) -> None:
    body_of(practice.put(lists(practice), {**prices(), "applies_to": {"plan": "plus"}, "basis": "gross"}))
    exported = practice.get(f"{lists(practice)}/export", decimal=decimal)
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert exported.headers["content-disposition"] == 'attachment; filename="standard.csv"'
    before = body_of(practice.get(lists(practice)))
    again = body_of(put_csv(practice, exported.content, "text/csv; charset=utf-8"))
    assert again == {**before, "version": before["version"] + 1}


def test_twenty_thousand_prices_are_imported_and_exported(practice: Practice) -> None:
    rows = "".join(f"2026-01-01,,procedure,{CDT},D{n},{n % 900}.50,E,0,Treatment of teeth\n" for n in range(20_000))
    stored = body_of(put_csv(practice, HEADER + rows))
    assert len(stored["periods"][0]["items"]) == 20_000
    exported = practice.get(f"{lists(practice)}/export")
    assert len(exported.text.splitlines()) == 20_001
    as_json: Json = {name: stored[name] for name in ("currency", "basis", "applies_to", "periods")}
    assert body_of(practice.put(lists(practice), as_json))["version"] == stored["version"] + 1


def test_a_new_list_is_in_the_clinics_currency_or_in_the_one_that_is_said(new_practice: Any) -> None:
    practice: Practice = new_practice()
    assert refusal(put_csv(practice, HEADER + PRICES)) == (404, "clinic-unknown")
    body_of(practice.put(f"/clinics/{practice.clinic}", clinic(currency="CHF")))
    assert body_of(put_csv(practice, HEADER + PRICES))["currency"] == "CHF"
    assert body_of(put_csv(practice, HEADER + PRICES, currency="EUR"))["currency"] == "EUR"
    assert body_of(put_csv(practice, HEADER + PRICES, basis="gross"))["basis"] == "gross"
    gross = body_of(put_csv(practice, HEADER + PRICES))
    assert (gross["currency"], gross["basis"]) == ("EUR", "gross")
    assert refusal(put_csv(practice, HEADER + PRICES, currency="EURO")) == (422, "invalid-request")


def test_a_file_is_csv_of_a_sane_size_and_comes_from_a_manager_of_the_clinic(practice: Practice) -> None:
    assert refusal(put_csv(practice, HEADER + PRICES, "application/json")) == (415, "content-type")
    assert refusal(put_csv(practice, HEADER + PRICES, "text/csv; charset=utf-16")) == (415, "content-type")
    assert refusal(put_csv(practice, b"\xff" * 100)) == (422, "price-file-invalid")
    assert refusal(put_csv(practice, b"x" * (6 * 1024 * 1024 + 1))) == (413, "body-too-large")
    assert put_csv(practice.as_("front_desk"), HEADER + PRICES).status_code == 403
    assert put_csv(practice.as_("billing_manager", "clinic-other"), HEADER + PRICES).status_code == 404
    assert practice.as_("auditor", "clinic-other").get(f"{lists(practice)}/export").status_code == 404
    assert practice.get(f"{lists(practice, 'none')}/export").json()["code"] == "price-list-unknown"
