"""The export for a tax inspector: every table, described by its index, with the sums of the day's books."""

import io
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from cash_register.adapters.dsfinvk import archive as archive_of
from cash_register.adapters.dsfinvk import tables as defined
from cash_register.adapters.dsfinvk.cells import cell
from cash_register.adapters.dsfinvk.columns import Key, Number, Text
from cash_register.adapters.dsfinvk.countries import ALPHA_3
from cash_register.adapters.dsfinvk.tables import TABLES
from cash_register.domain.days.cash import MovementKind, Voucher
from cash_register.domain.exports.receipts import Origin
from cash_register.domain.exports.vat import Taxed
from cash_register.domain.registers.takings import Allocated
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kernel.errors import BusinessError
from tests.unit.cash_register.books import BERLIN, Rows, closing, exported, minor, moved, receipts, tables, unzipped
from tests.unit.cash_register.drawer import cash, eur

INVOICE = Allocated("R-2026-1", 17_900, (Taxed("S", "19", 10_000, 1_900), Taxed("E", "0", 6_000, 0)))
KINDS = get_args(MovementKind)
DAYS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 10**9)), max_size=5),
        st.integers(0, 10**9),
        st.integers(0, 10**10),
    ),
    max_size=4,
)


def one_day() -> bytes:
    paid = replace(cash("payment", eur(17_900)), payment_id="pay_1", receipt_number="Q-2026-1")
    back = replace(cash("refund", eur(5_000)), payment_id="pay_1")
    bought = replace(cash("pay_out", eur(1_190)), category="purchase", voucher=Voucher("19", "B-7"), reason="Kaffee")
    taken_back = replace(
        cash("pay_in", eur(1_190)), category="purchase", voucher=bought.voucher, counters=bought.movement_id
    )
    day, booked = moved([paid, back, bought, taken_back], counted_minor=22_800, deposit_minor=2_800)
    origin = Origin(17_900, "pat-77", (INVOICE,))
    return exported((closing(day, 41), receipts(day, booked, [origin, origin])))


def test_every_table_is_there_also_when_it_has_no_rows() -> None:
    with unzipped(exported()) as archive:
        assert archive.namelist()[:3] == ["index.xml", "gdpdu-01-09-2004.dtd", "transactions.csv"]
        assert {name for name in archive.namelist() if name.endswith(".csv")} == {table.file for table in TABLES}
        heads = {table.file: archive.read(table.file).decode() for table in TABLES}
    assert heads == {table.file: ";".join(c.name for c in table.whole) + "\r\n" for table in TABLES}
    assert (len(TABLES), sum(len(table.whole) for table in TABLES)) == (20, 219)


def test_the_index_fits_its_dtd_and_describes_every_column() -> None:
    with unzipped(one_day()) as archive:
        dtd = etree.DTD(io.BytesIO(archive.read("gdpdu-01-09-2004.dtd")))
        index = etree.fromstring(archive.read("index.xml"))
    assert dtd.validate(index), dtd.error_log
    assert index.getroottree().docinfo.system_url == "gdpdu-01-09-2004.dtd"
    described = {
        table.findtext("URL"): [column.findtext("Name") for column in table.iter("VariableColumn")]
        for table in index.iter("Table")
    }
    assert described == {table.file: [column.name for column in table.whole] for table in TABLES}
    assert {table.findtext("VariableLength/RecordDelimiter") for table in index.iter("Table")} == {"\r\n"}


