"""The statements that the description of payments' API shows."""

from pathlib import Path

import pytest
from payments.adapters.bank_files import read
from payments.api.examples.bank_statements import CAMT, CSV, CSV_COLUMNS, MT940
from payments.api.schemas.csv_columns import CsvColumnsBody
from payments.domain.bank.statement import StatementFormat, check


@pytest.mark.parametrize(("format_", "content"), [("camt.053", CAMT), ("mt940", MT940), ("csv", CSV)])
def test_the_statements_that_are_shown_can_be_read(format_: StatementFormat, content: str, tmp_path: Path) -> None:
    file = tmp_path / "statement"
    file.write_text(content, encoding="utf-8")
    [statement] = check(read(format_, file, CsvColumnsBody.model_validate_json(CSV_COLUMNS).columns()))
    assert (statement.head.currency, statement.entries) == ("EUR", 1)
