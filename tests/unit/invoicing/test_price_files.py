"""Price lists as CSV: what is written is read again as the same list, and of a bad file every bad row is told."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.adapters.price_files import PriceFileInvalid, RowFault, charset_of, read, write
from invoicing.adapters.price_files.cells import COLUMNS
from invoicing.adapters.price_files.reading import MAX_ROWS
from invoicing.adapters.price_files.writing import Sign
from invoicing.api.schemas.price_lists import PriceListBody
from invoicing.domain.pricing.price_list import AppliesTo, PriceList, check
from pydantic import ValidationError

from chassis.csv_cells import guarded, unguarded
from tests.parts.sessions import CDT, COMPOSITE, CROWN, EXEMPT, FILLING, Json, item, taxed
from tests.unit.invoicing.examples import price_list

HEAD = PriceList("standard", "clinic-berlin", 0, "EUR", ())
HEADER = "valid_from,valid_until,kind,system_or_unit,code,price,tax_category,tax_rate,exemption_reason\n"
GOOD = f"2026-01-01,,procedure,{CDT},D2391,125.00,E,,Treatment\n"


def take(text: str | bytes, currency: str = "EUR", charset: str = "utf-8") -> PriceList:
    content = text.encode() if isinstance(text, str) else text
    return read(content, charset, replace(HEAD, currency=currency))


def refused(text: str | bytes, currency: str = "EUR") -> PriceFileInvalid:
    with pytest.raises(PriceFileInvalid) as caught:
        take(text, currency)
    return caught.value


def faults_of(*rows: str, currency: str = "EUR") -> list[tuple[int, str | None, str]]:
    """Row, column and code of what is wrong with rows after the header."""
    return [fault[:3] for fault in refused(HEADER + "\n".join(rows), currency).faults]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
FORMULAS = st.sampled_from(["=1+1", "'=x", "''", "'", "@SUM(A1)", "-2", "+49 30", "\tx", "\r\n", '"', " g ", "a;b,c"])
IDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=8)


@st.composite
def items(draw: st.DrawFn) -> Json:
    scope = draw(TEXTS | FORMULAS)
    body: Json = {"code": draw(IDS | st.just("=A1")), "unit_price_minor": draw(st.integers(0, 10**12))}
    body |= draw(st.sampled_from([{"unit": scope}, {"system": scope}]) | st.just({"system": CDT}))
    category = draw(st.sampled_from(["S", "Z", "E"]))
    reason = draw((TEXTS | FORMULAS) if category == "E" else st.none() | TEXTS)
    rate = draw(st.sampled_from(["19", "7", "0.5", "12.345678"])) if category == "S" else "0"
    body |= {"tax_category": category, "tax_rate": rate, "exemption_reason": reason}
    words = TEXTS | FORMULAS
    tags = st.sampled_from(["de", "de-AT", "pt-BR", "zh-Hant-TW"])
    return body | draw(
        st.fixed_dictionaries({}, optional={"description": words, "descriptions": st.dictionaries(tags, words)})
    )


@st.composite
def price_lists(draw: st.DrawFn) -> PriceList:
    """Periods in any order, some of them without a price; in currencies of 0, 2 and 3 decimal places."""
    days = draw(st.lists(st.integers(0, 3_000), min_size=1, max_size=4, unique=True).map(sorted))
    firsts = [date(2020, 1, 1) + timedelta(days=n) for n in days]
    lasts: list[date | None] = [later - timedelta(days=1) for later in firsts[1:]]
    lasts.append(draw(st.none() | st.just(firsts[-1])))
    periods = []
    for first, last in zip(firsts, lasts, strict=True):
        listed = draw(st.lists(items(), max_size=5, unique_by=lambda i: (i.get("unit"), i.get("system"), i["code"])))
        periods.append({"valid_from": first, "valid_until": last, "items": listed})
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    basis = draw(st.sampled_from(["net", "gross"]))
    body = {"currency": currency, "basis": basis, "periods": draw(st.permutations(periods))}
    return check(PriceListBody.model_validate(body).prices("clinic-berlin", "standard"))


@given(prices=price_lists(), decimal=st.sampled_from(["point", "comma"]))
def test_what_is_exported_and_imported_again_is_the_same_list(prices: PriceList, decimal: Sign) -> None:
    assert read(write(prices, decimal), "utf-8", replace(prices, periods=())) == prices


@given(prices=price_lists(), decimal=st.sampled_from(["point", "comma"]))
def test_no_cell_of_an_export_is_a_formula(prices: PriceList, decimal: Sign) -> None:
    delimiter = ";" if decimal == "comma" else ","
    text = write(prices, decimal).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        assert len(row) >= len(COLUMNS)
        assert not any(cell.startswith(tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")) for cell in row)


SEPARATED = st.text(",;|\t\"'=+-@x \uff1d", max_size=12)


@given(SEPARATED, st.sampled_from([",", ";"]), st.sampled_from([",", ";", "\t"]))
def test_a_cell_is_inert_also_where_another_separator_splits_it(text: str, ours: str, theirs: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=ours).writerow(["before", guarded(text), "after"])
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        for row in csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=theirs, quoting=quoting):
            assert not any(cell.lstrip('"').startswith(tuple("=+-@\t\r\uff1d")) for cell in row), out.getvalue()


@given(TEXTS | FORMULAS | SEPARATED)
def test_a_guard_comes_off_again_and_nothing_else_does(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_whom_a_list_is_for_and_on_which_basis_stays() -> None:
    head = replace(HEAD, applies_to=AppliesTo(plan="plus"), basis="gross")
    taken = read((HEADER + GOOD).encode(), "utf-8", head)
    assert replace(taken, periods=()) == head


@pytest.mark.parametrize("encoded", [str.encode, lambda text: text.encode("utf-8-sig")])
def test_a_file_is_utf_8_with_or_without_its_mark(encoded: Any) -> None:
    assert take(encoded(HEADER + GOOD)) == take(HEADER + GOOD)


def test_a_file_of_a_german_spreadsheet_has_semicolons_commas_and_days_with_points() -> None:
    german = (
        "valid_from;valid_until;kind;system_or_unit;code;price;tax_category;tax_rate;exemption_reason\r\n"
        f"01.01.2026;30.6.2026;procedure;;D2391;125,5;E;0;{EXEMPT}\r\n"
        "01.01.2026;30.6.2026;material;g;COMP-A2;12;S;19,00;\r\n"
        ";;;;;;;;\r\n"
    )
    period = {"valid_from": "2026-01-01", "valid_until": "2026-06-30"}
    wanted = price_list(periods=[{**period, "items": [item(FILLING, 12_550), taxed(COMPOSITE, 1_200)]}])
    assert take(german.encode("utf-8-sig")).periods == wanted.periods
    assert take(german.encode("cp1252"), charset="windows-1252").periods == wanted.periods
    assert take(german.replace(";", "\t")).periods == wanted.periods


def test_what_a_session_leaves_unsaid_a_price_may_leave_unsaid() -> None:
    rows = "2026-01-01,,procedure,,D2391,1,Z,,\n2026-01-01,,material,,GLOVES,1,Z,,\n"
    assert [i.scope for i in take(HEADER + rows).periods[0].items] == [CDT, "each"]


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [
        ("125.00", "EUR", 12_500),
        ("125", "EUR", 12_500),
        ("0.1", "EUR", 10),
        ("1250", "JPY", 1_250),
        ("1.250", "KWD", 1_250),
        ("0", "EUR", 0),
    ],
)
def test_a_price_is_a_decimal_of_the_lists_currency(price: str, currency: str, minor: int) -> None:
    listed = take(f"{HEADER}2026-01-01,,material,g,A,{price},Z,0,\n", currency)
    assert (listed.currency, listed.periods[0].items[0].unit_price_minor) == (currency, minor)


@pytest.mark.parametrize(
    ("row", "currency", "column", "code"),
    [
        ("2026-13-01,,material,g,A,1,Z,0,", "EUR", "valid_from", "date-invalid"),
        ("01/02/2026,,material,g,A,1,Z,0,", "EUR", "valid_from", "date-invalid"),
        ("2026-01-01,soon,material,g,A,1,Z,0,", "EUR", "valid_until", "date-invalid"),
        ("2025-02-01,2025-01-01,material,g,A,1,Z,0,", "EUR", "valid_until", "price-list-period"),
        ("2026-01-01,,thing,g,A,1,Z,0,", "EUR", "kind", "kind-unknown"),
        ("2026-01-01,,material,g,,1,Z,0,", "EUR", "code", "code-invalid"),
        ("2026-01-01,,material,g,a b,1,Z,0,", "EUR", "code", "code-invalid"),
        ("2026-01-01,,material,g,A,,Z,0,", "EUR", "price", "number-invalid"),
        ("2026-01-01,,material,g,A,1.250,Z,0,", "EUR", "price", "too-many-decimals"),
        ("2026-01-01,,material,g,A,1.5,Z,0,", "JPY", "price", "too-many-decimals"),
        ('2026-01-01,,material,g,A,"1,250.00",Z,0,', "EUR", "price", "number-invalid"),
        ('2026-01-01,,material,g,A,"12,50",Z,0,', "EUR", "price", "decimal-sign"),
        ("2026-01-01,,material,g,A,-1,Z,0,", "EUR", "price", "price-invalid"),
        ("2026-01-01,,material,g,A,1e3,Z,0,", "EUR", "price", "number-invalid"),
        ("2026-01-01,,material,g,A,1,X,0,", "EUR", "tax_category", "tax-category-invalid"),
        ("2026-01-01,,material,g,A,1,S,19%,", "EUR", "tax_rate", "number-invalid"),
        ("2026-01-01,,material,g,A,1,S,,", "EUR", "tax_rate", "tax-rate"),
        ("2026-01-01,,material,g,A,1,E,0,", "EUR", "exemption_reason", "exemption-reason-missing"),
        (f"2026-01-01,,material,g,A,1,E,0,{'x' * 201}", "EUR", "exemption_reason", "exemption-reason-invalid"),
        ("2026-01-01,,material,g,A,1,Z,0,,more", "EUR", None, "too-many-cells"),
    ],
)
def test_a_bad_cell_is_told_by_row_and_column(row: str, currency: str, column: str | None, code: str) -> None:
    good = GOOD.replace("125.00", "125")
    assert faults_of(good.strip(), row, currency=currency) == [(3, column, code)]


def test_every_bad_row_is_told_and_all_that_is_wrong_with_it() -> None:
    rows = ("x,y,thing,g,a b,z,X,?,", GOOD.strip(), "2026-01-01,,material,g,A,1,S,0,", "2026-01-01,,material,g,B,?,Z,,")
    assert faults_of(*rows) == [
        *(
            (2, column, code)
            for column, code in [
                ("valid_from", "date-invalid"),
                ("valid_until", "date-invalid"),
                ("kind", "kind-unknown"),
                ("price", "number-invalid"),
                ("tax_rate", "number-invalid"),
                ("code", "code-invalid"),
                ("tax_category", "tax-category-invalid"),
            ]
        ),
        (4, "tax_rate", "tax-rate"),
        (5, "price", "number-invalid"),
    ]


def test_a_second_price_of_a_code_is_told_also_where_something_else_is_wrong_with_it() -> None:
    assert faults_of(GOOD.strip(), GOOD.strip(), GOOD.replace("125.00", "?").strip()) == [
        (3, "code", "price-list-twice"),
        (4, "price", "number-invalid"),
        (4, "code", "price-list-twice"),
    ]


def test_periods_that_overlap_are_told_by_the_first_row_of_the_later_one() -> None:
    rows = (
        GOOD.strip(),
        GOOD.replace("2026-01-01,", "2026-07-01,").strip(),
        GOOD.replace(",,", ",2026-03-01,").strip(),
    )
    assert ("valid_from", "price-list-overlap") in [fault[1:] for fault in faults_of(*rows)]
    assert {row for row, *_ in faults_of(*rows)} <= {3, 4}


def test_decimals_of_one_file_have_one_sign() -> None:
    rows = "2026-01-01;;material;g;A;1,50;Z;0;\n2026-01-01;;material;g;B;1.50;Z;0;\n"
    assert [f[:3] for f in refused(HEADER.replace(",", ";") + rows).faults] == [(3, "price", "decimal-sign")]


@pytest.mark.parametrize(
    ("text", "row", "code"),
    [
        ("", 1, "column-missing"),
        ("code,price\n", 1, "column-missing"),
        (HEADER.replace("code", "cost") + GOOD, 1, "column-missing"),
        (HEADER.replace("tax_rate", "tax_rte") + GOOD, 1, "column-unknown"),
        (HEADER.replace("tax_rate", "price") + GOOD, 1, "column-twice"),
        (HEADER, 1, "no-rows"),
        ((HEADER + GOOD).encode("utf-16"), 1, "encoding"),
        ((HEADER + GOOD + "\u00fc").encode("latin-1"), 1, "encoding"),
        (HEADER + GOOD + '"2026-01-01"x,,material\n', 3, "csv-invalid"),
        (HEADER + GOOD + '"2026-01-01', 3, "csv-invalid"),
    ],
)
def test_what_is_no_price_file_is_refused(text: str | bytes, row: int, code: str) -> None:
    [first, *_] = refused(text).faults
    assert (first.row, first.code) == (row, code)


@pytest.mark.parametrize(("column", "other"), [("currency", "CHF"), ("basis", "gross")])
def test_another_currency_or_basis_than_the_lists_is_refused_row_by_row(column: str, other: str) -> None:
    text = write(price_list(item(FILLING, 1), item(CROWN, 2), **{column: other}))
    assert [(f.row, f.column, f.code) for f in refused(text).faults] == [
        (2, column, f"{column}-differs"),
        (3, column, f"{column}-differs"),
    ]


def test_a_report_holds_a_thousand_faults_and_counts_all() -> None:
    bad = refused(HEADER + "2026-01-01,,material,g,A,?,X,0,\n" * 20_000)
    assert (len(bad.faults), bad.bad_rows) == (1_000, 20_000)
    assert bad.total == 3 * 20_000 - 1  # price and category of each, and all but the first are a second price
    assert isinstance(bad.faults[0], RowFault)


def test_a_report_never_repeats_what_a_cell_says() -> None:
    row = "SECRET,SECRET,SECRET,SECRET,SECRET x,SECRET,SECRET,SECRET," + "SECRET" * 40
    assert "SECRET" not in str([f.message for f in refused(HEADER + row).faults])


def test_a_list_of_twenty_thousand_prices_is_read_and_one_that_is_too_long_is_not() -> None:
    rows = [f"2026-01-01,,material,g,SKU-{n},{n % 900}.50,S,19,\n" for n in range(20_001)]
    assert len(take(HEADER + "".join(rows[:-1])).periods[0].items) == 20_000
    assert [f.code for f in refused(HEADER + "".join(rows)).faults] == ["list-too-long"]
    later = [row.replace("2026", str(2_000 + n // 20_000)) for n, row in enumerate(rows * 3)]
    assert "too-many-rows" in {f.code for f in refused(HEADER + "".join(later)).faults}
    assert len(later) > MAX_ROWS


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/csv", "utf-8"),
        ("text/csv; charset=UTF-8", "utf-8"),
        ("text/csv; charset=utf8", "utf-8"),
        ('text/csv;charset="windows-1252"', "windows-1252"),
        ("text/csv; charset=utf-16", None),
        ("application/json", None),
        (None, None),
    ],
)
def test_a_file_says_that_it_is_csv_and_may_say_in_which_charset(content_type: str | None, charset: str | None) -> None:
    assert charset_of(content_type) == charset


DESCRIBED = HEADER.strip() + ",description,description_DE,description_pt-br\n"


def test_an_item_is_described_for_all_and_by_language() -> None:
    row = f"2026-01-01,,procedure,{CDT},D2391,125.00,E,,Treatment, Composite ,Füllung,\n"
    [period] = take(DESCRIBED + row).periods
    assert (period.items[0].description, period.items[0].descriptions) == ("Composite", (("de", "Füllung"),))
    [period] = take(DESCRIBED.replace("pt-br", "pt_BR") + row.replace("Füllung,", ",Obturação")).periods
    assert period.items[0].descriptions == (("pt-BR", "Obturação"),)
    [period] = take(DESCRIBED + GOOD.strip() + ",,,\n").periods
    assert (period.items[0].description, period.items[0].descriptions) == (None, ())


def test_points_and_codes_of_exemption_are_columns_where_the_list_has_any() -> None:
    goz = "http://fhir.de/CodeSystem/bzäk/goz"
    coded = item(FILLING, 12_500, exemption_code="VATEX-EU-132-1C")
    listed = price_list(item("0010", 562, system=goz, points=100), coded)
    written = write(listed)
    assert written.decode().partition("\r\n")[0] == ",".join([*COLUMNS, "points", "exemption_code"])
    assert read(written, "utf-8", replace(listed, periods=())) == listed
    header = HEADER.strip() + ",points\n"
    row = f"2026-01-01,,procedure,{goz},0010,5.63,E,,Treatment,"
    assert [fault[:3] for fault in refused(header + row + "100\n").faults] == [(2, "price", "points-price")]
    assert [fault[:3] for fault in refused(header + row + "many\n").faults] == [(2, "points", "points-invalid")]


def test_a_description_that_does_not_fit_is_told_by_its_column() -> None:
    row = f"2026-01-01,,procedure,{CDT},D2391,125.00,E,,Treatment,{'x' * 301},,{'y' * 301}\n"
    assert [fault[:3] for fault in refused(DESCRIBED + row).faults] == [
        (2, "description", "description-invalid"),
        (2, "description_pt-br", "description-invalid"),
    ]
    faults = refused(HEADER.strip() + ",description_de,description_DE\n" + GOOD.strip() + ",a,b\n").faults
    assert [fault[:3] for fault in faults] == [(1, "description_de", "column-twice")]
    faults = refused(HEADER.strip() + ",description_pt_BR,description_pt-br\n" + GOOD.strip() + ",a,b\n").faults
    assert [fault[:3] for fault in faults] == [(1, "description_pt-br", "column-twice")]
    assert refused(HEADER.strip() + ",description_\n" + GOOD.strip() + ",a\n").faults[0].code == "column-unknown"


def test_a_list_that_describes_nothing_is_exported_as_ever() -> None:
    header = write(price_list()).decode().partition("\r\n")[0]
    assert header == ",".join(COLUMNS)


def test_a_language_is_there_once_in_whatever_case() -> None:
    body = {"currency": "EUR", "periods": [{"valid_from": "2026-01-01", "items": [item(FILLING, 1)]}]}
    body["periods"][0]["items"][0]["descriptions"] = {"de": "a", "DE": "b"}  # type: ignore[index]
    with pytest.raises(ValidationError, match="has a language twice"):
        PriceListBody.model_validate(body)
