"""A file that nobody described: its format, its encoding and the map of its columns are proposed."""

from pathlib import Path

import pytest
from payments.adapters.bank_files import profile, read
from payments.api.schemas.csv_columns import CsvColumnsBody
from payments.domain.bank.file_profile import FileProfile, Preview, preview

from tests.parts.statements import OWN_IBAN, PAYER_IBAN, Moved, camt, mt940

SPARKASSE = (
    "Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;"
    "Kontonummer/IBAN;BIC (SWIFT-Code);Betrag;Waehrung;Info\n"
    f"{OWN_IBAN};20.11.26;20.11.26;GUTSCHRIFT;Müller RF18539007547034;Max Müller;{PAYER_IBAN};X;1.234,56;EUR;\n"
    f"{OWN_IBAN};20.11.26;20.11.26;ENTGELT;Konto;;;;-5,00;EUR;\n"
)
ING = (
    '"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Code","Af Bij","Bedrag (EUR)","Mutatiesoort",'
    '"Mededelingen"\n'
    '"20261120","J. Jansen","NL91ABNA0417164300","NL32INGB0000012345","OV","Bij","1234,56","Over",'
    '"RF18539007547034"\n'
    '"20261120","Bank","NL91ABNA0417164300","","DV","Af","5,00","Diversen","Kosten"\n'
)
TWO = (
    "Account;GB29NWBK60161331926819\nPeriod;November\n\n"
    "Date\tDescription\tPaid out\tPaid in\tCurrency\n"
    "20/11/2026\tRF18539007547034\t\t1,234.56\tGBP\n20/11/2026\tFee\t5.00\t\tGBP\n"
)


def looked_at(folder: Path, content: bytes) -> tuple[FileProfile, Preview]:
    file = folder / "statement"
    file.write_bytes(content)
    seen = profile(file)
    if seen.missing:
        return seen, Preview((), ())
    columns = CsvColumnsBody.model_validate(dict(seen.columns)).columns() if seen.format == "csv" else None
    return seen, preview(read(seen.format, file, columns))


@pytest.mark.parametrize(
    ("content", "format_"), [(camt([Moved(500)]), "camt.053"), (mt940([Moved(500)]), "mt940"), (b"a;b;c\n", "csv")]
)
def test_the_format_is_seen(tmp_path: Path, content: bytes, format_: str) -> None:
    seen, shown = looked_at(tmp_path, content)
    assert seen.format == format_
    assert [e.counts_minor for e in shown.entries] == [500] * (format_ != "csv")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
def test_the_map_of_a_german_export_is_proposed(tmp_path: Path, encoding: str) -> None:
    seen, shown = looked_at(tmp_path, SPARKASSE.encode(encoding))
    assert (seen.encoding, seen.missing) == (encoding.removesuffix("-sig"), ())
    first, second = shown.entries
    assert (first.counts_minor, first.counterparty_iban, first.counterparty_name) == (123_456, PAYER_IBAN, "Max Müller")
    assert (second.counts_minor, first.references) == (-500, ("RF18539007547034",))
    assert [(s.head.account, s.head.currency) for s in shown.statements] == [(OWN_IBAN, "EUR")]


def test_a_column_of_marks_is_proposed_where_amounts_have_no_sign(tmp_path: Path) -> None:
    seen, shown = looked_at(tmp_path, ING.encode())
    assert seen.columns["direction"] == "Af Bij"
    assert [e.counts_minor for e in shown.entries] == [123_456, -500]
    assert shown.entries[0].counterparty_iban == "NL32INGB0000012345"
    assert seen.columns["account"] == "NL91ABNA0417164300"


def test_two_columns_and_lines_above_the_header_are_proposed(tmp_path: Path) -> None:
    seen, shown = looked_at(tmp_path, TWO.encode())
    assert (seen.columns["debit"], seen.columns["credit"], seen.columns["date_format"]) == (
        "Paid out",
        "Paid in",
        "%d/%m/%Y",
    )
    assert [(e.counts_minor, e.currency) for e in shown.entries] == [(123_456, "GBP"), (-500, "GBP")]


