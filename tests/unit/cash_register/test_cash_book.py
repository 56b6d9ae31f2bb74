"""The same receipts as CSV and JSON, for everybody."""

import csv
import io
import json
from dataclasses import replace

from cash_register.adapters.cash_book import CashBook, Sign
from cash_register.api.closing_json import CashBookJson
from cash_register.api.schemas.closings import CashBookView
from cash_register.domain.days.cash import MovementKind
from cash_register.domain.exports.receipts import Origin
from cash_register.domain.exports.vat import Taxed
from cash_register.domain.registers.takings import Allocated
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cash_register.books import closing, moved, receipts, written

INVOICE = Allocated("R-1", 11_900, (Taxed("S", "19", 10_000, 1_900),))
DAYS = st.lists(
    st.lists(st.tuples(st.sampled_from(["payment", "pay_in", "pay_out"]), st.integers(1, 10**9)), max_size=5),
    max_size=3,
)


def sheet(decimal: Sign = "point") -> list[dict[str, str]]:
    day, booked = moved([("payment", 11_900), ("pay_out", 1_250)])
    several = receipts(day, booked, [Origin(11_900, "pat-7", (INVOICE,))])
    content = written(CashBook(decimal), [(closing(day), several)]).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";" if decimal == "comma" else ","))


def test_a_row_has_the_case_the_invoice_and_the_vat() -> None:
    _, paid, out = sheet()
    assert {name: paid[name] for name in ("case", "invoice_number", "vat_key", "vat_rate", "gross", "net", "vat")} == {
        "case": "Forderungsaufloesung",
        "invoice_number": "R-1",
        "vat_key": "1",
        "vat_rate": "19.00",
        "gross": "119.00",
        "net": "100.00",
        "vat": "19.00",
    }
    assert (out["case"], out["gross"], out["patient_id"]) == ("Auszahlung", "-12.50", "")


def test_german_spreadsheets_get_commas() -> None:
    assert [row["gross"] for row in sheet("comma")] == ["100,00", "119,00", "-12,50"]


def test_no_cell_is_a_formula() -> None:
    day, booked = moved([("pay_out", 100)])
    float_, out = receipts(day, booked)
    risky = replace(out, person_name="=1+1", lines=(replace(out.lines[0], text="@sum"),))
    content = written(CashBook(), [(closing(day), [float_, risky])]).decode()
    assert "'=1+1" in content
    assert "'@sum" in content


@given(DAYS)
def test_the_document_is_what_the_api_describes_and_sums_to_what_was_counted(
    days: list[list[tuple[MovementKind, int]]],
) -> None:
    closed = [moved(movements, opening_minor=5 * 10**9) for movements in days]
    content = written(
        CashBookJson("clinic-berlin"),
        [(closing(day, n), receipts(day, booked)) for n, (day, booked) in enumerate(closed, 1)],
    )
    view = CashBookView.model_validate_json(content)
    assert json.loads(content) == json.loads(view.model_dump_json())
    assert [one.cash for one in view.closings] == [day.counted for day, _ in closed]
    for one in view.closings:
        assert sum(receipt.amount.amount_minor for receipt in one.receipts) == one.cash.amount_minor
        assert sum(case.gross.amount_minor for case in one.sums) == one.cash.amount_minor


def test_both_files_have_the_same_receipts() -> None:
    day, booked = moved([("payment", 500), ("refund", 100)], counted_minor=0)
    written_days = [(closing(day), receipts(day, booked))]
    view = CashBookView.model_validate_json(written(CashBookJson("clinic-berlin"), written_days))
    rows = csv.DictReader(io.StringIO(written(CashBook(), written_days).decode(), newline=""))
    assert [row["receipt_id"] for row in rows] == [r.receipt_id for one in view.closings for r in one.receipts]