@given(DAYS)
def test_the_sums_of_the_export_are_those_of_the_days(
    days: list[tuple[list[tuple[MovementKind, int]], int, int]],
) -> None:
    closed = [
        moved(movements, counted_minor, opening_minor, date(2026, 11, 1 + n))
        for n, (movements, opening_minor, counted_minor) in enumerate(days)
    ]
    rows = tables(exported(*[(closing(day, n), receipts(day, booked)) for n, (day, booked) in enumerate(closed, 1)]))
    counted = {str(n): day.counted.amount_minor for n, (day, _) in enumerate(closed, 1) if day.counted}
    for file, column in (
        ("cash_per_currency.csv", "ZAHLART_BETRAG_WAEH"),
        ("payment.csv", "Z_ZAHLART_BETRAG"),
        ("cashpointclosing.csv", "Z_SE_BARZAHLUNGEN"),
        ("cashpointclosing.csv", "Z_SE_ZAHLUNGEN"),
        ("businesscases.csv", "Z_UMS_BRUTTO"),
        ("transactions.csv", "UMS_BRUTTO"),
        ("transactions_vat.csv", "BON_BRUTTO"),
        ("datapayment.csv", "BASISWAEH_BETRAG"),
        ("lines_vat.csv", "POS_BRUTTO"),
    ):
        assert sums(rows, file, column) == counted, (file, column)
    for n, (day, _) in enumerate(closed, 1):
        of_day = [row for row in rows["businesscases.csv"] if row["Z_NR"] == str(n)]
        cases = {row["GV_TYP"]: minor(row["Z_UMS_BRUTTO"]) for row in of_day}
        assert cases.pop("Anfangsbestand") == day.opening.amount_minor
        assert cases.pop("DifferenzSollIst", 0) == (day.variance.amount_minor if day.variance else 0)
        assert sum(cases.values()) == day.cash_in.amount_minor - day.cash_out.amount_minor


def sums(rows: Rows, file: str, column: str) -> dict[str, int]:
    """Minor units by closing."""
    found: defaultdict[str, int] = defaultdict(int)
    for row in rows[file]:
        found[row["Z_NR"]] += minor(row[column])
    return dict(found)


def test_every_row_says_which_closing_it_is_of_and_fits_its_columns() -> None:
    rows = tables(one_day())
    filled = {file for file, several in rows.items() if several}
    assert filled == {table.file for table in TABLES} - {
        *("slaves.csv", "pa.csv", "tse.csv", "transactions_tse.csv", "itemamounts.csv", "subitems.csv")
    }
    for table in TABLES:
        for row in rows[table.file]:
            assert (row["Z_KASSE_ID"], row["Z_NR"]) == ("front", "41")
            assert row["Z_ERSTELLUNG"] == "2026-11-20T18:00:00+01:00"
            for column in table.whole:
                if isinstance(column, Text | Key):
                    assert len(row[column.name]) <= column.longest, (table.file, column.name)
                elif row[column.name]:
                    _, _, places = row[column.name].partition(",")
                    assert len(places) == column.places, (table.file, column.name)


def test_a_payment_is_told_with_its_invoice_its_vat_and_no_name_of_the_patient() -> None:
    rows = tables(one_day())
    paid = next(row for row in rows["transactions.csv"] if row["BON_NR"] == "2")
    assert (paid["KUNDE_ID"], paid["KUNDE_TYP"], paid["KUNDE_NAME"]) == ("pat-77", "Patient", "")
    assert (paid["BEDIENER_ID"], paid["BEDIENER_NAME"], paid["UMS_BRUTTO"]) == ("usr-desk", "Front Desk", "179,00")
    assert of(rows, "lines.csv", paid, "GV_TYP", "ARTIKELTEXT") == [
        ("Forderungsaufloesung", "Zahlung zu Rechnung R-2026-1")
    ]
    assert of(rows, "lines_vat.csv", paid, "UST_SCHLUESSEL", "POS_BRUTTO", "POS_NETTO", "POS_UST") == [
        ("1", "119,00000", "100,00000", "19,00000"),
        ("6", "60,00000", "60,00000", "0,00000"),
    ]
    assert of(rows, "references.csv", paid, "REF_TYP", "REF_NAME", "REF_BON_ID") == [
        ("ExterneSonstige", "Quittung", "Q-2026-1"),
        ("ExterneRechnung", "", "R-2026-1"),
    ]
    assert of(rows, "allocation_groups.csv", paid, "ABRECHNUNGSKREIS") == [("R-2026-1",)]
    back = next(row for row in rows["transactions.csv"] if row["BON_NR"] == "3")
    assert ("Transaktion", "2026-11-30T05:00:00+01:00", "front", "40", paid["BON_ID"]) in of(
        rows, "references.csv", back, "REF_TYP", "REF_DATUM", "REF_Z_KASSE_ID", "REF_Z_NR", "REF_BON_ID"
    )