@pytest.mark.parametrize("written", ["(50.00)", "50.00-", "$(50.00)", "($50.00)"])
def test_brackets_and_a_minus_behind_are_seen_as_what_went_out(tmp_path: Path, written: str) -> None:
    one = f"Date,Description,Amount,Type,Currency\n11/20/2026,a,100.00,CREDIT,USD\n11/21/2026,b,{written},DEBIT,USD\n"
    two = f"Date,Description,Debit,Credit,Currency\n11/20/2026,a,,100.00,USD\n11/21/2026,b,{written},,USD\n"
    for text in (one, two):
        file = tmp_path / "statement"
        file.write_text(text)
        columns = {"account": OWN_IBAN, **profile(file).columns}
        assert "direction" not in columns
        known = CsvColumnsBody.model_validate(columns).columns()
        assert [e.counts_minor for e in preview(read("csv", file, known)).entries] == [10_000, -5_000]


def test_what_the_file_does_not_show_is_asked_for(tmp_path: Path) -> None:
    seen, shown = looked_at(tmp_path, b"Date,Amount,Description\n2026-11-20,5.00,x\n")
    assert seen.missing == ("account", "currency")
    assert shown.entries == ()


def test_an_amount_that_can_be_read_in_two_ways_is_asked_for(tmp_path: Path) -> None:
    rows = 'Date,Amount,Description,Currency\n2026-11-20,"1,234",x,{}\n'
    assert "decimal" in looked_at(tmp_path, rows.format("KWD").encode())[0].missing
    assert looked_at(tmp_path, rows.format("EUR").encode())[0].columns["decimal"] == "."


def test_a_column_of_references_is_the_text_and_no_account(tmp_path: Path) -> None:
    rows = f"Buchungstag;Betrag;Verwendungszweck;IBAN\n20.11.2026;1,00;RF18 5390 0754 7034;{PAYER_IBAN}\n"
    columns = looked_at(tmp_path, rows.encode())[0].columns
    assert (columns["text"], columns["counterparty_iban"]) == ("Verwendungszweck", "IBAN")


def test_the_column_that_says_what_is_pending_is_proposed(tmp_path: Path) -> None:
    rows = SPARKASSE.replace("EUR;\n", "EUR;Umsatz gebucht\n", 1).replace("EUR;\n", "EUR;Umsatz vorgemerkt\n")
    seen, shown = looked_at(tmp_path, rows.encode())
    assert (seen.columns["status"], [e.counts_minor for e in shown.entries]) == ("Info", [123_456])
    word = SPARKASSE.replace(";20.11.26;20.11.26;ENTGELT", ";vorgemerkt;20.11.26;ENTGELT")
    seen, shown = looked_at(tmp_path, word.encode())
    assert (seen.columns["date_format"], [e.counts_minor for e in shown.entries]) == ("%d.%m.%y", [123_456])


def test_why_a_file_would_be_refused_is_shown(tmp_path: Path) -> None:
    _, shown = looked_at(tmp_path, camt([Moved(500)], closing=100_600))
    assert shown.refusal is not None
    assert (shown.refusal.code, len(shown.entries)) == ("sums-differ", 1)


@pytest.mark.parametrize(
    ("text", "columns", "moved"),
    [
        (
            "Date,Description,Amount,Running Bal.,Currency\n"
            '11/20/2026,"Zelle","$1,234.56","$2,000.00",USD\n11/21/2026,"Rent","-$50.00","$1,950.00",USD\n',
            {"amount": "Amount", "decimal": ".", "date_format": "%m/%d/%Y", "currency": "USD"},
            [123_456, -5_000],
        ),
        (
            "mBank;\n#Data operacji;#Opis operacji;#Rachunek;#Kategoria;#Kwota;\n"
            "2026-11-20;PRZELEW;eKonto;x;1 234,56 PLN;;\n2026-11-20;CZYNSZ;eKonto;y;-50,00 PLN;;\n",
            {"amount": "#Kwota", "decimal": ",", "currency": "PLN"},
            [123_456, -5_000],
        ),
        (
            "Buchungstag;IBAN Auftragskonto;Betrag;Soll/Haben;Währung;Verwendungszweck\n"
            f"20.11.2026;{OWN_IBAN};100,00;H;EUR;B-1\n20.11.2026;{OWN_IBAN};50,00;S;EUR;Miete\n",
            {"account": OWN_IBAN, "direction": "Soll/Haben"},
            [10_000, -5_000],
        ),
    ],
)
def test_amounts_with_currencies_and_the_own_account_are_seen(
    tmp_path: Path, text: str, columns: dict[str, str], moved: list[int]
) -> None:
    file = tmp_path / "statement"
    file.write_text(text)
    seen = profile(file)
    assert {name: seen.columns.get(name) for name in columns} == columns
    known = CsvColumnsBody.model_validate({"account": OWN_IBAN, **seen.columns}).columns()
    assert [e.counts_minor for e in preview(read("csv", file, known)).entries] == moved
