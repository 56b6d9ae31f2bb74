"""Our tables and values against those of the package `dsfinvk`, by others, of an older version of the specification."""

import io
from decimal import Decimal
from zipfile import ZipFile

import pytest
from cash_register.adapters.dsfinvk.columns import Column, Key, Number, Table, Text
from cash_register.adapters.dsfinvk.tables import TABLES
from dsfinvk import models, validate
from dsfinvk.fields import NumericField, StringField

from tests.unit.cash_register.books import tables
from tests.unit.cash_register.test_dsfinvk import one_day

THEIRS = {model._filename: model for model in models.Model.__subclasses__()}
CERTIFICATES = {f"TSE_ZERTIFIKAT_{number}" for number in ("III", "IV", "V", "VI", "VII")}
"""Since 2.4 there are two columns, and more only where a certificate has no room in them."""
OTHER_LENGTHS = {"TSE_SIG_ALGO": (21, 30), "ZI_NAME": (60, 50)}
"""Ours, by the index of 2.4, and theirs."""
UNTOLD = {"POS_ZEILE", "Z_BUCHUNGSTAG", "TSE_TA_START", "TSE_TA_ENDE", "TSE_VORGANGSDATEN", "TSE_ZEITFORMAT"}
"""They give these no length."""


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.file)
def test_our_tables_have_the_columns_of_theirs(table: Table) -> None:
    theirs = [field for field in THEIRS[table.file]._fields if field.name not in CERTIFICATES]
    assert [column.name for column in table.whole] == [field.name for field in theirs]
    assert table.name == THEIRS[table.file].__name__
    for column, field in zip(table.whole, theirs, strict=True):
        assert isinstance(column, Number) == isinstance(field, NumericField), column.name
        assert _size(column, field) in (None, OTHER_LENGTHS.get(column.name)), column.name


def _size(column: Column, field: object) -> tuple[int, int | None] | None:
    """None when both say the same, or they say nothing."""
    match column:
        case Number(_, places, _):
            assert isinstance(field, NumericField)
            return None if places == field.places else (places, field.places)
        case Text(name, longest, _) | Key(name, longest, _):
            theirs = field.max_length if isinstance(field, StringField) else None
            if theirs is None and (name in UNTOLD or not isinstance(field, StringField)):
                return None
            return None if longest == theirs else (longest, theirs)


def test_their_tables_are_all_in_ours() -> None:
    assert set(THEIRS) == {table.file for table in TABLES}


def test_our_values_are_theirs_but_for_separators_and_what_they_cut_off() -> None:
    """They separate thousands, also of a counter, and leave out the offset of a time."""
    rows = tables(one_day())
    for file, several in rows.items():
        model = THEIRS[file]
        for row in several:
            for field in model._fields:
                if isinstance(field, NumericField) and row.get(field.name):
                    record = model(**{field.name: Decimal(row[field.name].replace(",", "."))})
                    assert getattr(record, field.name).replace(".", "") == row[field.name]
                elif isinstance(field, StringField) and row.get(field.name):
                    assert getattr(model(**{field.name: row[field.name]}), field.name) == row[field.name]


def test_their_validator_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate.validate_zip(io.BytesIO(one_day())) == []
    assert capsys.readouterr().out == ""


def test_their_validator_would_find_a_column_that_is_not_described() -> None:
    broken = io.BytesIO()
    with ZipFile(io.BytesIO(one_day())) as ours, ZipFile(broken, "w") as written:
        for name in ours.namelist():
            content = ours.read(name)
            written.writestr(name, content.replace(b"Z_KASSE_ID;", b"") if name == "lines.csv" else content)
    assert validate.validate_zip(broken) != []