def test_a_purchase_has_its_vat_and_its_voucher_and_a_counter_entry_takes_both_back() -> None:
    rows = tables(one_day())
    bought, taken_back = (row for row in rows["transactions.csv"] if row["BON_NR"] in ("4", "5"))
    assert (bought["BON_STORNO"], taken_back["BON_STORNO"]) == ("0", "1")
    for receipt, sign in ((bought, "-"), (taken_back, "")):
        assert of(rows, "lines.csv", receipt, "GV_TYP", "GUTSCHEIN_NR") == [("Auszahlung", "")]
        assert of(rows, "lines_vat.csv", receipt, "UST_SCHLUESSEL", "POS_NETTO", "POS_UST") == [
            ("1", f"{sign}10,00000", f"{sign}1,90000")
        ]
        assert ("ExterneSonstige", "Eingangsbeleg", "B-7") in of(
            rows, "references.csv", receipt, "REF_TYP", "REF_NAME", "REF_BON_ID"
        )
    assert ("Transaktion", bought["BON_ID"]) in of(rows, "references.csv", taken_back, "REF_TYP", "REF_BON_ID")


def test_what_goes_to_the_bank_at_the_close_is_a_transit() -> None:
    rows = tables(one_day())
    assert [row["GV_TYP"] for row in rows["lines.csv"]][-2:] == ["DifferenzSollIst", "Geldtransit"]
    assert rows["transactions.csv"][-1]["UMS_BRUTTO"] == "-28,00"
    assert rows["cash_per_currency.csv"][0]["ZAHLART_BETRAG_WAEH"] == "200,00"


def of(rows: Rows, file: str, receipt: dict[str, str], *columns: str) -> list[tuple[str, ...]]:
    """What a file has of a receipt."""
    return [tuple(row[c] for c in columns) for row in rows[file] if row["BON_ID"] == receipt["BON_ID"]]


def test_master_data_says_whose_register_it_is_and_which_rates_there_are() -> None:
    rows = tables(one_day())
    [head] = rows["cashpointclosing.csv"]
    assert [head[c] for c in ("NAME", "STRASSE", "PLZ", "ORT", "LAND", "STNR", "USTID", "TAXONOMIE_VERSION")] == [
        *("Zahnarztpraxis Dr. Weiß", "Hauptstr. 1", "10115", "Berlin", "DEU", "", "DE123456789", "2.4")
    ]
    receipts_ = rows["transactions.csv"]
    assert (head["Z_START_ID"], head["Z_ENDE_ID"]) == (receipts_[0]["BON_ID"], receipts_[-1]["BON_ID"])
    assert head["Z_BUCHUNGSTAG"] == ""
    [register] = rows["cashregister.csv"]
    assert (register["KASSE_BASISWAEH_CODE"], register["KEINE_UST_ZUORDNUNG"]) == ("EUR", "0")
    assert [(row["UST_SCHLUESSEL"], row["UST_SATZ"]) for row in rows["vat.csv"]] == [
        *(("1", "19,00"), ("5", "0,00"), ("6", "0,00"))
    ]


def test_cash_of_which_no_invoice_is_known_is_marked_as_without_vat_that_could_be_told() -> None:
    day, booked = moved([("payment", 100)])
    rows = tables(exported((closing(day), receipts(day, booked))))
    assert rows["cashregister.csv"][0]["KEINE_UST_ZUORDNUNG"] == "1"
    assert ("7", "UmsatzsteuerNichtErmittelbar") in [(r["UST_SCHLUESSEL"], r["UST_BESCHR"]) for r in rows["vat.csv"]]


def test_no_number_has_separators() -> None:
    day, booked = moved([("pay_in", 123_456_789)], opening_minor=0)
    rows = tables(exported((closing(day, 1_234_567), receipts(day, booked))))
    assert {row["Z_NR"] for several in rows.values() for row in several} == {"1234567"}
    assert rows["payment.csv"][0]["Z_ZAHLART_BETRAG"] == "1234567,89"
    assert rows["businesscases.csv"][1]["Z_UMS_BRUTTO"] == "1234567,89000"


def test_an_hour_that_the_clocks_have_twice_is_told_apart_by_its_offset() -> None:
    day, booked = moved([("pay_in", 100)], on=date(2026, 10, 25))
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    _, paid_in = receipts(day, booked)
    timed = [replace(paid_in, at=at.astimezone(BERLIN)) for at in (first, second)]
    rows = tables(exported((closing(day), timed)))["transactions.csv"]
    assert [row["BON_START"] for row in rows] == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]


def test_a_day_that_was_closed_on_another_date_says_which_it_was() -> None:
    day, booked = moved([], on=date(2026, 11, 18))
    assert day.closed_at is not None
    late = replace(day, closed_at=day.closed_at + timedelta(days=2))
    [head] = tables(exported((closing(late), receipts(late, booked))))["cashpointclosing.csv"]
    assert (head["Z_ERSTELLUNG"], head["Z_BUCHUNGSTAG"]) == ("2026-11-20T18:00:00+01:00", "2026-11-18")


def test_texts_are_one_line_and_no_longer_than_their_column() -> None:
    write = cell(Text("X", 10, ""))
    assert write('zu\r\nlang; "für" die Spalte') == "zu  lang;…"
    assert write("kurz\ud800\x00") == "kurz  "
    assert write(None) == ""


@given(st.text(min_size=0, max_size=120), st.text(min_size=0, max_size=120))
def test_keys_that_have_no_room_stay_different(one: str, other: str) -> None:
    write = cell(Key("X", 50, ""))
    assert len(write(one)) <= 50
    long_one, long_other = "k" * 50 + one, "k" * 50 + other
    assert (write(long_one) == write(long_other)) == (long_one == long_other)


@given(st.integers(-(10**15), 10**15))
def test_an_amount_is_written_with_the_places_of_its_column(hundredths: int) -> None:
    for places in (2, 3, 5):
        text = cell(Number("X", places, ""))(hundredths)
        assert int(text.replace(",", "")) == hundredths * 10 ** (places - 2)
        assert len(text.partition(",")[2]) == places


def test_a_currency_without_decimal_places_is_written_with_two() -> None:
    day, booked = moved([("pay_in", 500)], opening_minor=1_000, currency="JPY")
    rows = tables(exported((closing(day), receipts(day, booked))))
    assert rows["cash_per_currency.csv"][0] | {"Z_ERSTELLUNG": ""} == {
        **dict(zip(("Z_KASSE_ID", "Z_ERSTELLUNG", "Z_NR"), ("front", "", "1"), strict=True)),
        "ZAHLART_WAEH": "JPY",
        "ZAHLART_BETRAG_WAEH": "1500,00",
    }


def test_a_currency_of_three_places_has_no_room() -> None:
    day, booked = moved([], currency="KWD")
    with pytest.raises(BusinessError, match="KWD have 3 decimal places") as refused:
        exported((closing(day), receipts(day, booked)))
    assert refused.value.code == "currency-not-exported"


def test_the_same_closings_are_the_same_bytes() -> None:
    assert one_day() == one_day()


def test_rows_that_have_no_room_in_memory_wait_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_of, "MEMORY_BYTES", 512)
    day, booked = moved([("pay_in", n) for n in range(1, 501)])
    rows = tables(exported((closing(day), receipts(day, booked))))
    assert [len(rows[file]) for file in ("transactions.csv", "lines.csv", "lines_vat.csv")] == [501] * 3


def test_every_country_has_its_three_letters() -> None:
    assert (len(ALPHA_3), len(set(ALPHA_3.values()))) == (249, 249)
    assert [ALPHA_3[code] for code in ("DE", "AT", "CH", "NL", "GB")] == ["DEU", "AUT", "CHE", "NLD", "GBR"]


def test_no_table_names_a_column_twice() -> None:
    for table in TABLES:
        names = [column.name for column in table.whole]
        assert len(set(names)) == len(names), table.file
    assert len({table.file for table in TABLES}) == len({table.name for table in TABLES}) == len(defined.TABLES)
